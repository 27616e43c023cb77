import type { PbxSimulator, SimulatorOptions } from '../../src/index.ts'
import { startPbxSimulator } from '../../src/index.ts'
import { AmiClient } from './client.ts'

interface Teardown {
  teardown(task: () => Promise<void> | void): void
}

/** A simulator on a virtual clock that ends with the test. */
export async function simulator(t: Teardown, options: Partial<SimulatorOptions> = {}): Promise<PbxSimulator> {
  const sim = await startPbxSimulator({
    clock: 'virtual',
    accounts: [
      { username: 'evs', secret: 'evs-secret' },
      { username: 'lab', secret: 'lab-secret', read: ['all'], write: ['all'], exclude: [], lab: true }
    ],
    ...options
  })
  t.teardown(() => sim.close())
  return sim
}

/** A client that is logged in as the framework's account and ends with the test. */
export async function client(
  t: Teardown,
  sim: PbxSimulator,
  user: 'evs' | 'lab' = 'evs'
): Promise<AmiClient> {
  const ami = new AmiClient(sim.port)
  t.teardown(() => ami.close())
  await ami.login(user, `${user}-secret`)
  return ami
}

export interface CallOptions {
  id: string
  routes: string | string[]
  station?: string
  context?: string
  callerIds?: string[]
  variables?: Record<string, string>
}

/** The action a framework sends for one call: agent first, then the kit's dialplan. */
export function callAction(options: CallOptions): Record<string, string | string[]> {
  const routes = typeof options.routes === 'string' ? [options.routes] : options.routes
  const variables: Record<string, string> = {
    __EVS_CALL_ID: options.id,
    EVS_LEG: 'agent',
    EVS_ROUTES: routes.map(route => `PJSIP/${route}`).join('|'),
    ...(options.callerIds ? { EVS_CIDS: options.callerIds.join('|') } : {}),
    ...options.variables
  }
  return {
    ActionID: `orig-${options.id}-a1`,
    Channel: options.station ?? 'PJSIP/1001',
    ChannelId: `${options.id}-a1`,
    Context: options.context ?? 'evs-dial',
    Exten: 's',
    Priority: '1',
    Timeout: '30000',
    Async: 'true',
    CallerID: '"Office" <998712000000>',
    Variable: Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  }
}
