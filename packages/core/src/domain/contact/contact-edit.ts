import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import { invalidField } from '../../kernel/problem.ts'
import { checkRevision } from '../../kernel/revision.ts'
import { Classifier, type Place } from '../dispatch/classifier.ts'
import type { ClassifiableContact } from '../dispatch/dispatch-gate.ts'
import { gateReasons, type Reason } from '../dispatch/reasons.ts'
import { CampaignNotFoundError, ContactNotFoundError } from '../errors.ts'
import { type NewContact, readContact } from './contact-fields.ts'

/** Fields to change. Keys of `customFields` are merged: a key with null is taken away, keys not named stay. */
export type ContactChanges = Partial<NewContact>

export interface EditedContact {
  readonly contactId: number
  /** Limits that the contact would pass now: it counts nowhere as long as they are reached. Empty: it counts. */
  readonly quotaFull: readonly Reason[]
}

interface Row extends ClassifiableContact {
  readonly revision: number
}

const columns = [
  'external_id',
  'first_name',
  'last_name',
  'company',
  'phones',
  'email',
  'address',
  'postal_code',
  'city',
  'country',
  'language',
  'time_zone',
  'custom_fields'
]

/**
 * Changes a contact, also one that an agent talks to: its new segment is reserved at once. Where a limit is reached the
 * answer is kept all the same and comes back with the rule. `revision` refuses the change when the contact has moved on.
 * Throws CORE_CONTACT_NOT_FOUND, CORE_INVALID_FIELD, CORE_REVISION_MISMATCH.
 */
export async function editContact(
  kernel: Pick<Kernel, 'db' | 'extensions'>,
  key: { readonly campaignId: number; readonly contactId: number },
  changes: ContactChanges,
  revision?: number
): Promise<EditedContact> {
  const { campaignId, contactId } = key
  const campaign = await kernel
    .db('core.campaigns')
    .where({ id: campaignId })
    .first<{ id: number; country: string } | undefined>('id', 'country')
  if (!campaign || campaignId === 0) throw new CampaignNotFoundError(campaignId)
  const classifier = new Classifier(kernel)
  for (;;) {
    // Classified before the lock is taken: gates may have to read their rules.
    const row = await readRow(kernel.db, campaignId, contactId)
    checkRevision(row, revision)
    const next = applyChanges(row, changes, campaign.country)
    const { version, places } = await classifier.classify(campaign, [next])
    const full = await kernel.db.transaction(trx => write(trx, key, row.revision, next, version, places[0]!))
    if (full) return { contactId, quotaFull: await gateReasons(kernel.extensions, campaignId, full) }
  }
}

async function readRow(db: Knex, campaignId: number, contactId: number): Promise<Row> {
  const row: Row | undefined = await db('core.contacts')
    .where({ campaign_id: campaignId, id: contactId })
    .first(...columns, 'revision')
  if (!row) throw new ContactNotFoundError(contactId, campaignId)
  return row
}

/** The marks that have no room; null when the contact or the rules changed meanwhile: nothing was written. */
async function write(
  trx: Knex.Transaction,
  { campaignId, contactId }: { readonly campaignId: number; readonly contactId: number },
  revision: number,
  next: ClassifiableContact,
  version: number,
  { timeZone, region, marks }: Place
): Promise<number[] | null> {
  const { rows: locked } = await trx.raw('select core.dispatch_lock(?) as version', [campaignId])
  if (locked[0].version !== version) return null
  const written = await trx('core.contacts')
    .where({ campaign_id: campaignId, id: contactId, revision })
    .update({ ...next, custom_fields: JSON.stringify(next.custom_fields), revision: revision + 1 })
  if (written === 0) return null
  const { rows } = await trx.raw<{ rows: { full: number[] }[] }>(
    `select core.dispatch_reclassify(:campaignId, :contactId, :version,
       core.dispatch_zone(:campaignId, cast(:timeZone as text), cast(:region as text)), :marks) as full`,
    { campaignId, contactId, version, timeZone, region, marks }
  )
  return rows[0]!.full
}

function applyChanges(row: Row, changes: ContactChanges, country: string): ClassifiableContact {
  const customFields: Record<string, unknown> = { ...row.custom_fields }
  for (const [name, value] of Object.entries(changes.customFields ?? {})) {
    if (value === null) delete customFields[name]
    else customFields[name] = value
  }
  const merged: NewContact = {
    externalId: row.external_id,
    firstName: row.first_name,
    lastName: row.last_name,
    company: row.company,
    email: row.email,
    address: row.address,
    postalCode: row.postal_code,
    city: row.city,
    country: row.country,
    language: row.language,
    timeZone: row.time_zone,
    phones: row.phones,
    ...changes,
    customFields
  }
  const next = readContact(merged, country)
  if ('reason' in next) throw invalidField(next.field, next.reason)
  return next
}
