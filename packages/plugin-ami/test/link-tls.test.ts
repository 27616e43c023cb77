import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { test } from 'tap'
import { AmiLink } from '../src/link/ami-link.ts'
import { acceptLogin, peerOf } from './scripted-ami.ts'

/** A self-signed certificate for `localhost`, or `undefined` when this machine has no openssl. */
function certificate(folder: string): { key: Buffer; cert: Buffer } | undefined {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const ask = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '1'
  ]
  const names = [
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
    '-keyout',
    key,
    '-out',
    cert
  ]
  try {
    execFileSync('openssl', [...ask, ...names], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

test('over TLS the link trusts the certificate it was given and no other', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'evs-ami-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const pair = certificate(folder)
  if (!pair) {
    if (process.env.CI === 'true') t.fail('openssl is missing; install the package openssl')
    else t.pass('a TLS login', { skip: 'install the package openssl to run this test' })
    return
  }
  const server = createServer(pair, socket => {
    socket.on('error', () => {}) // refused handshakes end this way
    void acceptLogin(peerOf(socket))
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const account = { port, username: 'framework', secret: 'x', minBackoffMs: 1, maxBackoffMs: 2 }

  const trusting = new AmiLink({ ...account, tls: { ca: pair.cert, servername: 'localhost' } })
  t.teardown(() => trusting.close())
  const up = once(trusting, 'up')
  trusting.start()
  t.match(await up, [{ amiVersion: '11.0.0' }])
  await trusting.close()

  const strict = new AmiLink({ ...account, tls: true })
  t.teardown(() => strict.close())
  const retry = once(strict, 'retry')
  strict.start()
  t.match(await retry, [{ error: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } }])
  await strict.close()
})
