import { defineChain } from '../../kernel/extension-point.ts'

/** What a gate sees of a contact: the row of `core.contacts`, before or after it is written. */
export interface ClassifiableContact {
  readonly external_id: string | null
  readonly first_name: string | null
  readonly last_name: string | null
  readonly company: string | null
  readonly phones: readonly string[]
  readonly email: string | null
  readonly address: string | null
  readonly postal_code: string | null
  readonly city: string | null
  readonly country: string | null
  readonly language: string | null
  readonly time_zone: string | null
  readonly custom_fields: Readonly<Record<string, unknown>>
}

/** Why contacts with a mark are not handed out now, for people and for programs. */
export interface Obstacle {
  readonly mark: number
  /** snake_case, such as `quota_full`. */
  readonly code: string
  /** A sentence. */
  readonly detail: string
  /** What a screen links to: the id of the rule, for instance. */
  readonly ref: number
  /** What people call it. */
  readonly name: string
}

/**
 * Says which contacts of a campaign are dispatched alike, and closes and opens them. A gate puts *marks* on contacts
 * (numbers from the sequence `core.dispatch_mark_seq`); contacts with equal marks share a segment, and the turn asks the
 * gate's SQL functions, never its TypeScript: one round trip, whatever the number of rules.
 *
 * `functions` name SQL functions as `schema.function`, called under the campaign's lock:
 * - `room(campaign int, marks int[]) returns table (mark int, free int, countable int)`: of these marks, those of the gate
 *   that have a limit. `free`: how many more contacts may be handed out (null: any number). `countable`: how many more may
 *   count; null when hand-outs reserve nothing.
 * - `tally(campaign int, marks int[], reserved int[], completed int[]) returns void`: adds these changes, summed by mark,
 *   to its counters, and closes or opens the marks by `core.dispatch_close` and `core.dispatch_open`. Marks that are not
 *   the gate's own are to be left alone.
 * - `excluded(campaign int) returns int[]`: marks whose contacts are kept back although their segments are still open
 *   (too many to close within a turn).
 * - `classified(campaign int) returns bigint`, optional: contacts beyond this id may still carry marks of before; null:
 *   none does. Such a contact is classified by `classify` in the turn that wants to hand it out, before it is.
 *
 * Statements in these functions should not be planned by statistics, which know nothing of a list that has just been
 * imported: hand those that read tables to `core.dispatch_by_keys('schema.function', …)` in the gate's migration.
 *
 * When the gate classifies differently from now on it calls `core.dispatch_changed(campaign)`, then moves the contacts
 * whose marks have changed page by page with `core.dispatch_reassign`. `blocked` in `core.segments` is core's: never written by a gate.
 */
export interface DispatchGate {
  /** Unique; by it the database remembers the functions. */
  readonly name: string
  readonly functions: {
    readonly room: string
    readonly tally: string
    readonly excluded: string
    readonly classified?: string
  }
  /**
   * The marks of each contact, ascending. `classification` names the state of the campaign's rules: what a gate has
   * compiled holds as long as this number stays the same.
   */
  classify(
    campaignId: number,
    classification: number,
    contacts: readonly ClassifiableContact[]
  ): Promise<readonly (readonly number[])[]>
  /** Which of these marks keep contacts back now, and why; marks of other gates are left out. */
  explain(campaignId: number, marks: readonly number[]): Promise<readonly Obstacle[]>
}

/** Gates in the turn. All processes on one database must fill it alike. */
export const dispatchGates = defineChain<DispatchGate>('core.dispatch-gates')
