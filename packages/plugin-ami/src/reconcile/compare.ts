import type { Knex } from 'knex'
import { readChannelId } from '../record/channel-id.ts'
import { isLocal, isMachine } from '../record/fields.ts'

/**
 * Where the server tells the PBX what holds for hand-dialled numbers (`evs-rules` of the kit): nobody's call. Its dialplan
 * switches the CDR off, but an Asterisk that is still starting writes one before it reads any dialplan.
 */
export const ownContext = 'evs-rules'

/** What Asterisk's CDR says of one call: its rows of one Linkedid taken together. */
export interface CdrCall {
  /** Linkedid; where `cdr_manager.conf` does not map it, the Uniqueid of the first leg, which is mostly the same. */
  readonly linkedid: string
  readonly endedAt: Date
  readonly answered: boolean
  /** No row names a phone or a trunk, only Local channels: the dialplan with itself. */
  readonly localOnly: boolean
}

/** Whether no side of a CDR row was a phone or a trunk; `destination` is empty where nobody was reached. */
export function isLocalOnly(channel: string, destination: string): boolean {
  return isNobody(channel) && (destination === '' || isNobody(destination))
}

const isNobody = (channel: string): boolean => isLocal(channel) || isMachine(channel)

export type Difference =
  /** Asterisk knows a call that has no row here. */
  | 'no_row'
  /** A row says that people talked, and no CDR row was answered. The other way round is usual: see the README. */
  | 'not_answered_there'
  /** A row of a call that had a channel, and Asterisk wrote no CDR for it. */
  | 'no_cdr'

export interface Reconciliation {
  readonly from: string
  readonly to: string
  /** Calls in Asterisk's CDR, without `noCall`. */
  readonly cdrCalls: number
  /** Of these, with a row here that does not contradict. */
  readonly matched: number
  /**
   * What the CDR has besides, of which no row is missing: Local channels alone that bear no call id of ours (a note to
   * the dialplan, a phone that was not there), the leg of a supervisor who listened, a leg held for calls that never came.
   */
  readonly noCall: number
  /** `matched` of `cdrCalls`, 0 to 1; null without any. */
  readonly matchRate: number | null
  readonly differences: readonly {
    readonly linkedid: string
    readonly difference: Difference
    readonly callId: string | null
    readonly endedAt: string
  }[]
}

interface Row {
  linkedid: string
  /** null: matched. */
  difference: Difference | 'no_call' | null
  call_id: string | null
  ended_at: Date
}

const isDifferent = (row: Row): row is Row & { difference: Difference } =>
  row.difference !== null && row.difference !== 'no_call'

/** Whose id Asterisk's key of a call is, where we chose it. The second half of a Local channel adds `;2` to it. */
function ownKey(linkedid: string): { readonly callId: string | null; readonly isCall: boolean | null } {
  const own = readChannelId(linkedid.replace(/;2$/, ''))
  if (own === undefined || !uuid.test(own.id)) return { callId: null, isCall: null }
  const isCall = own.kind === 'agent' || own.kind === 'customer'
  return { callId: isCall ? own.id : null, isCall }
}
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A call ends here and there within this time; the edges of a period are forgiven so much. */
const slackMs = 60_000

/**
 * Compares rows of call_history that ended in a period with Asterisk's CDR of that period, both ways. The CDR is a
 * cross-check for missing calls, never the record: its times and dispositions mislead for originated calls.
 */
export async function compareWithCdr(
  db: Knex,
  pbx: string,
  period: { from: Date; to: Date },
  cdr: readonly CdrCall[],
  limit: number
): Promise<Reconciliation> {
  const { from, to } = period
  const { rows } = await db.raw<{ rows: Row[] }>(
    `with cdr as (select * from jsonb_to_recordset(?::jsonb) as v(linkedid text, ended_at timestamptz, answered boolean, call_id uuid, no_call boolean)),
          ours as (
       select h.id, h.linkedid, h.started_at, h.ended_at, h.talk_ms from core.call_history h
        where h.pbx = ? and h.started_at >= ?::timestamptz - interval '1 day' and h.started_at < ?
          and h.ended_at >= ? and h.ended_at < ? and h.linkedid is not null),
          pairs as (
       select cdr.*,
              (select min(o.id::text) from ours o where o.linkedid = cdr.linkedid) as by_linkedid,
              (select bool_or(o.talk_ms > 1000) from ours o where o.linkedid = cdr.linkedid) as talked
         from cdr),
          there as (
       select p.linkedid, p.ended_at, p.answered, p.talked, p.no_call, coalesce(p.by_linkedid, (
                select min(l.call_id::text) from core.call_history_legs l
                 where l.uniqueid = p.linkedid and l.started_at >= ?::timestamptz - interval '1 day' and l.started_at < ?), (
                -- A call of which no phone was reached has a row without legs: its key is the id that we gave.
                select h.id::text from core.call_history h
                 where h.id = p.call_id and h.started_at >= ?::timestamptz - interval '1 day' and h.started_at < ?)) as call_id
         from pairs p)
     select linkedid, ended_at, call_id,
            case when call_id is null then case when no_call then 'no_call' else 'no_row' end
                 when talked and not answered then 'not_answered_there' end as difference
       from there
     union all
     select o.linkedid, o.ended_at, o.id::text, 'no_cdr' from ours o
      where o.ended_at >= ? and o.ended_at < ? and not exists (select from cdr where cdr.linkedid = o.linkedid)
        and exists (select from core.call_history_legs l where l.started_at = o.started_at and l.call_id = o.id
                     and not exists (select from cdr where cdr.linkedid = l.uniqueid))
      order by ended_at, linkedid`,
    [
      JSON.stringify(
        cdr.map(({ linkedid, endedAt, answered, localOnly }) => {
          const { callId, isCall } = ownKey(linkedid)
          const noCall = isCall === null ? localOnly : !isCall
          return { linkedid, ended_at: endedAt, answered, call_id: callId, no_call: noCall }
        })
      ),
      pbx,
      from,
      new Date(to.getTime() + slackMs),
      new Date(from.getTime() - slackMs),
      new Date(to.getTime() + slackMs),
      from,
      new Date(to.getTime() + slackMs),
      from,
      new Date(to.getTime() + slackMs),
      from,
      to
    ]
  )
  const different = rows.filter(isDifferent)
  const noCall = rows.filter(row => row.difference === 'no_call').length
  const cdrCalls = cdr.length - noCall
  const matched = cdrCalls - different.filter(row => row.difference !== 'no_cdr').length
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    cdrCalls,
    matched,
    noCall,
    matchRate: cdrCalls === 0 ? null : matched / cdrCalls,
    differences: different.slice(0, limit).map(row => ({
      linkedid: row.linkedid,
      difference: row.difference,
      callId: row.call_id,
      endedAt: row.ended_at.toISOString()
    }))
  }
}

/** Rows of the CDR, of which a call has one to six, put together by Linkedid. */
export function gatherCdr(rows: Iterable<CdrCall>): CdrCall[] {
  const calls = new Map<string, CdrCall>()
  for (const row of rows) {
    const known = calls.get(row.linkedid)
    calls.set(row.linkedid, {
      linkedid: row.linkedid,
      endedAt: known && known.endedAt > row.endedAt ? known.endedAt : row.endedAt,
      answered: row.answered || (known?.answered ?? false),
      localOnly: row.localOnly && (known?.localOnly ?? true)
    })
  }
  return [...calls.values()]
}
