import { LiveValue } from './live.ts'
import type { Me } from './model.ts'

/** What a page shows of its own agent, a live value for each key of `Me`; nobody is known yet. */
export const createMeValues = () => ({
  agent: new LiveValue<Me['agent'] | null>(null),
  call: new LiveValue<Me['call']>(null),
  lastCall: new LiveValue<Me['lastCall']>(null),
  handout: new LiveValue<Me['handout']>(null),
  wrapUp: new LiveValue<Me['wrapUp']>(null),
  stations: new LiveValue<Me['stations']>([]),
  campaigns: new LiveValue<Me['campaigns']>([]),
  pauseReasons: new LiveValue<Me['pauseReasons']>([])
})
