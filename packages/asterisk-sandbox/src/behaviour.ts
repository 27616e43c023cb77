import { SandboxError } from './errors.ts'
import { softphones } from './softphones.ts'

const known = /^(answer(:\d+)?|slow:\d+|auto|reject|busy|dnd|ring|xfer:[+\d]+|dtmf:[\d*#]+)$/

/** Checks what a phone is told to do. @throws SandboxError naming the extension or the behaviour that does not exist. */
export function checkBehaviour(extension: string, behaviour: string): void {
  if (!softphones.includes(extension)) {
    const [first, last] = [softphones[0], softphones.at(-1)]
    throw new SandboxError('SANDBOX_BAD_OPTION', `no phone ${extension}: there are ${first} to ${last}`)
  }
  if (known.test(behaviour)) return
  throw new SandboxError(
    'SANDBOX_BAD_OPTION',
    `a phone cannot "${behaviour}": it knows answer, answer:SECONDS, slow:SECONDS, auto, reject, busy, dnd, ring, ` +
      'xfer:NUMBER and dtmf:KEYS'
  )
}
