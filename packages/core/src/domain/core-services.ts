import type { Kernel } from '../kernel/kernel.ts'
import { AgentSessions } from './agent/agent-sessions.ts'
import { CallControls } from './call/call-controls.ts'
import { DatabaseCallLedger } from './call/call-ledger.ts'
import { Calls } from './call/calls.ts'
import { Countdowns } from './dispatch/countdowns.ts'
import { Dispatcher } from './dispatch/dispatcher.ts'
import { HandoutEnding } from './dispatch/handout-ending.ts'
import { Handouts } from './dispatch/handouts.ts'
import { NextContacts } from './dispatch/next-contact.ts'
import { WorkSignal } from './dispatch/work-signal.ts'
import { dispatchTurnTimes } from './metrics.ts'
import { Dialling, type DiallingRules } from './telephony/dialling.ts'

/** The domain's services, tied together. */
export interface CoreServices {
  readonly ledger: DatabaseCallLedger
  readonly calls: Calls
  readonly controls: CallControls
  readonly dispatcher: Dispatcher
  readonly work: WorkSignal
  readonly next: NextContacts
  readonly countdowns: Countdowns
  readonly ending: HandoutEnding
  readonly handouts: Handouts
  readonly sessions: AgentSessions
}

export function createCoreServices(kernel: Kernel, rules: DiallingRules): CoreServices {
  const dispatcher = new Dispatcher(kernel, dispatchTurnTimes(kernel))
  const dialling = new Dialling(kernel, rules)
  const calls = new Calls(kernel, dialling)
  const work = new WorkSignal(kernel)
  const countdowns = new Countdowns(kernel, calls)
  const ending = new HandoutEnding(kernel, dispatcher)
  const next = new NextContacts(kernel, dispatcher, work, ending)
  const handouts = new Handouts(kernel, ending, calls)
  const ledger = new DatabaseCallLedger(kernel, handoutId => {
    // A crash between the end of the call and the settlement is mended by the reaper.
    ending
      .settleFinalised(handoutId)
      .catch((err: unknown) => kernel.log.error({ err, handoutId }, 'settlement failed'))
  })
  const sessions = new AgentSessions(kernel, handouts)
  return {
    ledger,
    calls,
    controls: new CallControls(kernel, dialling),
    dispatcher,
    work,
    next,
    countdowns,
    ending,
    handouts,
    sessions
  }
}
