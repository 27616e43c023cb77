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
import { HeldLegs } from './telephony/held-legs.ts'

/** The domain's services, tied together. */
export interface CoreServices {
  readonly ledger: DatabaseCallLedger
  readonly calls: Calls
  readonly controls: CallControls
  readonly held: HeldLegs
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
  const held = new HeldLegs(kernel, dialling)
  const work = new WorkSignal(kernel)
  const countdowns = new Countdowns(kernel, calls)
  const ending = new HandoutEnding(kernel, dispatcher)
  const next = new NextContacts(kernel, dispatcher, work, ending)
  const handouts = new Handouts(kernel, ending, calls)
  const ledger = new DatabaseCallLedger(kernel, consequences => {
    // What a crash swallows here is mended: hand-outs by the reaper; calls and legs by who reads the PBX, as none of them came.
    const failed = (what: string, id: unknown) => (err: unknown) =>
      kernel.log.error({ err, id }, `${what} failed`)
    for (const id of consequences.finalised) ending.settleFinalised(id).catch(failed('settlement', id))
    for (const id of consequences.returned)
      ending.settle(id, 'released').catch(failed('giving a contact back', id))
    for (const id of consequences.again) calls.callAgentAgain(id).catch(failed('calling the agent again', id))
    for (const id of consequences.legsAgain) held.again(id).catch(failed('calling the agent again', id))
  })
  const sessions = new AgentSessions(kernel, handouts, held, dialling)
  return {
    ledger,
    calls,
    controls: new CallControls(kernel, dialling),
    held,
    dispatcher,
    work,
    next,
    countdowns,
    ending,
    handouts,
    sessions
  }
}
