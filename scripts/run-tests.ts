// Runs tap while one database server stands for all test files.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { withTestServer } from '@evscallpro/testing'

const ci = process.env.CI === 'true'
// Two files at once leave two cores idle for a quarter of the time: calls on a real Asterisk are mostly waited for.
const inCi = ['--reporter=terse', '--jobs=3']
const status = await withTestServer(async () => {
  const tap = spawn('npx', ['--no-install', 'tap', ...(ci ? inCi : []), ...process.argv.slice(2)], {
    stdio: 'inherit',
    shell: process.platform === 'win32'
  })
  const [code] = await once(tap, 'exit')
  return Number(code ?? 1)
})
process.exitCode = status
