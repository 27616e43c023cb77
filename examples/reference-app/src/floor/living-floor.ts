import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Api } from '../demo/api.ts'
import { type Dice, FloorAgent } from './floor-agent.ts'
import type { FloorAccount } from './floor-people.ts'

export interface LivingFloor {
  /** Ends at once; calls in flight go on and end by themselves. */
  stop(): Promise<void>
}

/** Agents come to work one after the other, ms apart. */
const arrivalMs = 700
/** After an unexpected end an agent comes back after so long, ms. */
const returnMs = 5_000

/**
 * Simulated agents on the server at `base`: nothing but the public HTTP API, as twelve people with a browser each would
 * use it. They are the demo's own users; the accounts that were printed for people stay free.
 */
export function startLivingFloor(
  base: string,
  accounts: readonly FloorAccount[],
  { dice = Math.random, onTrouble = () => {} }: { dice?: Dice; onTrouble?: (what: string) => void } = {}
): LivingFloor {
  const ending = new AbortController()
  const { signal } = ending
  setMaxListeners(accounts.length * 4, signal) // each agent waits and asks at the same time
  const live = async ({ login, password }: FloorAccount, index: number): Promise<void> => {
    await sleep(index * arrivalMs, undefined, { signal })
    while (!signal.aborted) {
      try {
        const api = await new Api(base, null, signal).login(login, password)
        await new FloorAgent(api, signal, dice).work()
      } catch (error) {
        if (signal.aborted) return
        onTrouble(`${login}: ${error instanceof Error ? error.message : String(error)}`)
        await sleep(returnMs, undefined, { signal })
      }
    }
  }
  const work = accounts.map((account, index) =>
    live(account, index).catch(error => {
      if (!signal.aborted) throw error
    })
  )
  return {
    async stop() {
      ending.abort()
      await Promise.all(work)
    }
  }
}
