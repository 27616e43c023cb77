import { setTimeout as pause } from 'node:timers/promises'
import { SandboxError } from './errors.ts'

/**
 * Looks at a foreign process again and again until `look` returns a value; Asterisk's command line gives no event.
 *
 * @throws SandboxError `SANDBOX_TIMEOUT` after `limitMs` milliseconds, with the text of `problem`.
 */
export async function until<T>(
  look: () => Promise<T | undefined>,
  limitMs: number,
  problem: () => string,
  everyMs = 100
): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() >= end) throw new SandboxError('SANDBOX_TIMEOUT', problem())
    await pause(everyMs)
  }
}
