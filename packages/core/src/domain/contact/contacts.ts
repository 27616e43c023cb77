import type { Kernel } from '../../kernel/kernel.ts'
import { Classifier } from '../dispatch/classifier.ts'
import type { ClassifiableContact } from '../dispatch/dispatch-gate.ts'
import { segmentDirectory } from '../dispatch/segment-directory.ts'
import { CampaignNotFoundError } from '../errors.ts'
import { copyContacts, type PlacedContacts } from './contact-copy.ts'
import { type ContactIssue, type NewContact, readContact } from './contact-fields.ts'

export interface RejectedContact extends ContactIssue {
  /** Position in the request, from 0. */
  readonly index: number
}

export interface ImportResult {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: RejectedContact[]
}

interface Campaign {
  readonly id: number
  readonly country: string
  readonly shuffle_seed: string | null
}

/**
 * Adds contacts to a campaign and makes them ready to be handed out, in one transaction. A row that is wrong is rejected
 * by its index and the others go in; an `externalId` the campaign has already is a duplicate. 5,000 to 10,000 at a time
 * are the fastest. Throws CORE_CAMPAIGN_NOT_FOUND.
 */
export async function addContacts(
  kernel: Pick<Kernel, 'db' | 'extensions'>,
  campaignId: number,
  contacts: readonly NewContact[]
): Promise<ImportResult> {
  const campaign = await kernel
    .db('core.campaigns')
    .where({ id: campaignId })
    .first<Campaign | undefined>('id', 'country', 'shuffle_seed')
  if (!campaign || campaignId === 0) throw new CampaignNotFoundError(campaignId)
  const rejected: RejectedContact[] = []
  const rows: ClassifiableContact[] = []
  const priorities: number[] = []
  for (const [index, contact] of contacts.entries()) {
    const row = readContact(contact, campaign.country)
    if ('reason' in row) rejected.push({ index, ...row })
    else {
      rows.push(row)
      priorities.push(contact.priority ?? 2)
    }
  }
  const classifier = new Classifier(kernel)
  for (;;) {
    const accepted = await tryAdd(kernel, classifier, campaign, { rows, priorities })
    if (accepted === null) continue
    await kernel.db.raw(
      "select core.dispatch_analyze('core.contacts', 'core.segments', 'core.segment_marks')"
    )
    return { accepted, duplicates: rows.length - accepted, rejected }
  }
}

/** How many went in; null when rules changed meanwhile, so that all is to be classified again. */
async function tryAdd(
  { db }: Pick<Kernel, 'db'>,
  classifier: Classifier,
  campaign: Campaign,
  contacts: Omit<PlacedContacts, 'segmentIds'>
): Promise<number | null> {
  const { version, places } = await classifier.classify(campaign, contacts.rows)
  const segmentIds = await segmentDirectory(db).find(campaign.id, version, places)
  if (!segmentIds) return null
  return copyContacts(db, campaign.id, campaign.shuffle_seed, version, { ...contacts, segmentIds })
}
