import type { Kernel } from '@evscallpro/core'
import { pbxTrunks, type TrunkState } from '@evscallpro/plugin-ami'
import { AnswerRatios, completesNothing, type TrunkTraffic } from './answer-ratio.ts'

/** What is known of a trunk's gateway. */
export interface TrunkHealth {
  readonly state: TrunkState
  readonly traffic: TrunkTraffic
  /** Why no call is sent there now, or null. */
  readonly down: string | null
}

const sentences: Readonly<Record<TrunkState, string | null>> = {
  up: null,
  unknown: null,
  down: 'its gateway does not answer',
  missing: 'the PBX has no endpoint of this name'
}

/** Asks the PBX and the finished calls; what cannot be asked counts as usable, since the PBX goes on to the next way itself. */
export class TrunksHealth {
  readonly #kernel: Kernel
  readonly #ratios: AnswerRatios

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#ratios = new AnswerRatios(kernel.db, kernel.clock)
  }

  async of(trunks: readonly string[]): Promise<ReadonlyMap<string, TrunkHealth>> {
    const pbx = this.#kernel.extensions.one(pbxTrunks)
    const [traffic, states] = await Promise.all([
      this.#ratios.read(),
      Promise.all(trunks.map(trunk => pbx.stateOf(trunk)))
    ])
    return new Map(
      trunks.map((trunk, index) => {
        const state = states[index]!
        const ofTrunk = traffic.get(trunk) ?? { attempts: 0, answered: 0 }
        return [trunk, { state, traffic: ofTrunk, down: sentences[state] ?? completesNothing(ofTrunk) }]
      })
    )
  }

  /** Channels taken by calls that the server did not start. */
  foreignChannels(): Promise<ReadonlyMap<string, number>> {
    return this.#kernel.extensions.one(pbxTrunks).foreignChannels()
  }
}
