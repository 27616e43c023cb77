import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import type { Knex } from 'knex'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { ClassifiableContact } from '../dispatch/dispatch-gate.ts'
import { copyColumns, copyLine } from './copy-line.ts'

/** Contacts on their way into a list. Columns, all of one length: an object for each contact costs more than its line. */
export interface PlacedContacts {
  readonly rows: readonly ClassifiableContact[]
  readonly priorities: readonly number[]
  readonly segmentIds: readonly number[]
}

const uniqueViolation = '23505'

/**
 * Writes contacts by COPY and admits them to dispatch, in one transaction. Of contacts with an external id that the
 * campaign has already the first stays. @returns how many were written; null when the campaign's classification is no
 * longer `version`: nothing was written.
 */
export async function copyContacts(
  db: Knex,
  campaignId: number,
  shuffleSeed: string | number | null,
  version: number,
  contacts: PlacedContacts
): Promise<number | null> {
  for (;;) {
    const fresh = await withoutKnown(db, campaignId, contacts)
    if (fresh.rows.length === 0) return 0
    try {
      return await db.transaction(async trx => {
        const numbered = { ...fresh, ...(await drawIds(trx, shuffleSeed, fresh.rows.length)) }
        await copy(trx, campaignId, numbered)
        if (await admit(trx, campaignId, version, numbered)) return fresh.rows.length
        throw new OutdatedClassification()
      })
    } catch (error) {
      if (error instanceof OutdatedClassification) return null
      // Another import wrote one of the external ids at the same moment: look again.
      if ((error as { code?: string }).code !== uniqueViolation) throw error
    }
  }
}

class OutdatedClassification extends Error {}

async function withoutKnown(db: Knex, campaignId: number, contacts: PlacedContacts): Promise<PlacedContacts> {
  const externalIds: string[] = []
  for (const { external_id: id } of contacts.rows) if (id !== null) externalIds.push(id)
  if (externalIds.length === 0) return contacts
  const { rows } = await db.raw<{ rows: { external_id: string }[] }>(
    'select external_id from core.contacts where campaign_id = ? and external_id = any(?::text[])',
    [campaignId, textArray(externalIds)]
  )
  if (rows.length === 0 && new Set(externalIds).size === externalIds.length) return contacts
  const seen = new Set(rows.map(row => row.external_id))
  const kept: number[] = []
  for (const [i, { external_id: id }] of contacts.rows.entries()) {
    if (id !== null && seen.has(id)) continue
    if (id !== null) seen.add(id)
    kept.push(i)
  }
  return {
    rows: kept.map(i => contacts.rows[i]!),
    priorities: kept.map(i => contacts.priorities[i]!),
    segmentIds: kept.map(i => contacts.segmentIds[i]!)
  }
}

/** A PostgreSQL array of texts (manual, "Array Input and Output Syntax"); the driver tries each for what it might be. */
function textArray(values: readonly string[]): string {
  const joined = values.join('","')
  return /["\\]/.test(values.join(''))
    ? `{${values.map(value => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
    : `{"${joined}"}`
}

const numberArray = (values: readonly number[]): string => `{${values.join(',')}}`

interface NumberedContacts extends PlacedContacts {
  readonly ids: readonly number[]
  readonly ranks: readonly number[]
}

/** Ids, ascending, and places in the list: shuffled by the seed, the same for the same seed, or all the same. */
async function drawIds(
  trx: Knex.Transaction,
  seed: string | number | null,
  count: number
): Promise<Pick<NumberedContacts, 'ids' | 'ranks'>> {
  const { rows } = await trx.raw<{ rows: { ids: number[]; ranks: number[] | null }[] }>(
    `select array_agg(id order by id) as ids,
            case when cast(:seed as bigint) is not null then array_agg(core.dispatch_shuffled(id, :seed) order by id) end as ranks
       from (select nextval('core.contact_seq') as id from generate_series(1, :count)) x`,
    { seed, count }
  )
  const { ids, ranks } = rows[0]!
  return { ids, ranks: ranks ?? ids.map(() => 0) }
}

async function copy(trx: Knex.Transaction, campaignId: number, contacts: NumberedContacts): Promise<void> {
  const connection: pg.Client = await trx.client.acquireConnection()
  const into = connection.query(copyFrom(`copy core.contacts (${copyColumns.join(', ')}) from stdin`))
  await pipeline(Readable.from(chunks(campaignId, contacts), { objectMode: false }), into)
  await finished(into)
}

const linesAtOnce = 500

function* chunks(campaignId: number, contacts: NumberedContacts): Generator<Buffer> {
  const { rows, ids, segmentIds, priorities, ranks } = contacts
  for (let i = 0; i < rows.length; ) {
    let lines = ''
    for (const end = Math.min(rows.length, i + linesAtOnce); i < end; i++)
      lines += copyLine(campaignId, ids[i]!, segmentIds[i]!, priorities[i]!, ranks[i]!, rows[i]!)
    yield Buffer.from(lines)
  }
}

async function admit(
  trx: Knex.Transaction,
  campaignId: number,
  version: number,
  contacts: NumberedContacts
): Promise<boolean> {
  const { segmentIds, priorities, ranks, ids } = contacts
  const counts = new Map<number, number>()
  const firsts = new Map<number, number>()
  for (const [i, segmentId] of segmentIds.entries()) {
    const count = counts.get(segmentId)
    counts.set(segmentId, (count ?? 0) + 1)
    if (count === undefined || comesBefore(contacts, i, firsts.get(segmentId)!)) firsts.set(segmentId, i)
  }
  const segments = [...counts.keys()].sort((a, b) => a - b)
  const first = (of: readonly number[]): string =>
    numberArray(segments.map(segmentId => of[firsts.get(segmentId)!]!))
  const { rows } = await trx.raw<{ rows: { admitted: boolean }[] }>(
    'select core.dispatch_admit(?, ?, ?, ?, ?, ?, ?) as admitted',
    [
      campaignId,
      version,
      numberArray(segments),
      numberArray(segments.map(segmentId => counts.get(segmentId)!)),
      first(priorities),
      first(ranks),
      first(ids)
    ]
  )
  return rows[0]!.admitted
}

/** Whether one contact (by its position) is called before another that came earlier: its id is higher. */
const comesBefore = ({ priorities, ranks }: NumberedContacts, a: number, b: number): boolean =>
  priorities[a]! !== priorities[b]! ? priorities[a]! < priorities[b]! : ranks[a]! < ranks[b]!
