import type { Knex } from 'knex'
import type { Events } from '../../kernel/events.ts'
import { type AgentInput, applyAgentEvents } from '../agent/agent-states.ts'
import { callEnded, callProgressed } from '../events.ts'
import { phoneIsLost, triesAgain } from './agent-attempts.ts'
import { amendCall, type CallBusiness } from './call-history.ts'
import type { CallRecord } from './call-record.ts'
import type { StatChanges, StatLine } from './call-stats.ts'
import { legsOfEarlierAttempts } from './earlier-attempts.ts'
import { agentsAt, foreignBusiness } from './foreign-calls.ts'
import { type FinishedCall, insertCalls } from './insert-calls.ts'
import { type CallRow, type EndingCall, endColumns, type LedgerKernel } from './ledger-rows.ts'

interface EndedCall {
  readonly call: EndingCall
  readonly record: CallRecord
}

/**
 * Ends calls: their rows go from `calls` into call_history, once, with what hangs on them: contact, agent, hand-out.
 * A call that has its row already is amended. One whose agent could not be reached goes on when his phone may be called
 * once more.
 */
export async function finishCalls(
  trx: Knex.Transaction,
  { events, clock, log }: Pick<LedgerKernel, 'events' | 'clock' | 'log'>,
  pbx: string,
  told: ReadonlyMap<string, CallRecord>,
  amendments: ReadonlyMap<string, CallRecord> = new Map()
): Promise<FinishedInTransaction> {
  const records = new Map([...amendments, ...told])
  if (records.size === 0) return nothingFinished
  const { rows } = await trx.raw<{ rows: EndingCall[] }>(
    `select ${endColumns.join(', ')} from core.calls where id = any(?) order by id for update`,
    [[...records.keys()]]
  )
  const live = new Map(rows.map(call => [call.id, call]))
  const earlier = await legsOfEarlierAttempts(trx, rows, records)
  // Late news of an attempt that was followed by another one ends nothing.
  const stale = rows.filter(call => isStale(records.get(call.id)!, call)).map(({ id }) => id)
  const again = rows.filter(call => !stale.includes(call.id) && triesAgain(call, records.get(call.id)!))
  await callAgain(trx, { events, now: clock.now() }, again)
  const going = new Set([...stale, ...again.map(({ id }) => id)])
  // As one array: hundreds of bindings take knex and pg longer than the database needs.
  await trx.raw('delete from core.calls where id = any(?)', [[...live.keys()].filter(id => !going.has(id))])
  const ended: EndedCall[] = []
  const finished: FinishedCall[] = []
  for (const [callId, heard] of records) {
    const call = live.get(callId)
    if (going.has(callId)) continue
    if (call) {
      const record = withHangup(heard, call.hangup_requested_at)
      ended.push({ call, record })
      const before = earlier.get(callId)
      finished.push({
        callId,
        business: businessOf(call),
        record: before ? { ...record, legs: [...before, ...record.legs] } : record
      })
    }
  }
  // An amendment never makes a row: it finds that of the call, whatever it says of its start.
  const foreign = [...told].filter(([callId, record]) => record.foreign && !live.has(callId))
  const agents = await agentsAt(
    trx,
    foreign.map(([, record]) => record)
  )
  for (const [callId, record] of foreign)
    finished.push({ callId, business: foreignBusiness(pbx, record, agents), record })
  const inserted = await insertCalls(trx, finished)
  const counted = { added: [...inserted.values()], removed: [] as StatLine[] }
  // In one order, as whoever qualifies calls locks their rows.
  for (const callId of [...records.keys()].sort()) {
    if (inserted.has(callId) || live.has(callId)) continue
    const changes = await amendCall(trx, callId, records.get(callId)!)
    if (!changes) log.error({ callId }, 'a call ended that nobody asked for and that has no row')
    counted.added.push(...(changes?.added ?? []))
    counted.removed.push(...(changes?.removed ?? []))
  }
  await countAttempts(trx, ended)
  const inputs = ended.flatMap(({ call, record }): AgentInput[] => {
    if (call.agent_id === null) return []
    const reachedCustomer = record.customerDialledAtMs !== undefined
    const phoneLost = phoneIsLost(call, record)
    return [
      { agentId: call.agent_id, event: { type: 'call_ended', callId: call.id, reachedCustomer, phoneLost } }
    ]
  })
  await applyAgentEvents(trx, events, clock.now(), inputs)
  for (const { call, record } of ended) {
    const { id: callId, campaign_id: campaignId, agent_id: agentId } = call
    await events.emit(callEnded, { callId, campaignId, agentId, outcome: record.outcome }, { trx })
  }
  const released = await releaseHandouts(trx, ended, clock.now())
  const lost = new Set(
    ended.flatMap(({ call, record }) => (phoneIsLost(call, record) ? [call.handout_id] : []))
  )
  return {
    finalised: released.filter(row => row.finalised_at !== null).map(row => row.id),
    returned: released.filter(row => row.finalised_at === null && lost.has(row.id)).map(row => row.id),
    again: again.map(({ id }) => id),
    counted
  }
}

/** What is left to do when the transaction has committed. */
export interface Finished {
  /** Hand-outs that the agent had finalised already. */
  readonly finalised: readonly number[]
  /** Hand-outs whose agent cannot be reached: their contacts go back. */
  readonly returned: readonly number[]
  /** Calls whose agent is to be called once more. */
  readonly again: readonly string[]
}

