// Runs tap while one database server stands for all test files.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { withTestServer } from '@evscallpro/testing'

const ci = process.env.CI === 'true'
/*
 * Three at once in CI: files that wait, for Asterisk's bells and for pages, leave a processor free, and the others build
 * their applications with a sixth of the work since schemas are compiled once.
 */
const options = ci ? ['--reporter=terse', '--jobs=3'] : []
/** tap notes each file that a process loads, for its coverage and `--changed`; unasked it need not look into any. */
const noted = process.argv.some(arg => arg.startsWith('--')) ? {} : { _TAPJS_PROCESSINFO_EXCLUDE_: '/./' }
const status = await withTestServer(async () => {
  const tap = spawn('npx', ['--no-install', 'tap', ...options, ...process.argv.slice(2)], {
    env: { ...process.env, ...noted },
    stdio: 'inherit',
    shell: process.platform === 'win32'
  })
  const [code] = await once(tap, 'exit')
  return Number(code ?? 1)
})
process.exitCode = status
