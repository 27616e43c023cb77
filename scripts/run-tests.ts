// Runs tap while one database server stands for all test files.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { withTestServer } from '@evscallpro/testing'

const ci = process.env.CI === 'true'
const status = await withTestServer(async () => {
  const tap = spawn(
    'npx',
    ['--no-install', 'tap', ...(ci ? ['--reporter=terse'] : []), ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      shell: process.platform === 'win32'
    }
  )
  const [code] = await once(tap, 'exit')
  return Number(code ?? 1)
})
process.exitCode = status
