import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, ApiError } from '../demo/api.ts'

/** Chance in [0, 1), so that a test may decide it. */
export type Dice = () => number

interface Handout {
  readonly id: number
  readonly campaignId: number
  readonly callId: string | null
  readonly callsMade: number
  readonly finalised: boolean
}

interface Disposition {
  readonly id: number
  readonly code: string
}

interface Call {
  readonly live: { readonly state: string } | null
  readonly record: { readonly outcome: string; readonly talkMs: number } | null
}

/** How people pace their work, seconds from and to. */
const pace = {
  reading: [2, 8],
  talking: [12, 50],
  wrapUp: [3, 14],
  pause: [15, 60],
  looking: [0.8, 1.4],
  trouble: [3, 8]
} as const

/** What the agent chooses after a call that nobody answered, by its outcome. */
const unanswered: Readonly<Record<string, string>> = {
  no_answer: 'no_answer',
  busy: 'busy',
  rejected: 'refusal',
  invalid_number: 'wrong_number',
  unreachable: 'no_answer'
}
/** After a talk: shares of a hundred. */
const afterTalk: readonly (readonly [share: number, code: string])[] = [
  [45, 'sale'],
  [47, 'refusal'],
  [8, 'do_not_call']
]
const pauseReasons = ['break', 'training']
const pauseChance = 0.06

/**
 * A simulated agent: asks for contacts, reads, calls, talks, qualifies, sometimes pauses, all through the public API and
 * at the pace of a person. Ends when `signal` does.
 */
export class FloorAgent {
  readonly #api: Api
  readonly #signal: AbortSignal
  readonly #dice: Dice
  readonly #dispositions = new Map<number, readonly Disposition[]>()

  constructor(api: Api, signal: AbortSignal, dice: Dice) {
    this.#api = api
    this.#signal = signal
    this.#dice = dice
  }

  /** Works until the signal; an answer that it did not expect makes it look where it stands, and go on from there. */
  async work(): Promise<void> {
    await this.#api.put('/api/agent/session', { station: 'extension' })
    while (!this.#signal.aborted) {
      try {
        await this.#oneContact()
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 401) throw error
        await this.#wait('trouble')
      }
    }
  }

  async #oneContact(): Promise<void> {
    const handout = (await this.#inHand()) ?? (await this.#next())
    if (!handout) return this.#wait('trouble')
    await this.#serve(handout)
    if (this.#dice() < pauseChance) {
      await this.#api.put('/api/agent/pause', { reason: this.#pick(pauseReasons) })
      await this.#wait('pause')
      await this.#api.delete('/api/agent/pause')
    }
  }

  async #inHand(): Promise<Handout | null> {
    return (await this.#api.get<{ handout: Handout | null }>('/api/handouts/current')).handout
  }

  async #next(): Promise<Handout | null> {
    return (await this.#api.post<{ handout: Handout | null }>('/api/handouts', { waitSeconds: 20 })).handout
  }

  async #serve(handout: Handout): Promise<void> {
    if (handout.callId === null && handout.callsMade === 0) await this.#wait('reading')
    const callId = handout.callId ?? (handout.callsMade > 0 ? null : await this.#dial(handout))
    const code = callId === null ? 'technical' : await this.#talk(callId)
    await this.#wait('wrapUp')
    const dispositions = await this.#dispositionsOf(handout.campaignId)
    const chosen = dispositions.find(each => each.code === code) ?? dispositions[0]
    if (!chosen) throw new Error(`Campaign ${handout.campaignId} has no disposition to choose`)
    await this.#api.post(`/api/handouts/${handout.id}/finalise`, {
      qualification: { dispositionId: chosen.id }
    })
  }

  async #dial({ id }: Handout): Promise<string> {
    return (await this.#api.post<{ callId: string }>(`/api/handouts/${id}/calls`, {})).callId
  }

  /** Until the call is over; answers the code of the disposition that fits. Ends a talk that the customer does not end. */
  async #talk(callId: string): Promise<string> {
    let endAt: number | null = null
    for (;;) {
      const { live, record } = await this.#api.get<Call>(`/api/calls/${callId}`)
      if (!live) {
        if (record?.outcome === 'answered') return this.#pickShare(afterTalk)
        return unanswered[record?.outcome ?? ''] ?? 'technical'
      }
      if (live.state === 'talking') {
        endAt ??= Date.now() + this.#between('talking')
        if (Date.now() >= endAt) await this.#api.post(`/api/calls/${callId}/hangup`, {})
      }
      await this.#wait('looking')
    }
  }

  async #dispositionsOf(campaignId: number): Promise<readonly Disposition[]> {
    const known = this.#dispositions.get(campaignId)
    if (known) return known
    const path = `/api/campaigns/${campaignId}/dispositions`
    const { items } = await this.#api.get<{ items: Disposition[] }>(path)
    this.#dispositions.set(campaignId, items)
    return items
  }

  #between(what: keyof typeof pace): number {
    const [from, to] = pace[what]
    return (from + this.#dice() * (to - from)) * 1000
  }

  #wait(what: keyof typeof pace): Promise<void> {
    return sleep(this.#between(what), undefined, { signal: this.#signal })
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#dice() * list.length)]!
  }

  #pickShare(shares: readonly (readonly [number, string])[]): string {
    let at = this.#dice() * 100
    for (const [share, code] of shares) {
      if (at < share) return code
      at -= share
    }
    return shares[0]![1]
  }
}
