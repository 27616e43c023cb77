import type { FarEnd } from './far-end.ts'
import { forever, type Script, sleep } from './thread.ts'

// Lengths of the sounds the real gateways play, ms.
const VOICEMAIL_GREETING_MS = 5_600
const BEEP_MS = 300
const HELLO_MS = 850
/** From the start of SendDTMF until the digit is there. */
const KEY_MS = 220

/**
 * What the called party does, said by the last four digits BBNN of the number exactly as at the gateways of the real
 * sandbox: BB the behaviour, NN a number of seconds. A number with any other ending is unallocated (404).
 */
export function* customer(line: FarEnd): Script {
  const digits = line.number.replace(/[^0-9]/g, '')
  if (/^(112|10[123]|1[578])$/.test(digits)) {
    yield* talk(line, 0)
    return
  }
  const n = Number(digits.slice(-2))
  const wait = (seconds: number): Script => sleep(line.clock, seconds * 1000)
  switch (digits.slice(-4, -2)) {
    case '10':
      line.ringing()
      yield* wait(1)
      return yield* talk(line, n)
    case '11':
      line.ringing()
      yield* wait(n)
      return yield* talk(line, 0)
    case '12':
      return yield* talk(line, n)
    case '20':
      return yield* refuse(line, n, 17)
    case '21':
      return yield* refuse(line, n === 0 ? 600 : n, 19)
    case '22':
      yield* wait(n)
      return line.hangup(34)
    case '23':
      return yield* refuse(line, n, 21)
    case '24':
      return line.hangup(1)
    case '25':
      return line.hangup(28)
    case '26':
      return line.hangup(27)
    case '27':
      return line.hangup(20)
    case '28':
      return line.hangup(n)
    case '30':
      line.progress()
      yield* wait(0.3 + n)
      return line.hangup(20)
    case '31':
      line.progress()
      yield* wait(n)
      return yield* talk(line, 0)
    case '40':
      line.ringing()
      yield* wait(4)
      line.answer()
      yield* wait(0.3 + (VOICEMAIL_GREETING_MS + BEEP_MS) / 1000 + n)
      return line.hangup()
    case '41':
      line.ringing()
      yield* wait(2)
      line.answer()
      yield* wait(0.3 + HELLO_MS / 1000)
      return yield* talk(line, n)
    case '42':
      line.answer()
      yield* wait(n + HELLO_MS / 1000)
      return yield* talk(line, 0)
    case '43':
      line.answer()
      yield* wait(n + 10)
      return line.hangup()
    case '44':
      line.answer()
      yield* wait(n + (VOICEMAIL_GREETING_MS + BEEP_MS) / 1000 + 10)
      return line.hangup()
    case '45':
      line.answer()
      yield* wait(n + 2)
      yield* press(line, '1')
      return yield* talk(line, 0)
    case '50':
      return yield* answerAndPress(line, '1', n)
    case '51':
      return yield* answerAndPress(line, '2', n)
    case '52': // the key comes as tones in the audio only, which nobody on this side hears
      return yield* answerAndPress(line, '', n)
    case '54':
      return yield* answerAndPress(line, digits.slice(-10, -4), n)
    case '60':
      return yield* talk(line, n)
    default:
      return line.hangup(1)
  }
}

function* refuse(line: FarEnd, afterS: number, cause: number): Script {
  line.ringing()
  yield* sleep(line.clock, afterS * 1000)
  line.hangup(cause)
}

function* answerAndPress(line: FarEnd, keys: string, talkS: number): Script {
  line.ringing()
  yield* sleep(line.clock, 1000)
  line.answer()
  yield* sleep(line.clock, 2000)
  yield* press(line, keys)
  yield* talk(line, talkS)
}

/** Presses keys one after the other. */
export function* press(line: FarEnd, keys: string): Script {
  for (const key of keys) {
    yield* sleep(line.clock, KEY_MS)
    line.press(key)
  }
}

/** Answers and talks; without seconds until the other side hangs up. */
export function* talk(line: FarEnd, seconds: number): Script {
  line.answer()
  if (seconds === 0) return yield* forever()
  yield* sleep(line.clock, seconds * 1000)
  line.hangup()
}
