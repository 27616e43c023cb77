import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { coreDomain, runCommand } from '@evscallpro/core'
import { startPbxSimulator } from '@evscallpro/pbx-simulator'
import { ami } from '@evscallpro/plugin-ami'
import { buildTestApp, loginAs } from '@evscallpro/testing'
import { test } from 'tap'
import { findOriginateHole } from '../src/check/asterisk-version.ts'
import { gatherCdr } from '../src/reconcile/compare.ts'
import { readMasterCsv } from '../src/reconcile/master-csv.ts'

const secret = 'not a secret outside this test'

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 10))
}

test('versions with CVE-2024-42365 are told, with what it means and where it is mended', t => {
  for (const version of [
    '18.24.1',
    '20.9.1',
    '21.4.1',
    '19.8.0',
    '16.30.0',
    '18.9-cert10',
    'Asterisk 20.7-cert1'
  ]) {
    t.match(
      findOriginateHole(version),
      /CVE-2024-42365.*run programs on the PBX.*upgrade to 18\.24\.2/,
      version
    )
  }
  for (const version of [
    '18.24.2',
    '20.9.2',
    '21.4.2',
    '21.5.0',
    '22.0.0',
    '22.10.1~dfsg+~cs6',
    '23.1',
    '20.7-cert2'
  ]) {
    t.equal(findOriginateHole(version), null, version)
  }
  t.match(findOriginateHole('GIT-master-abc'), /cannot be compared/)
  t.end()
})

test('an account that may too little or too much is told in one sentence each, with the mend', async t => {
  const pbx = await startPbxSimulator({
    accounts: [{ username: 'evs', secret, read: ['call', 'user'], write: ['call', 'system', 'command'] }]
  })
  t.teardown(() => pbx.close())
  const { app } = await buildTestApp(t, {
    plugins: [coreDomain(), ami({ pbx: 'sim', host: pbx.host, port: pbx.port, username: 'evs', secret })]
  })
  const { headers } = await loginAs(app, 'supervisor')
  const status = async () => (await app.inject({ url: '/api/ami/status', headers })).json()
  await until(async () => (await status()).findings.length >= 4)
  const { findings, asteriskVersion } = await status()
  t.match(asteriskVersion, /^22\./)
  const sentences: string[] = findings.map(
    (one: { kind: string; sentence: string }) => `${one.kind}: ${one.sentence}`
  )
  t.match(
    sentences.join('\n'),
    /missing: .*lacks the write class 'originate': no call can be started; add it/
  )
  t.match(sentences.join('\n'), /danger: .*has the write class 'system'.*shell on the PBX; take it off/)
  t.match(sentences.join('\n'), /danger: .*has the write class 'command'/)
  t.match(sentences.join('\n'), /advice: .*lacks the read class 'system'/)
  t.notMatch(sentences.join('\n'), /'config'/)
  t.match(
    (await app.inject('/health/ready')).body,
    /lacks the write class 'originate'/,
    'the probe says it too'
  )
  const { headers: agent } = await loginAs(app, 'agent')
  t.equal((await app.inject({ url: '/api/ami/status', headers: agent })).statusCode, 403)
})

