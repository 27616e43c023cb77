import { type Clock, definePort } from '@evscallpro/core'
import type { AmiAction } from '../link/encoder.ts'
import { type AmiPacket, header } from '../link/packet.ts'
import type { AmiList } from '../link/pending-actions.ts'
import { endpointOf } from '../record/fields.ts'

/**
 * What the PBX says of a trunk. `down`: its gateway did not answer the last OPTIONS; `missing`: the PBX has no endpoint
 * of this name; `unknown`: the PBX could not be asked.
 */
export type TrunkState = 'up' | 'down' | 'missing' | 'unknown'

/** What can be asked about the trunks of the PBX, now. Narrow on purpose: nothing here makes a phone ring. */
export interface PbxTrunks {
  /** Whether calls by a trunk can succeed; answers within a fraction of a second, also when the PBX does not. */
  stateOf(trunk: string): Promise<TrunkState>
  /**
   * Channels on each trunk that belong to no call of the server's own: dialled by hand, inbound, legs held over a shift.
   * Empty while the PBX cannot be asked.
   */
  foreignChannels(): Promise<ReadonlyMap<string, number>>
}

export const pbxTrunks = definePort<PbxTrunks>('ami.trunks')

/** The part of a link that this needs. */
export interface AskingLink {
  readonly isUp: boolean
  action(action: AmiAction, options?: { timeoutMs?: number }): Promise<AmiPacket>
  list(action: AmiAction, options?: { timeoutMs?: number }): Promise<AmiList>
}

/** How long an answer is good, ms: many calls a second ask once. */
const freshMs = 500
/** How long a call waits for what the PBX thinks of its trunks, ms. */
const patienceMs = 1_000

/** States (`DEVICE_STATE`) of an endpoint that cannot be called (asterisk.md §10, "Routes"). */
const states: Readonly<Record<string, TrunkState>> = {
  UNAVAILABLE: 'down',
  INVALID: 'missing',
  UNKNOWN: 'missing'
}

/** Asks over the session for actions; read class `reporting` and write class `call` are enough. */
export class AskedTrunks implements PbxTrunks {
  readonly #link: AskingLink
  readonly #clock: Clock
  readonly #answers = new Map<string, { readonly atMs: number; readonly answer: Promise<unknown> }>()

  constructor(link: AskingLink, clock: Clock) {
    this.#link = link
    this.#clock = clock
  }

  stateOf(trunk: string): Promise<TrunkState> {
    return this.#lately(`state ${trunk}`, async () => {
      if (!this.#link.isUp || !/^[A-Za-z0-9_-]+$/.test(trunk)) return 'unknown'
      const variable = `DEVICE_STATE(PJSIP/${trunk})`
      const answer = await this.#link
        .action({ Action: 'Getvar', Variable: variable }, { timeoutMs: patienceMs })
        .catch(() => undefined)
      const said = answer && header(answer, 'Value')
      return said ? (states[said] ?? 'up') : 'unknown'
    })
  }

  foreignChannels(): Promise<ReadonlyMap<string, number>> {
    return this.#lately('channels', async () => {
      if (!this.#link.isUp) return new Map()
      const list = await this.#link
        .list({ Action: 'CoreShowChannels' }, { timeoutMs: patienceMs })
        .catch(() => undefined)
      return countForeign(list?.rows ?? [])
    })
  }

  #lately<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const nowMs = this.#clock.now().getTime()
    const known = this.#answers.get(key)
    if (known && nowMs - known.atMs < freshMs) return known.answer as Promise<T> // one question, one kind of answer
    const answer = ask()
    this.#answers.set(key, { atMs: nowMs, answer })
    return answer
  }
}

/** Channels of a call of ours have its agent's leg as Linkedid, or hang on a held leg; the held leg itself is nobody's call. */
function countForeign(rows: readonly AmiPacket[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const row of rows) {
    const trunk = /^PJSIP\/(.+)$/.exec(endpointOf(header(row, 'Channel') ?? ''))?.[1]
    const linkedid = header(row, 'Linkedid') ?? ''
    const held = /-h\d{0,3}$/.test(linkedid)
    const ours = /-[ac]\d{0,3}$/.test(linkedid) || (held && header(row, 'Uniqueid') !== linkedid)
    if (trunk !== undefined && !ours) counts.set(trunk, (counts.get(trunk) ?? 0) + 1)
  }
  return counts
}
