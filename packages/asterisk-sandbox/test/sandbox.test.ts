import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  type AsteriskSandbox,
  asteriskSandbox,
  type CdrRow,
  instanceNames,
  type SandboxInstance,
  softphones
} from '@evscallpro/asterisk-sandbox'
import t, { type Test } from 'tap'
import { Ami } from './ami.ts'
import { callAgents, callCustomers } from './parties.ts'
import { isAlive, openSockets, socketsOf } from './processes.ts'

const shift = 700
const cliFile = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

t.setTimeout(300_000)

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'evs-sbx-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function session(t: Test, instance: SandboxInstance, username = 'lab'): Promise<Ami> {
  const ami = new Ami(instance)
  t.teardown(() => ami.close())
  const account = instance.accounts[username]
  t.ok(account, `there is an account ${username}`)
  if (account) t.equal((await ami.login(account)).Response, 'Success', `${username} logs in`)
  return ami
}

/** Central dials the agent's phone, and when he has answered the number over site a's trunk. */
function call(ami: Ami, id: string, number: string, channel = 'PJSIP/1001') {
  const target = { Context: 'lab-dial', Exten: number, Priority: '1' }
  return ami.action({
    Action: 'Originate',
    Channel: channel,
    ...target,
    ChannelId: id,
    Async: 'true',
    Timeout: '15000'
  })
}

function customerEnd(ami: Ami, id: string) {
  return ami.packet(
    ({ Event, Linkedid, Uniqueid }) => Event === 'Hangup' && Linkedid === id && Uniqueid !== id
  )
}

// Asterisk writes its records by itself and tells nobody when
async function rowsOf(sandbox: AsteriskSandbox, linkedid: string): Promise<CdrRow[]> {
  for (const end = Date.now() + 10_000; Date.now() < end; await pause(50)) {
    const rows = (await sandbox.cdr()).filter(row => row.linkedid === linkedid)
    if (rows.length > 0) return rows
  }
  throw new Error(`no call detail record of ${linkedid}`)
}

const all = ({ central, gatewayA, gatewayB, phones }: AsteriskSandbox) => [
  central,
  gatewayA,
  gatewayB,
  phones
]

void t.test('a machine that cannot run it is told why, and what to do instead', async t => {
  const env = { PATH: folder(t), EVS_ASTERISK_CACHE: folder(t) }
  const bare = await asteriskSandbox.available({ env, platform: 'linux', arch: 'x64' })
  t.match(bare, { ok: false, reason: /apt-get is missing.*simulator/ })
  t.match(await asteriskSandbox.available({ env, platform: 'darwin' }), {
    ok: false,
    reason: /needs Linux.*simulator/
  })
  t.match(await asteriskSandbox.available({ env, platform: 'linux', arch: 'ia32' }), {
    ok: false,
    reason: /ia32/
  })
  await t.rejects(asteriskSandbox.setup({ env }), {
    code: 'SANDBOX_UNAVAILABLE',
    message: /apt-get is missing/
  })
})

void t.test('wrong options are refused with the mend, before anything starts', async t => {
  const { attach } = asteriskSandbox
  await t.rejects(attach({ shift: 0.5 }), {
    code: 'SANDBOX_BAD_OPTION',
    message: /shift is 0.5: give a whole number/
  })
  await t.rejects(attach({ runDir: `/tmp/${'long'.repeat(20)}` }), { message: /at most 82 bytes/ })
  await t.rejects(attach({ runDir: folder(t) }), {
    code: 'SANDBOX_NOT_RUNNING',
    message: /bring it up first/
  })
})

const usable = await asteriskSandbox.available()
const skip = !usable.ok && process.env.CI !== 'true' && usable.reason