test('rows are compared with the CDR of the PBX, both ways', async t => {
  const pbx = await startPbxSimulator({ accounts: [{ username: 'evs', secret }], timeScale: 10 })
  t.teardown(() => pbx.close())
  const { app, url } = await buildTestApp(t, {
    plugins: [coreDomain(), ami({ pbx: 'sim', host: pbx.host, port: pbx.port, username: 'evs', secret })]
  })
  const { headers } = await loginAs(app, 'supervisor')
  await until(async () => (await app.inject('/health/ready')).statusCode === 200)
  const { db } = app.kernel
  for (let i = 0; i < 3; i++)
    pbx.trunk('trunk-site-a').call({ from: `3361234567${i}`, to: `100${i + 1}`, talkS: 2 })
  const counts = async (table: string): Promise<number> => Number((await db(table).count({ n: '*' }))[0]?.n)
  await until(async () => (await counts('core.call_history')) === 3 && (await counts('ami.cdr')) === 3)
  const from = '2000-01-01T00:00:00Z'
  const to = '2100-01-01T00:00:00Z'
  const compare = async () => {
    // Partitions of a century of months are not looked at for a test: the last and next days are enough.
    const [begin, end] = [-1, 1].map(days => new Date(Date.now() + days * 86_400_000 * 2).toISOString())
    return (await app.inject({ url: `/api/ami/reconciliation?from=${begin}&to=${end}`, headers })).json()
  }
  t.match(await compare(), { cdrCalls: 3, matched: 3, noCall: 0, matchRate: 1, differences: [] })
  const metrics = (await app.inject({ url: '/metrics', headers: (await loginAs(app, 'admin')).headers })).body
  t.match(metrics, /^evs_ami_up\{pbx="sim",session="actions"\} 1$/m)
  t.match(metrics, /^evs_ami_up\{pbx="sim",session="events"\} 1$/m)
  t.match(metrics, /^evs_ami_lag_seconds\{pbx="sim"\} \d/m)
  t.match(metrics, /^evs_ami_events_total\{pbx="sim"\} [1-9]\d*$/m)
  // Only what ended a minute ago is compared there.
  t.match(metrics, /^# TYPE evs_ami_cdr_match_ratio gauge$/m)

  const [lost] = await db('core.call_history').limit(1)
  await db('core.call_history').where({ id: lost.id }).delete()
  await db('core.call_history_legs').where({ call_id: lost.id }).delete()
  const [strange] = await db('core.call_history').limit(1)
  await db('ami.cdr').where({ linkedid: strange.linkedid }).delete()
  const result = await compare()
  t.equal(result.matchRate, 0.5)
  t.match(
    new Set(
      result.differences.map(
        (one: { difference: string; linkedid: string }) => `${one.difference} ${one.linkedid}`
      )
    ),
    new Set([`no_row ${lost.linkedid}`, `no_cdr ${strange.linkedid}`])
  )

  // The same by the command, from a Master.csv that was written by Asterisk.
  const folder = mkdtempSync(join(tmpdir(), 'evs-cdr-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'Master.csv')
  const csv = readFileSync(new URL('traces/c2c-context.csv', import.meta.url), 'utf8')
  writeFileSync(file, csv)
  const before = process.env.DATABASE_URL
  process.env.DATABASE_URL = url
  t.teardown(() => {
    if (before === undefined) delete process.env.DATABASE_URL
    else process.env.DATABASE_URL = before
  })
  const lines: string[] = []
  const io = { out: (line: string) => lines.push(line), err: (line: string) => lines.push(line) }
  const reconcile = (...options: string[]) =>
    runCommand([coreDomain(), ami()], ['reconcile', '--cdr', file, ...options], io)
  const code = await reconcile('--pbx', 'other', '--from', from, '--to', to)
  t.equal(code, 1)
  t.match(lines.join('\n'), /no_row {2}2026-11-22T13:22:54\.000Z {2}cc-mwrv9dxj-5-a/)
  t.match(lines.join('\n'), /calls in the CDR 1, with a row 0: 0\.00 %/)
  t.equal(gatherCdr(readMasterCsv(csv)).length, 1, 'two rows of one call are one call')

  // Local channels alone, and legs beside calls: with a row it is a call, with a call id of ours one is missing, else nobody's.
  const unreached = { id: app.kernel.newId(), linkedid: null, transfers: '[]' } // as of a phone that was not there
  await db('core.call_history').insert({ ...strange, ...unreached })
  const missing = `${app.kernel.newId()}-a1`
  const half = (end: 1 | 2) => `Local/1001@from-agent-00000002;${end}`
  const phone = 'PJSIP/1001-0000005a'
  const second = new Date().toISOString().slice(0, 19).replace('T', ' ')
  const row = (channel: string, destination: string, linkedid: string, uniqueid = linkedid) =>
    `"","1001","1001","from-agent","","${channel}","${destination}","Dial","","${second}","","${second}",1,0,"NO ANSWER","DOCUMENTATION","${uniqueid}","","","${linkedid}",1\n`
  writeFileSync(
    file,
    [
      row(half(1), '', '1795354071.1'),
      row(half(2), half(1), '1795354071.1', '1795354071.2'),
      row(half(1), '', '1795354071.3'),
      row(half(2), phone, '1795354071.3', '1795354071.4'),
      row(half(1), '', `${unreached.id}-a1`),
      row(half(1), '', missing),
      row(half(2), '', missing, `${missing};2`),
      row(phone, '', `${app.kernel.newId()}-s1`)
    ].join('')
  )
  lines.length = 0
  const today = [-1, 1].map(days => new Date(Date.now() + days * 86_400_000).toISOString())
  await reconcile('--json', '--pbx', 'sim', '--from', today[0]!, '--to', today[1]!)
  const byFile = JSON.parse(lines.join('\n'))
  t.match(byFile, { cdrCalls: 3, matched: 1, noCall: 2 }, 'a note to the dialplan and a leg that listens')
  t.same(
    byFile.differences
      .filter((one: { difference: string }) => one.difference === 'no_row')
      .map((one: { linkedid: string }) => one.linkedid)
      .sort(),
    ['1795354071.3', missing].sort(),
    'a phone took part, or the call was asked for by us'
  )
  t.throws(() => [...readMasterCsv('"a","b"\n')], /Row 1 of the CDR file.*newcdrcolumns = yes/)
})