/** What is left to count before it commits, after everything else: others wait for those lines. */
interface FinishedInTransaction extends Finished {
  readonly counted: StatChanges
}

const nothingFinished: FinishedInTransaction = {
  finalised: [],
  returned: [],
  again: [],
  counted: { added: [], removed: [] }
}

const isStale = (record: CallRecord, call: EndingCall): boolean => (record.agentAttempts ?? 1) < call.attempt

async function callAgain(
  trx: Knex.Transaction,
  { events, now }: { readonly events: Events; readonly now: Date },
  calls: readonly EndingCall[]
): Promise<void> {
  if (calls.length === 0) return
  const rows = await trx('core.calls')
    .whereIn(
      'id',
      calls.map(({ id }) => id)
    )
    .update({
      attempt: trx.raw('attempt + 1'),
      attempted_at: now,
      state: 'requested',
      accept_until: null,
      accept_sent_at: null,
      revision: trx.raw('revision + 1')
    })
    .returning<Pick<CallRow, 'id' | 'state' | 'revision'>[]>(['id', 'state', 'revision'])
  for (const { id: callId, state, revision } of rows)
    await events.emit(callProgressed, { callId, state, revision }, { trx })
}

/** A contact whom somebody dialled has one attempt more, on this number. Two calls of one contact count one by one. */
async function countAttempts(trx: Knex.Transaction, ended: readonly EndedCall[]): Promise<void> {
  let left = ended.filter(
    ({ call, record }) => call.contact_id !== null && record.customerDialledAtMs !== undefined
  )
  while (left.length > 0) {
    const once = new Map(left.map(one => [`${one.call.campaign_id} ${one.call.contact_id}`, one]))
    const rows = [...once.values()].map(({ call, record }) => ({
      campaign_id: call.campaign_id,
      id: call.contact_id,
      number: call.number,
      at: new Date(record.endedAtMs)
    }))
    await trx.raw(
      `with v as (select * from jsonb_to_recordset(?::jsonb) as v(campaign_id int, id bigint, number text, at timestamptz)),
            locked as (select k.campaign_id, k.id from core.contacts k join v on v.campaign_id = k.campaign_id and v.id = k.id
                        order by k.campaign_id, k.id for no key update of k)
       update core.contacts k set attempts = attempts + 1, last_attempt_at = v.at,
              number_attempts = number_attempts || jsonb_build_object(v.number, coalesce((number_attempts->>v.number)::int, 0) + 1),
              next_phone = coalesce(array_position(phones, v.number), next_phone)
         from v join locked on locked.campaign_id = v.campaign_id and locked.id = v.id
        where k.campaign_id = v.campaign_id and k.id = v.id`,
      [JSON.stringify(rows)]
    )
    const counted = new Set(once.values())
    left = left.filter(one => !counted.has(one))
  }
}

/**
 * The hand-outs have no call any more. Where the customer was dialled the agent has his wrap-up time from now, and longer
 * only if he asks for it; else he keeps the contact as long as any.
 */
async function releaseHandouts(
  trx: Knex.Transaction,
  ended: readonly EndedCall[],
  now: Date
): Promise<{ id: number; finalised_at: Date | null }[]> {
  const held = ended.filter(({ call }) => call.handout_id !== null)
  if (held.length === 0) return []
  const { rows } = await trx.raw<{ rows: { id: number; finalised_at: Date | null }[] }>(
    `update core.handouts h set live_call = null,
            calls_made = h.calls_made - (not v.dialled)::int, -- nobody called the contact
            expires_at = greatest(h.expires_at, v.at + make_interval(mins => c.lease_minutes)),
            wrap_up_until = case when v.dialled and c.wrap_up_seconds > 0 then v.at + make_interval(secs => c.wrap_up_seconds) end
       from core.campaigns c, (select ?::timestamptz as at, u.* from unnest(?::bigint[], ?::uuid[], ?::boolean[]) as u(handout, call, dialled)) v
      where h.id = v.handout and h.live_call = v.call and c.id = h.campaign_id returning h.id, h.finalised_at`,
    [
      now,
      held.map(({ call }) => call.handout_id!),
      held.map(({ call }) => call.id),
      held.map(({ record }) => record.customerDialledAtMs !== undefined)
    ]
  )
  return rows
}

/**
 * On the wire a ringing customer whom we stop calling looks like one whose phone rang out (cause 0 either way); only we
 * know that somebody asked for it, whichever process took the request.
 */
function withHangup(record: CallRecord, requestedAt: Date | null): CallRecord {
  const cancelled =
    requestedAt !== null && record.outcome === 'no_answer' && requestedAt.getTime() <= record.endedAtMs
  return cancelled ? { ...record, outcome: 'cancelled', endedBy: 'server' } : record
}

const businessOf = (call: EndingCall): CallBusiness => ({
  campaignId: call.campaign_id,
  contactId: call.contact_id,
  handoutId: call.handout_id,
  agentId: call.agent_id,
  siteId: call.site_id,
  number: call.number,
  callerId: call.caller_id,
  station: call.station,
  pbx: call.pbx,
  recordingFile: call.recording_file,
  startedAt: call.requested_at
})
