import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ConfigError, readConfig } from '../src/config.ts'

/** The sentences that wrong settings give. */
function issuesOf(env: Record<string, string>, folder: string): readonly string[] {
  try {
    readConfig(env, folder)
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
    throw error
  }
  return []
}

t.test('with no settings everything runs on this machine: embedded database, simulator, demo', async t => {
  const config = readConfig({}, t.testdir())
  t.match(config, {
    host: '127.0.0.1',
    port: 3000,
    databaseUrl: null,
    pbx: { kind: 'simulator' },
    demo: true
  })
  t.same(config.allow, ['+33'], 'the numbers of the demo')
})

t.test('the environment wins over the file, and a real PBX gets no destinations by itself', async t => {
  const folder = t.testdir({
    'evscallpro.config.json': JSON.stringify({
      port: 4000,
      amiHost: '10.0.0.5',
      amiUsername: 'evs',
      amiSecretFile: 'secret',
      amiTls: true
    }),
    secret: 'from-the-file\n'
  })
  const config = readConfig({ EVS_PORT: '4001', DATABASE_URL: 'postgres://u:p@h/d' }, folder)
  t.equal(config.port, 4001)
  t.equal(config.databaseUrl, 'postgres://u:p@h/d')
  t.same(config.pbx, {
    kind: 'asterisk',
    name: 'asterisk',
    host: '10.0.0.5',
    port: 5038,
    username: 'evs',
    secret: 'from-the-file',
    tls: true,
    mode: 'dialplan'
  })
  t.same(config.allow, [])
  t.equal(config.demo, false)
})

t.test('every wrong setting gives one sentence: which, what was found, what to do', async t => {
  const folder = t.testdir()
  const cases: [Record<string, string>, RegExp][] = [
    [{ EVS_PORT: 'http' }, /EVS_PORT is 'http': give a whole number from 0 to 65535/],
    [{ EVS_PORT: '70000' }, /EVS_PORT is '70000'/],
    [{ DATABASE_URL: 'mysql://u:geheim@h/d' }, /DATABASE_URL does not begin with postgres:\/\//],
    [{ EVS_PBX: 'pigeon' }, /EVS_PBX is 'pigeon': choose one of simulator, asterisk/],
    [{ EVS_LOG_LEVEL: 'loud' }, /EVS_LOG_LEVEL is 'loud': choose one of fatal, error/],
    [{ EVS_DEMO: 'maybe' }, /EVS_DEMO is 'maybe': choose one of on, off/],
    [{ EVS_DESTINATIONS: '0033' }, /EVS_DESTINATIONS holds '0033': give E.164 prefixes/],
    [{ EVS_AGENT_RING_SECONDS: '1' }, /EVS_AGENT_RING_SECONDS is '1': give a whole number from 3 to 120/],
    [{ EVS_PBX: 'asterisk' }, /EVS_AMI_HOST is missing: give the address of the PBX/],
    [
      { EVS_PBX: 'asterisk', EVS_AMI_HOST: 'h' },
      /EVS_AMI_USERNAME is missing: give the account of manager.conf/
    ],
    [{ EVS_AMI_HOST: 'h', EVS_AMI_USERNAME: 'u' }, /EVS_AMI_SECRET is missing: .*EVS_AMI_SECRET_FILE/],
    [
      { EVS_AMI_HOST: 'h', EVS_AMI_USERNAME: 'u', EVS_AMI_SECRET_FILE: 'nowhere' },
      /EVS_AMI_SECRET_FILE names a file that cannot be read \(ENOENT\)/
    ],
    [{ EVS_CONFIG: 'absent.json' }, /configuration file \(EVS_CONFIG\) cannot be read \(ENOENT\)/]
  ]
  for (const [env, sentence] of cases) t.match(issuesOf(env, folder).join('\n'), sentence)
  t.notMatch(
    issuesOf({ DATABASE_URL: 'mysql://u:geheim@h/d' }, folder).join(),
    /geheim/,
    'no password is quoted'
  )

  const bad = join(folder, 'bad.json')
  writeFileSync(bad, '{ port: 1 }')
  t.match(issuesOf({ EVS_CONFIG: bad }, folder).join(), /is not valid JSON: correct it/)
  writeFileSync(bad, '{ "prot": 1, "pbx": ["simulator"] }')
  const issues = issuesOf({ EVS_CONFIG: bad }, folder)
  t.equal(issues.length, 2, 'all of them at once')
  t.match(issues.join('\n'), /'prot' that does not exist: choose from host, port/)
  t.match(issues.join('\n'), /pbx in the configuration file is no text, number or yes-no value/)
})
