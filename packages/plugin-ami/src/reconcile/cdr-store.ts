import type { Clock, Timer } from '@evscallpro/core'
import type { FastifyBaseLogger } from 'fastify'
import type { Knex } from 'knex'
import { header, type WirePacket } from '../link/packet.ts'
import { textOf, timeOf } from '../record/fields.ts'
import { type CdrCall, gatherCdr, isLocalOnly, ownContext } from './compare.ts'

/** What Asterisk's own CDR said of calls, for the cross-check; part of the plugin's first migration. */
export const cdrTable = `
  create table ami.cdr (
    pbx text not null,
    linkedid text not null,
    ended_at timestamptz not null,
    answered boolean not null,
    local_only boolean not null,                          -- no phone and no trunk took part
    primary key (pbx, linkedid)
  );
  create index cdr_ended on ami.cdr (pbx, ended_at)`

const writeEveryMs = 2_000
const keepDays = 31
/** While the database is away so many wait; what comes beyond is not cross-checked. */
const mostWaiting = 50_000

/** Keeps the `Cdr` events (read class cdr) of a PBX in the database. */
export class CdrStore {
  readonly #options: { db: Knex; pbx: string; clock: Clock; log: FastifyBaseLogger }
  #waiting: CdrCall[] = []
  #timer: Timer | undefined

  constructor(options: { db: Knex; pbx: string; clock: Clock; log: FastifyBaseLogger }) {
    this.#options = options
  }

  take(packet: WirePacket): void {
    if (header(packet, 'DestinationContext') === ownContext) return
    const linkedid = textOf(packet, 'LinkedID') ?? textOf(packet, 'UniqueID')
    if (linkedid === undefined || this.#waiting.length >= mostWaiting) return
    const { clock } = this.#options
    // EndTime is whole seconds in the local time of the PBX; the event comes when the call has ended.
    const endedAt = new Date(timeOf(packet, clock.now().getTime()))
    const answered = header(packet, 'Disposition') === 'ANSWERED'
    const localOnly = isLocalOnly(header(packet, 'Channel') ?? '', header(packet, 'DestinationChannel') ?? '')
    this.#waiting.push({ linkedid, endedAt, answered, localOnly })
    this.#timer ??= clock.setTimeout(() => void this.write(), writeEveryMs)
  }

  /** Writes what has come; on failure it is tried again with the next. */
  async write(): Promise<void> {
    const { db, pbx, clock, log } = this.#options
    this.#timer = undefined
    const calls = gatherCdr(this.#waiting)
    this.#waiting = []
    if (calls.length === 0) return
    try {
      await db.raw(
        `insert into ami.cdr as c (pbx, linkedid, ended_at, answered, local_only)
         select ?, linkedid, ended_at, answered, local_only
           from jsonb_to_recordset(?::jsonb) as v(linkedid text, ended_at timestamptz, answered boolean, local_only boolean)
         on conflict (pbx, linkedid) do update set ended_at = greatest(c.ended_at, excluded.ended_at),
           answered = c.answered or excluded.answered, local_only = c.local_only and excluded.local_only`,
        [
          pbx,
          JSON.stringify(
            calls.map(({ linkedid, endedAt, answered, localOnly }) => ({
              linkedid,
              ended_at: endedAt,
              answered,
              local_only: localOnly
            }))
          )
        ]
      )
      await db.raw(`delete from ami.cdr where pbx = ? and ended_at < ?`, [
        pbx,
        new Date(clock.now().getTime() - keepDays * 86_400_000)
      ])
    } catch (err) {
      log.warn({ err, pbx, calls: calls.length }, 'what the CDR of the PBX says waits for the database')
      this.#waiting.unshift(...calls)
      this.#timer ??= clock.setTimeout(() => void this.write(), writeEveryMs)
    }
  }

  async close(): Promise<void> {
    this.#timer?.cancel()
    await this.write()
    this.#timer?.cancel()
  }
}

/** What was kept of the CDR for calls that ended in a period. */
export async function readCdr(
  db: Knex,
  pbx: string,
  { from, to }: { from: Date; to: Date }
): Promise<CdrCall[]> {
  const rows = await db('ami.cdr').where({ pbx }).where('ended_at', '>=', from).where('ended_at', '<', to)
  return rows.map(row => ({
    linkedid: row.linkedid,
    endedAt: row.ended_at,
    answered: row.answered,
    localOnly: row.local_only
  }))
}
