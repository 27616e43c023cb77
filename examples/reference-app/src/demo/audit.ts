import type { Api } from './api.ts'
import type { ShiftPbx } from './pbx.ts'
import type { PlayedCall } from './shift.ts'

export interface Row {
  readonly callId: string
  readonly outcome: string
  readonly endedBy: string
  readonly talkMs: number
  readonly billableMs: number
  readonly dispositionId: number | null
  readonly endQuality: string
  readonly linkedid: string | null
  readonly handoutId: number | null
}

export interface Audit {
  readonly pbx: string
  readonly calls: number
  readonly rows: number
  readonly missing: number
  readonly doubled: number
  readonly outcomesRight: number
  /** Calls whose row says something else than what was played. */
  readonly wrong: readonly { readonly scenario: string; readonly expected: string; readonly found: string }[]
  readonly unqualified: number
  /** Rows whose end fell into a gap and is the best that is known. */
  readonly estimated: number
  /** Linkedids of the PBX's own CDR without exactly one row. */
  readonly cdrLinkedids: number
  readonly cdrWithoutOneRow: number
  readonly table: readonly {
    readonly scenario: string
    readonly calls: number
    readonly outcome: string
    readonly endedBy: string
    readonly talkS: string
  }[]
}

/** Compares what was played with the rows of call_history and with the PBX's own CDR. */
export async function auditShift(
  admin: Api,
  pbx: ShiftPbx,
  campaignIds: readonly number[],
  played: readonly PlayedCall[]
): Promise<Audit> {
  const rows: Row[] = []
  for (const campaignId of campaignIds) rows.push(...(await allRows(admin, campaignId)))
  const byCall = groupBy(rows, row => row.callId)
  const byHandout = groupBy(rows, row => row.handoutId)
  const byLinkedid = groupBy(rows, row => row.linkedid)
  const wrong: { scenario: string; expected: string; found: string }[] = []
  let outcomesRight = 0
  let missing = 0
  for (const { callId, handoutId, scenario } of played) {
    const row = callId === null ? byHandout.get(handoutId)?.[0] : byCall.get(callId)?.[0]
    const expected = `${scenario.outcome} by ${scenario.endedBy}`
    const found = row ? `${row.outcome} by ${row.endedBy}` : 'no row'
    if (!row) missing++
    if (found === expected) outcomesRight++
    else wrong.push({ scenario: scenario.name, expected, found })
  }
  const linkedids = [...new Set(await pbx.linkedids())]
  return {
    pbx: pbx.kind,
    calls: played.length,
    rows: rows.length,
    missing,
    doubled: rows.length - byCall.size,
    outcomesRight,
    wrong,
    estimated: rows.filter(row => row.endQuality === 'estimated').length,
    unqualified: rows.filter(row => row.dispositionId === null).length,
    cdrLinkedids: linkedids.length,
    cdrWithoutOneRow: linkedids.filter(linkedid => byLinkedid.get(linkedid)?.length !== 1).length,
    table: tableOf(played, byHandout)
  }
}

async function allRows(admin: Api, campaignId: number): Promise<Row[]> {
  const rows: Row[] = []
  let after = ''
  for (;;) {
    const page = await admin.get<{ items: Row[]; next: string | null }>(
      `/api/call-history?campaignId=${campaignId}&limit=500${after}`
    )
    rows.push(...page.items)
    if (page.next === null) return rows
    after = `&after=${encodeURIComponent(page.next)}`
  }
}

function tableOf(
  played: readonly PlayedCall[],
  byHandout: ReadonlyMap<number | null, readonly Row[]>
): Audit['table'] {
  return [...groupBy(played, call => call.scenario)].map(([scenario, calls]) => {
    const rows = calls.flatMap(({ handoutId }) => byHandout.get(handoutId) ?? [])
    const talk = rows.map(row => row.talkMs / 1000)
    const said = (values: readonly string[]): string => [...new Set(values)].join(', ') || '-'
    return {
      scenario: scenario.name,
      calls: calls.length,
      outcome: said(rows.map(row => row.outcome)),
      endedBy: said(rows.map(row => row.endedBy)),
      talkS: talk.some(s => s > 0) ? `${Math.min(...talk).toFixed(1)}–${Math.max(...talk).toFixed(1)}` : '-'
    }
  })
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

/** Whether everything is as it must be. */
export const isRight = (audit: Audit, calls: number): boolean =>
  audit.calls === calls &&
  audit.rows === calls &&
  audit.missing === 0 &&
  audit.doubled === 0 &&
  audit.outcomesRight === calls &&
  audit.unqualified === 0 &&
  audit.cdrWithoutOneRow === 0

/**
 * Whether a shift that was harmed lost nothing: every call has one row. A request that found no link to the PBX has a
 * row too, beside that of the call that was made in its stead, and the qualification stands at the latter.
 */
export const survived = (audit: Audit, calls: number): boolean =>
  audit.calls === calls &&
  audit.missing === 0 &&
  audit.doubled === 0 &&
  audit.unqualified <= audit.rows - audit.calls &&
  audit.cdrWithoutOneRow === 0
