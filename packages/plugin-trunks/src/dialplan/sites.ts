import { type CallableClass, callableClasses } from '@evscallpro/core'
import type { Knex } from 'knex'
import { emergencyNumbersOf } from '../emergency-numbers.ts'
import type { FailOver, SiteRoute, Trunk } from '../trunk.ts'
import { type TrunkRow, trunkOf } from '../trunk-book.ts'

/** A site as the dialplan of hand-dialled calls needs it. */
export interface DialplanSite {
  readonly id: number
  readonly name: string
  readonly country: string
  /** E.164. */
  readonly callerId: string | null
  readonly failOver: FailOver
  readonly emergencyNumbers: readonly string[]
  readonly routes: readonly SiteRoute[]
}

/** Everything that the generated files say. */
export interface DialplanData {
  readonly sites: readonly DialplanSite[]
  readonly trunks: readonly Trunk[]
  /** What may be dialled without a campaign. */
  readonly classes: readonly CallableClass[]
  /** What the installation allows at all, as the server's configuration said at its last start. */
  readonly most: readonly CallableClass[]
  /** E.164 prefixes. */
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

interface SiteRow {
  readonly id: number
  readonly name: string
  readonly country: string
  readonly caller_id: string | null
  readonly fail_over: FailOver
  readonly emergency_numbers: string[] | null
}

/** Reads what the dialplan of hand-dialled calls is made from, in one snapshot. */
export async function readDialplanData(db: Knex): Promise<DialplanData> {
  return db.transaction(
    async trx => {
      const { rows: sites } = await trx.raw<{ rows: SiteRow[] }>(
        `select c.id, c.name, c.country, c.caller_id, coalesce(s.fail_over, 'next') as fail_over, s.emergency_numbers
         from core.sites c left join trunks.sites s on s.site_id = c.id order by c.id`
      )
      const trunks = new Map(
        (await trx<TrunkRow>('trunks.trunks').orderBy('id')).map(row => [row.id, trunkOf(row)])
      )
      const routes: { site_id: number; trunk_id: number; classes: CallableClass[] | null }[] = await trx(
        'trunks.routes'
      ).orderBy(['site_id', 'position'])
      const direct = await trx('core.campaigns').where({ id: 0 }).first('number_classes')
      const { policy } = await trx('core.dialling').first('policy')
      return {
        sites: sites.map(site => ({
          id: site.id,
          name: site.name,
          country: site.country,
          callerId: site.caller_id,
          failOver: site.fail_over,
          emergencyNumbers: site.emergency_numbers ?? emergencyNumbersOf(site.country),
          routes: routes
            .filter(route => route.site_id === site.id)
            .map(route => ({ trunk: trunks.get(route.trunk_id)!, classes: route.classes })) // a foreign key
        })),
        trunks: [...trunks.values()],
        classes: direct.number_classes,
        most: policy?.classes ?? [...callableClasses],
        allow: policy?.allow ?? [],
        deny: policy?.deny ?? []
      }
    },
    { isolationLevel: 'repeatable read', readOnly: true }
  )
}
