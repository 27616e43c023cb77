import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import type { AgentSessions } from '../agent/agent-sessions.ts'
import { liveCall } from '../call/live-call.ts'
import { HandoutView } from '../dispatch/handout-view.ts'
import { telephony } from '../telephony/telephony-port.ts'
import { legView, readCalls, talkingSince } from './call-view.ts'

/** A call that ended longer ago, ms, is no longer shown as the last one. */
const lastCallMs = 15 * 60_000

/** Parts of an agent's own screen that change with his work; `profileParts` change seldom. */
export const workParts = ['agent', 'call', 'lastCall', 'handout', 'wrapUp'] as const
export const profileParts = ['stations', 'campaigns', 'pauseReasons'] as const
export type MePart = (typeof workParts)[number] | (typeof profileParts)[number]

/**
 * Each part sees the database at its own moment, and a call may end in between. So the last call is read when it is known whether
 * he wraps up, and the call when the last one is known: a screen may still lack what the end of a call brings, but never
 * shows the wrap-up before the end, nor as under way a call that it shows as ended.
 */
const readAfterOthers: readonly MePart[] = ['lastCall', 'call']

/** Reads an agent's own screen, part by part. */
export class MeView {
  readonly #kernel: Pick<Kernel, 'db' | 'extensions' | 'permissions'>
  readonly #db: Knex
  readonly #sessions: AgentSessions
  readonly #handouts: HandoutView

  constructor(kernel: Pick<Kernel, 'db' | 'extensions' | 'permissions'>, sessions: AgentSessions) {
    this.#kernel = kernel
    const { db } = kernel
    this.#db = db
    this.#sessions = sessions
    this.#handouts = new HandoutView(db)
  }

  /** These parts of the agent's screen; a part that does not exist now is null. */
  async read(
    agentId: number,
    parts: readonly MePart[],
    now: Date
  ): Promise<Partial<Record<MePart, object | null>>> {
    const values = new Map<MePart, object | null>()
    const read = async (part: MePart): Promise<unknown> =>
      values.set(part, await this.#part(agentId, part, now))
    await Promise.all(parts.filter(part => !readAfterOthers.includes(part)).map(read))
    for (const part of readAfterOthers) if (parts.includes(part)) await read(part)
    return Object.fromEntries(parts.map(part => [part, values.get(part)]))
  }

  #part(agentId: number, part: MePart, now: Date): Promise<object | null> {
    switch (part) {
      case 'agent':
        return this.#agent(agentId)
      case 'call':
        return this.#call(agentId)
      case 'lastCall':
        return this.#lastCall(agentId, now)
      case 'handout':
        return this.#handout(agentId)
      case 'wrapUp':
        return this.#wrapUp(agentId)
      case 'stations':
        return this.#sessions.stations(agentId)
      case 'campaigns':
        return this.#campaigns(agentId)
      case 'pauseReasons':
        return readPauseReasons(this.#db)
    }
  }

  async #agent(agentId: number): Promise<object> {
    const { state, cause, since, revision, pauseReason, pauseRequested } = await this.#sessions.state(agentId)
    const session = await this.#db('core.agent_sessions')
      .where({ agent_id: agentId, logged_out_at: null })
      .first<{ station: string; campaign_ids: number[] | null } | undefined>('station', 'campaign_ids')
    const station = session?.station ?? null
    return {
      agentId,
      state,
      cause,
      since: since.toISOString(),
      revision,
      pauseReason,
      pauseRequested,
      station,
      campaignIds: session?.campaign_ids ?? null
    }
  }

  async #call(agentId: number): Promise<object | null> {
    const [call] = await readCalls(this.#db, 'c.agent_id = ?', [agentId])
    if (!call) return null
    const { extensions, permissions } = this.#kernel
    const actor = { kind: 'user', id: agentId, permissions: permissions.ofRole('agent') } as const
    const { agentId: _, ...live } = liveCall(call, extensions.one(telephony).controls, actor)
    return {
      ...live,
      direction: call.direction,
      talkingSince: talkingSince(call),
      agentLeg: legView(call, 'agent'),
      customerLeg: legView(call, 'customer'),
      hangupRequested: call.hangup_requested_at !== null
    }
  }