void t.test('a real Asterisk with two gateways and twenty phones', { skip }, async t => {
  const runDir = folder(t)
  const options = { shift, runDir }
  const sandbox = await comeUp(t, options)

  await t.test('its phones and trunks are there when up returns', async t => {
    const contacts = await sandbox.cli('central', 'pjsip show contacts')
    for (const extension of softphones) t.match(contacts, ` ${extension}/sip:${extension}@127.0.0.13`)
    for (const site of ['a', 'b']) t.match(contacts, new RegExp(`trunk-site-${site}/\\S+ +\\w+ +Avail`))
    t.match(sandbox.version, /^22\./)
  })

  await t.test('the number says what the customer does, and the records tell it', async t => {
    const ami = await session(t, sandbox.central)
    await sandbox.phone('1001', 'auto')
    await call(ami, 'answered-a1', '998711001001')
    t.match(await customerEnd(ami, 'answered-a1'), { Cause: '16', Channel: /^PJSIP\/trunk-site-a-/ })
    const [row] = await rowsOf(sandbox, 'answered-a1')
    t.match(row, {
      disposition: 'ANSWERED',
      uniqueid: 'answered-a1',
      linkedid: 'answered-a1',
      context: 'lab-dial'
    })
    t.match(row?.destinationChannel, /^PJSIP\/trunk-site-a-/)
    t.ok((row?.billableS ?? 0) >= 1, 'the second that he talked is billed')

    await call(ami, 'busy-a1', '998711002001')
    t.match(await customerEnd(ami, 'busy-a1'), { Cause: '17' })
    const dialled = await ami.packet(({ Event, DestLinkedid, DialStatus }) => {
      return Event === 'DialEnd' && DestLinkedid === 'busy-a1' && DialStatus !== 'ANSWER'
    })
    t.equal(dialled.DialStatus, 'BUSY')
  })

  await t.test('a phone does what it was told last', async t => {
    const ami = await session(t, sandbox.central)
    await sandbox.phone('1002', 'reject')
    await call(ami, 'rejected-a1', '998711001001', 'PJSIP/1002')
    t.match(await ami.packet(({ Event, Uniqueid }) => Event === 'Hangup' && Uniqueid === 'rejected-a1'), {
      Cause: '21'
    })
    await t.rejects(sandbox.phone('1002', 'explode'), {
      code: 'SANDBOX_BAD_OPTION',
      message: /it knows answer/
    })
    await t.rejects(sandbox.phone('2002', 'busy'), { message: /no phone 2002: there are 1001 to 1020/ })
  })

  await t.test('every kind of customer and of phone behaves as documented', async t => {
    const ami = await session(t, sandbox.central)
    await callCustomers(t, ami)
    await callAgents(t, sandbox, ami)
  })

  await t.test('a phone transfers its customer by REFER', async t => {
    const ami = await session(t, sandbox.central)
    await sandbox.phone('1003', 'xfer:901')
    await call(ami, 'transfer-a1', '998711001000', 'PJSIP/1003')
    const transfer = await ami.packet(({ Event }) => Event === 'BlindTransfer')
    t.match(transfer, { Result: 'Success', Extension: '901', TransfererLinkedid: 'transfer-a1' })
    await ami.action({ Action: 'Hangup', Channel: transfer.TransfereeChannel ?? '' })
  })

  await t.test('the framework account may call, not command', async t => {
    const ami = await session(t, sandbox.central, 'evs')
    t.match(await ami.action({ Action: 'Command', Command: 'core show version' }), { Response: 'Error' })
    t.match(await ami.action({ Action: 'CoreShowChannels' }), { Response: 'Success' })
    t.match(await call(ami, 'evs-a1', '998711002400'), { Response: 'Success' })
    t.match(await customerEnd(ami, 'evs-a1'), { Cause: '1' })
  })

  await t.test('its secrets are made for this run folder, and its owner alone can read them', t => {
    t.equal(statSync(sandbox.secretsFile).mode & 0o777, 0o600)
    t.equal(statSync(sandbox.central.dir).mode & 0o777, 0o700)
    const { ami } = JSON.parse(readFileSync(sandbox.secretsFile, 'utf8'))
    t.equal(ami.evs, sandbox.central.accounts.evs.secret)
    t.not(ami.evs, ami.lab)
    t.not(sandbox.sipSecret('1001'), sandbox.sipSecret('1002'))
    t.end()
  })

  await t.test('it listens on loopback only', t => {
    for (const { name, pid, amiPort } of all(sandbox)) {
      const sockets = socketsOf(pid ?? 0)
      t.ok(
        sockets.some(({ kind, port }) => kind === 'tcp' && port === amiPort),
        `${name} listens for AMI`
      )
      const elsewhere = sockets.filter(({ address }) => !address.startsWith('127.'))
      // pjsip's DNS client opens one UDP socket a family on a port that the kernel chooses; it answers to nothing
      t.same(
        elsewhere.map(({ kind, address }) => `${kind} ${address}`),
        ['udp 0.0.0.0', 'udp ::'],
        `${name} elsewhere`
      )
      t.ok(
        elsewhere.every(({ port }) => port >= 32_768),
        `${name}: those are the kernel's choice`
      )
    }
    t.end()
  })

  await t.test('who brings it up again, or asks from another process, finds the one that runs', async t => {
    const again = await asteriskSandbox.up(options)
    t.same(
      all(again).map(({ pid }) => pid),
      all(sandbox).map(({ pid }) => pid)
    )
    const status = await command('status')
    for (const { pid } of all(sandbox)) t.match(status, `pid ${pid} `)
    t.match(status, sandbox.secretsFile)
    t.notMatch(status, sandbox.central.accounts.lab.secret)
    t.match(await command('cli', 'gw-a', 'core show version'), /^Asterisk 22\./)
    t.match(await command('env'), `EVS_CENTRAL_AMI_PORT='${sandbox.central.amiPort}'`)
    const others = { ...options, overlays: { central: [folder(t)] } }
    await t.rejects(asteriskSandbox.up(others), {
      code: 'SANDBOX_BAD_OPTION',
      message: /runs with other overlays/
    })
    await t.rejects(asteriskSandbox.attach({ runDir, shift: 0 }), { message: /runs with shift 700, not 0/ })
  })

  await t.test('a gateway that is killed comes back, and calls go through it again', async t => {
    const { pid } = sandbox.gatewayA
    await sandbox.killInstance('gw-a')
    t.equal(sandbox.gatewayA.pid, undefined)
    await t.rejects(sandbox.cli('gw-a', 'core show version'), { code: 'SANDBOX_NOT_RUNNING' })
    await sandbox.startInstance('gw-a')
    t.not(sandbox.gatewayA.pid, pid)
    await sandbox.trunksReachable()
    const ami = await session(t, sandbox.central)
    await call(ami, 'again-a1', '998711001201')
    t.match(await customerEnd(ami, 'again-a1'), { Cause: '16' })
  })

  await t.test('down leaves no process and no socket', async t => {
    const pids = all(sandbox).map(({ pid }) => pid)
    await sandbox.down()
    for (const pid of pids) t.notOk(isAlive(pid ?? 0), `${pid} is gone`)
    const ports = new Set(
      all(sandbox).flatMap(({ amiPort, sipPort, httpPort }) => [amiPort, sipPort, httpPort])
    )
    t.same(
      openSockets().filter(({ listening, port }) => listening && ports.has(port)),
      []
    )
    await t.rejects(asteriskSandbox.attach(options), { code: 'SANDBOX_NOT_RUNNING' })
  })

  await t.test(
    'a dialplan kit laid over central takes the phones, with an account that was asked for',
    async t => {
      const kit = fileURLToPath(new URL('kit', import.meta.url))
      const amiAccounts = { watcher: { read: 'call,cdr', write: '' } }
      const sandbox = await comeUp(t, { ...options, overlays: { central: [kit] }, amiAccounts })
      t.same(await sandbox.cdr(), [], 'a new sandbox begins with no records')
      const watcher = await session(t, sandbox.central, 'watcher')
      await session(t, sandbox.central, 'evs')
      const phone = await session(t, sandbox.phones)
      await phone.action({
        Action: 'Originate',
        Channel: 'PJSIP/998711001001@out-1012',
        Context: 'caller',
        Exten: 't00',
        Priority: '1',
        Async: 'true'
      })
      const ended = await watcher.packet(
        ({ Event, Channel }) => Event === 'Hangup' && /1012/.test(Channel ?? '')
      )
      t.equal(ended.Cause, '21', 'the kit refused the number')
      const [row] = await rowsOf(sandbox, ended.Linkedid ?? '')
      t.equal(row?.userfield, 'kit:site-b:default')
    }
  )

  await t.test(
    'a kit that asks for a value that does not exist is refused, and nothing stays up',
    async t => {
      const kit = folder(t)
      writeFileSync(join(kit, 'extensions_evs.conf'), '[evs-outbound]\nexten => s,1,NoOp(@NO_SUCH@)\n')
      const wrong = { ...options, overlays: { central: [kit] } }
      await t.rejects(asteriskSandbox.up(wrong), {
        code: 'SANDBOX_BAD_OPTION',
        message: /asks for @NO_SUCH@/
      })
      await t.rejects(asteriskSandbox.attach(options), { code: 'SANDBOX_NOT_RUNNING' })
      const foreign = folder(t)
      mkdirSync(join(foreign, 'thesis'))
      await t.rejects(asteriskSandbox.up({ shift, runDir: foreign }), { message: /holds other files/ })
    }
  )

  async function command(...words: string[]): Promise<string> {
    const place = ['--run', runDir, '--shift', String(shift)]
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...process.execArgv,
      cliFile,
      ...words,
      ...place
    ])
    return stdout
  }
})

// two processes that ask for it at the same moment get the same one
async function comeUp(t: Test, options: Parameters<typeof asteriskSandbox.up>[0]): Promise<AsteriskSandbox> {
  const asked = [asteriskSandbox.up(options), asteriskSandbox.up(options)] as const
  t.teardown(async () => {
    await Promise.allSettled(asked)
    await asteriskSandbox.attach(options).then(
      sandbox => sandbox.down(),
      () => {}
    )
  })
  const [sandbox, other] = await Promise.all(asked)
  t.same(
    all(other).map(({ pid }) => pid),
    all(sandbox).map(({ pid }) => pid)
  )
  t.equal(all(sandbox).length, instanceNames.length)
  return sandbox
}
