import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import { regionOf } from '../hours/index.ts'
import { type ClassifiableContact, dispatchGates } from './dispatch-gate.ts'

/** Where a contact belongs: its zone, as far as known, and its marks. */
export interface Place {
  /** IANA; null: the campaign's own. */
  readonly timeZone: string | null
  /** With holidays of its own, or null. */
  readonly region: string | null
  /** Ascending, comma-separated. */
  readonly marks: string
}

export interface Classification {
  /** Holds as long as the campaign's number stays the same: it is compared under the lock before anything is written. */
  readonly version: number
  readonly places: readonly Place[]
}

/** Asks all gates what marks contacts of a campaign get. Contacts without a country live in the campaign's. */
export class Classifier {
  readonly #kernel: Pick<Kernel, 'db' | 'extensions'>

  constructor(kernel: Pick<Kernel, 'db' | 'extensions'>) {
    this.#kernel = kernel
  }

  async classify(
    campaign: { readonly id: number; readonly country: string },
    contacts: readonly ClassifiableContact[],
    db: Knex = this.#kernel.db
  ): Promise<Classification> {
    const version = await currentVersion(db, campaign.id)
    const [first, ...others] = this.#kernel.extensions.all(dispatchGates)
    let marks = await first?.classify(campaign.id, version, contacts)
    for (const gate of others) {
      const own = await gate.classify(campaign.id, version, contacts)
      marks = marks?.map((list, i) => [...list, ...own[i]!].sort((a, b) => a - b))
    }
    const places = contacts.map((contact, i) => {
      const region = regionOf(contact.country ?? campaign.country, contact.postal_code)
      return {
        timeZone: contact.time_zone ?? region?.zone ?? null,
        region: region?.id ?? null,
        marks: marks?.[i]?.join(',') ?? ''
      }
    })
    return { version, places }
  }
}

async function currentVersion(db: Knex, campaignId: number): Promise<number> {
  const row = await db('core.campaign_dispatch')
    .where({ campaign_id: campaignId })
    .first<{ classification: number } | undefined>('classification')
  return row?.classification ?? 1
}
