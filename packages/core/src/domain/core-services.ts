import type { Kernel } from '../kernel/kernel.ts'
import { AgentSessions } from './agent/agent-sessions.ts'
import { DatabaseCallLedger } from './call/call-ledger.ts'
import { Calls } from './call/calls.ts'
import { Dispatcher } from './dispatch/dispatcher.ts'
import { Handouts } from './dispatch/handouts.ts'
import type { DestinationPolicy } from './telephony/destination-policy.ts'

/** The domain's services, tied together. */
export interface CoreServices {
  readonly ledger: DatabaseCallLedger
  readonly calls: Calls
  readonly handouts: Handouts
  readonly sessions: AgentSessions
}

export function createCoreServices(kernel: Kernel, policy: DestinationPolicy): CoreServices {
  const dispatcher = new Dispatcher(kernel)
  const calls = new Calls(kernel, policy)
  const handouts = new Handouts(kernel, dispatcher, calls)
  const ledger = new DatabaseCallLedger(kernel, handoutId => {
    // A crash between the end of the call and the settlement is mended by the reaper.
    handouts
      .settleFinalised(handoutId)
      .catch(err => kernel.log.error({ err, handoutId }, 'settlement failed'))
  })
  return { ledger, calls, handouts, sessions: new AgentSessions(kernel, handouts) }
}