  async #lastCall(agentId: number, now: Date): Promise<object | null> {
    const { rows } = await this.#db.raw<{ rows: Record<string, unknown>[] }>(
      `select id as "callId", handout_id as "handoutId", contact_id as "contactId", campaign_id as "campaignId", number, outcome,
              ended_by as "endedBy", started_at as "startedAt", ended_at as "endedAt", talk_ms as "talkMs", hold_ms as "holdMs"
         from core.call_history where agent_id = ? and started_at > ? order by started_at desc limit 1`,
      [agentId, new Date(now.getTime() - 24 * 3_600_000)]
    )
    const [row] = rows
    if (!row || (row.endedAt as Date).getTime() < now.getTime() - lastCallMs) return null
    return {
      ...row,
      startedAt: (row.startedAt as Date).toISOString(),
      endedAt: (row.endedAt as Date).toISOString()
    }
  }

  async #handout(agentId: number): Promise<object | null> {
    const handout = await this.#handouts.openOf(agentId)
    if (!handout) return null
    const { cause, ...rest } = handout
    const { rows } = await this.#db.raw<{ rows: ReasonRow[] }>(
      `select c.name, k.priority, k.attempts, k.last_attempt_at, b.due_at, u.display_name as agent, c.disposition_set_id
         from core.handouts h join core.campaigns c on c.id = h.campaign_id
         join core.contacts k on k.campaign_id = h.campaign_id and k.id = h.contact_id
         left join core.callbacks b on b.campaign_id = h.campaign_id and b.id = h.callback_id
         left join core.users u on u.id = b.agent_id
        where h.id = ?`,
      [handout.id]
    )
    const reason = rows[0]! // the hand-out was found with its contact
    const dispositions = await this.#db('core.dispositions')
      .where({ active: true })
      .where(set => {
        set.where({ set_id: reason.disposition_set_id })
        if (handout.quotaFull) set.orWhere({ set_id: null, code: 'over_quota' })
      })
      .orderBy(['rank', 'id'])
      .select({
        id: 'id',
        code: 'code',
        labelFr: 'label_fr',
        labelEn: 'label_en',
        positive: 'positive',
        callback: 'callback',
        stop: 'stop'
      })
    return {
      ...rest,
      campaignName: reason.name,
      why: {
        cause,
        priority: reason.priority,
        attempts: reason.attempts,
        lastAttemptAt: reason.last_attempt_at?.toISOString() ?? null,
        promisedFor: reason.due_at?.toISOString() ?? null,
        promisedBy: reason.agent
      },
      dispositions
    }
  }

  async #wrapUp(agentId: number): Promise<object | null> {
    const { rows } = await this.#db.raw<{ rows: WrapUpRow[] }>(
      `select h.id, h.wrap_up_until, c.wrap_up_seconds, greatest(0, c.wrap_up_extensions - h.wrap_up_extended) as left
         from core.handouts h join core.campaigns c on c.id = h.campaign_id
        where h.agent_id = ? and h.ended_at is null and h.live_call is null and h.calls_made > 0 and h.finalised_at is null
          and exists (select 1 from core.agent_states a where a.agent_id = h.agent_id and a.until is null and a.state = 'wrap_up')`,
      [agentId]
    )
    const [row] = rows
    if (!row) return null
    return {
      handoutId: row.id,
      deadline: row.wrap_up_until?.toISOString() ?? null,
      extensionsLeft: row.wrap_up_until ? row.left : 0,
      extensionSeconds: row.wrap_up_seconds
    }
  }

  #campaigns(agentId: number): Promise<object> {
    return this.#db('core.campaigns as c')
      .join('core.campaign_agents as m', 'm.campaign_id', 'c.id')
      .where({ 'm.agent_id': agentId, 'c.active': true })
      .orderBy(['c.priority', 'c.id'])
      .select({ id: 'c.id', name: 'c.name', dialMode: 'c.dial_mode' })
  }
}

interface ReasonRow {
  readonly name: string
  readonly priority: number
  readonly attempts: number
  readonly last_attempt_at: Date | null
  readonly due_at: Date | null
  readonly agent: string | null
  readonly disposition_set_id: number | null
}

interface WrapUpRow {
  readonly id: number
  readonly wrap_up_until: Date | null
  readonly wrap_up_seconds: number
  readonly left: number
}

/** The reasons for a pause that agents choose from. */
export const readPauseReasons = (db: Knex): Promise<PauseReasonRow[]> =>
  db('core.pause_reasons').orderBy(['rank', 'code']).select({
    code: 'code',
    labelFr: 'label_fr',
    labelEn: 'label_en',
    paid: 'paid',
    maxMinutes: 'max_minutes'
  })

export interface PauseReasonRow {
  readonly code: string
  readonly labelFr: string
  readonly labelEn: string
  readonly paid: boolean
  readonly maxMinutes: number | null
}
