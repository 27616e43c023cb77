import type { Knex } from 'knex'
import { type Static, Type } from 'typebox'
import type { Extensions } from '../../kernel/extensions.ts'
import { dispatchGates } from './dispatch-gate.ts'
import type { Nothing } from './dispatch-turn.ts'

/** Why something is not handed out, as the API shows it. */
export const Reason = Type.Object(
  {
    code: Type.String({
      description:
        'snake_case: outside_hours, rules_changing, scheduled, empty, or a code of a gate, such as quota_full'
    }),
    detail: Type.String(),
    until: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    ref: Type.Union([Type.Integer(), Type.Null()], {
      description: 'What the code speaks of: the id of a rule, an agent …'
    }),
    name: Type.Union([Type.String(), Type.Null()], { description: 'What people call the rule of a gate' })
  },
  { $id: 'Core.DispatchReason' }
)
export type Reason = Static<typeof Reason>

/** A reason without an end that is known, unless told. */
export const reason = (
  code: string,
  detail: string,
  until: string | Date | null = null,
  ref: number | null = null,
  name: string | null = null
): Reason => ({
  code,
  detail,
  until: until === null ? null : new Date(until).toISOString(),
  ref,
  name
})

/** What keeps contacts with these marks back, as the gates say it. */
export async function gateReasons(
  extensions: Pick<Extensions, 'all'>,
  campaignId: number,
  marks: readonly number[]
): Promise<Reason[]> {
  if (marks.length === 0) return []
  const reasons: Reason[] = []
  for (const gate of extensions.all(dispatchGates)) {
    const obstacles = await gate.explain(campaignId, marks)
    reasons.push(...obstacles.map(({ code, detail, ref, name }) => reason(code, detail, null, ref, name)))
  }
  return reasons
}

/** Why the campaign has nothing to hand out; never empty. */
export async function nothingReasons(
  extensions: Pick<Extensions, 'all'>,
  campaign: { readonly id: number; readonly name: string },
  nothing: Nothing
): Promise<Reason[]> {
  const reasons: Reason[] = []
  if (nothing.outsideHours)
    reasons.push(
      reason(
        'outside_hours',
        `Campaign '${campaign.name}' may not call now where its contacts live`,
        nothing.opensAt
      )
    )
  reasons.push(...(await gateReasons(extensions, campaign.id, nothing.marks)))
  if (nothing.classifying)
    reasons.push(
      reason(
        'rules_changing',
        `Rules of campaign '${campaign.name}' have changed: its contacts are being looked at`
      )
    )
  if (nothing.scheduledAt)
    reasons.push(
      reason(
        'scheduled',
        `The next retry or callback of campaign '${campaign.name}' is later`,
        nothing.scheduledAt
      )
    )
  if (reasons.length === 0)
    reasons.push(reason('empty', `Campaign '${campaign.name}' has no contact left to call`))
  return reasons
}

/** The first moment at which asking again makes sense unless work is announced before; null: only then. */
export function askAgainAt(reasons: readonly Reason[]): string | null {
  return reasons.reduce<string | null>(
    (first, { until }) => (until && (!first || until < first) ? until : first),
    null
  )
}

/** How a hand-out came about, in words. */
export async function whyHandedOut(db: Knex, handoutId: number): Promise<string> {
  const { rows } = await db.raw<{
    rows: {
      cause: string
      priority: number
      attempts: number
      last_attempt_at: Date | null
      due_at: Date | null
      agent: string | null
    }[]
  }>(
    `select h.cause, k.priority, k.attempts, k.last_attempt_at, b.due_at, u.display_name as agent
       from core.handouts h join core.contacts k on k.campaign_id = h.campaign_id and k.id = h.contact_id
       left join core.callbacks b on b.campaign_id = h.campaign_id and b.id = h.callback_id
       left join core.users u on u.id = b.agent_id
      where h.id = ?`,
    [handoutId]
  )
  const { cause, priority, attempts, last_attempt_at, due_at, agent } = rows[0]!
  switch (cause) {
    case 'callback':
      return `A callback promised for ${due_at?.toISOString()} by ${agent ?? 'the team'}`
    case 'due':
      return `Tried ${attempts} times, last ${last_attempt_at?.toISOString()}; the next try was due, and it was first in the list (priority ${priority})`
    case 'chosen':
      return 'The agent chose this contact'
    default:
      return `First in the list (priority ${priority}) among the contacts that may be called now`
  }
}
