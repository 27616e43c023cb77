import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import type { Knex } from 'knex'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { ClassifiableContact } from '../dispatch/dispatch-gate.ts'

export interface PlacedContact {
  readonly row: ClassifiableContact
  readonly priority: number
  readonly segmentId: number
}

const columns = [
  'external_id',
  'first_name',
  'last_name',
  'company',
  'email',
  'address',
  'postal_code',
  'city',
  'country',
  'language',
  'time_zone'
] as const

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
  contacts: readonly PlacedContact[]
): Promise<number | null> {
  for (;;) {
    const fresh = await withoutKnown(db, campaignId, contacts)
    if (fresh.length === 0) return 0
    try {
      return await db.transaction(async trx => {
        const rows = await withIds(trx, shuffleSeed, fresh)
        await copy(trx, campaignId, rows)
        if (await admit(trx, campaignId, version, rows)) return rows.length
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

async function withoutKnown(
  db: Knex,
  campaignId: number,
  contacts: readonly PlacedContact[]
): Promise<readonly PlacedContact[]> {
  const externalIds = contacts.flatMap(({ row }) => row.external_id ?? [])
  if (externalIds.length === 0) return contacts
  const { rows } = await db.raw<{ rows: { external_id: string }[] }>(
    'select external_id from core.contacts where campaign_id = ? and external_id = any(?)',
    [campaignId, externalIds]
  )
  const seen = new Set(rows.map(row => row.external_id))
  return contacts.filter(({ row: { external_id: id } }) => {
    if (id === null) return true
    if (seen.has(id)) return false
    seen.add(id)
    return true
  })
}

interface NumberedContact extends PlacedContact {
  readonly id: number
  readonly rank: number
}

/** Ids in the order of the contacts; with a seed their order in the list is shuffled, the same for the same seed. */
async function withIds(
  trx: Knex.Transaction,
  seed: string | number | null,
  contacts: readonly PlacedContact[]
): Promise<NumberedContact[]> {
  const { rows } = await trx.raw<{ rows: { id: number; rank: number }[] }>(
    `select id, case when cast(:seed as bigint) is null then 0 else core.dispatch_shuffled(id, :seed) end as rank
       from (select nextval('core.contact_seq') as id from generate_series(1, :n)) x order by id`,
    { seed, n: contacts.length }
  )
  return contacts.map((contact, i) => ({ ...contact, id: rows[i]!.id, rank: rows[i]!.rank }))
}

async function copy(
  trx: Knex.Transaction,
  campaignId: number,
  contacts: readonly NumberedContact[]
): Promise<void> {
  const connection: pg.Client = await trx.client.acquireConnection()
  const names = ['campaign_id', 'id', 'segment_id', 'priority', 'rank', 'phones', 'custom_fields', ...columns]
  const into = connection.query(copyFrom(`copy core.contacts (${names.join(', ')}) from stdin`))
  await pipeline(Readable.from(chunks(campaignId, contacts), { objectMode: false }), into)
  await finished(into)
}

/** COPY's text format (PostgreSQL manual, COPY, "Text Format"), some hundred lines a chunk. */
function* chunks(campaignId: number, contacts: readonly NumberedContact[]): Generator<string> {
  for (let from = 0; from < contacts.length; from += 500) {
    let text = ''
    for (const { row, id, segmentId, priority, rank } of contacts.slice(from, from + 500)) {
      const phones = `{${row.phones.join(',')}}` // E.164: nothing to escape
      text += `${campaignId}\t${id}\t${segmentId}\t${priority}\t${rank}\t${phones}\t${field(JSON.stringify(row.custom_fields))}`
      for (const column of columns) text += `\t${field(row[column])}`
      text += '\n'
    }
    yield text
  }
}

const special = /[\\\t\n\r]/g
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function field(value: string | null): string {
  return value === null ? '\\N' : value.replace(special, found => escapes[found]!)
}

async function admit(
  trx: Knex.Transaction,
  campaignId: number,
  version: number,
  contacts: readonly NumberedContact[]
): Promise<boolean> {
  const segments = new Map<number, { count: number; first: NumberedContact }>()
  for (const contact of contacts) {
    const known = segments.get(contact.segmentId)
    if (!known) segments.set(contact.segmentId, { count: 1, first: contact })
    else {
      known.count++
      if (comesBefore(contact, known.first)) known.first = contact
    }
  }
  const list = [...segments].sort(([a], [b]) => a - b)
  const { rows } = await trx.raw<{ rows: { admitted: boolean }[] }>(
    'select core.dispatch_admit(?, ?, ?, ?, ?, ?, ?) as admitted',
    [
      campaignId,
      version,
      list.map(([segmentId]) => segmentId),
      list.map(([, { count }]) => count),
      list.map(([, { first }]) => first.priority),
      list.map(([, { first }]) => first.rank),
      list.map(([, { first }]) => first.id)
    ]
  )
  return rows[0]!.admitted
}

const comesBefore = (a: NumberedContact, b: NumberedContact): boolean =>
  a.priority !== b.priority ? a.priority < b.priority : a.rank !== b.rank ? a.rank < b.rank : a.id < b.id
