import { press, talk } from './customers.ts'
import type { PhoneBehaviour } from './endpoints.ts'
import type { FarEnd } from './far-end.ts'
import { forever, type Script, sleep } from './thread.ts'

/** How an agent's phone takes a call, as the phones of the real sandbox do. */
export function* phone(line: FarEnd, behaviour: PhoneBehaviour): Script {
  const [name, parameter = ''] = behaviour.split(':')
  const wait = (seconds: number): Script => sleep(line.clock, seconds * 1000)
  switch (name) {
    case 'auto':
      return yield* talk(line, 0)
    case 'busy':
      return line.hangup(17)
    case 'dnd':
      return line.hangup(20)
    case 'reject':
      line.ringing()
      yield* wait(1)
      return line.hangup(21)
    case 'ring':
      line.ringing()
      return yield* forever()
    case 'slow':
      line.ringing()
      yield* wait(Number(parameter))
      return yield* talk(line, 0)
    case 'dtmf':
      line.ringing()
      yield* wait(1)
      line.answer()
      yield* wait(2)
      yield* press(line, parameter)
      return yield* talk(line, 0)
    default:
      line.ringing()
      yield* wait(1)
      return yield* talk(line, Number(parameter || 0))
  }
}

/** A gateway that has just died: no SIP answer until our side gives up after timer B (asterisk.md, routes: 6,403 to 6,414 ms). */
export function* silence(line: FarEnd): Script {
  yield* sleep(line.clock, 6_408)
  line.reply(408)
}
