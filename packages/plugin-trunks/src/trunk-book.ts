import { type AnswerSupervision, type CallableClass, mapConstraints, toColumns } from '@evscallpro/core'
import type { Knex } from 'knex'
import type { CauseRule } from './cause-rules.ts'
import { emergencyNumbersOf } from './emergency-numbers.ts'
import { SiteNotFoundError, TrunkInUseError, TrunkNameTakenError, TrunkNotFoundError } from './errors.ts'
import type { PrefixRule } from './prefix-rules.ts'
import type { FailOver, SitePlan, Trunk } from './trunk.ts'

/** A row of trunks.trunks. */
export interface TrunkRow {
  readonly id: number
  readonly name: string
  readonly label: string
  readonly site_id: number
  readonly address: string | null
  readonly channels: number
  readonly answer_supervision: Trunk['answerSupervision']
  readonly dtmf_mode: Trunk['dtmfMode']
  readonly caller_id_mode: Trunk['callerIdMode']
  readonly caller_ids: string[]
  readonly prefix_rules: PrefixRule[]
  readonly cause_map: CauseRule[]
  readonly enabled: boolean
  readonly created_at: Date
  readonly revision: number
}

export type TrunkFields = Omit<Trunk, 'id'>

/** What a site does beside its list of ways out. */
export interface SiteSettings {
  readonly failOver: FailOver
  /** null: those of the country. */
  readonly emergencyNumbers: readonly string[] | null
}

/** A route as it is written: the trunk by its id. */
export interface RouteEntry {
  readonly trunkId: number
  readonly classes: readonly CallableClass[] | null
}

export interface SiteBook extends SiteSettings {
  readonly routes: readonly RouteEntry[]
  /** The list that holds: the site's own or its country's. */
  readonly emergencyInForce: readonly string[]
}

/** Trunks and routes in the database. */
export class TrunkBook {
  readonly #db: Knex

  constructor(db: Knex) {
    this.#db = db
  }

  async all(): Promise<TrunkRow[]> {
    return this.#db('trunks.trunks').orderBy('id')
  }

  async one(id: number): Promise<TrunkRow> {
    const row = await this.#db('trunks.trunks').where({ id }).first<TrunkRow | undefined>()
    if (!row) throw new TrunkNotFoundError(id)
    return row
  }

  /** Sizes by name, for those of the names that are trunks here. */
  async channelsOf(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#db('trunks.trunks').whereIn('name', names).select('name', 'channels')
    return new Map(rows.map(({ name, channels }) => [name, channels]))
  }

  /** How this trunk answers; null when it is none of ours. */
  async supervisionOf(name: string): Promise<AnswerSupervision | null> {
    const row = await this.#db('trunks.trunks').where({ name }).first('answer_supervision')
    return row?.answer_supervision ?? null
  }

  async create(fields: TrunkFields, now: Date): Promise<TrunkRow> {
    const insert = this.#db('trunks.trunks')
      .insert({ ...columnsOf(fields), created_at: now })
      .returning<TrunkRow[]>('*')
    const [row] = await mapConstraints(insert, {
      trunks_name_key: () => new TrunkNameTakenError(fields.name)
    })
    return row! // one inserted row
  }

  async change(
    id: number,
    fields: Partial<TrunkFields>,
    check: (found: TrunkRow) => void
  ): Promise<TrunkRow> {
    return this.#db.transaction(async trx => {
      const found = await trx('trunks.trunks').where({ id }).forUpdate().first<TrunkRow | undefined>()
      if (!found) throw new TrunkNotFoundError(id)
      check(found)
      const update = trx('trunks.trunks')
        .where({ id })
        .update({ ...columnsOf(fields), revision: trx.raw('revision + 1') })
        .returning<TrunkRow[]>('*')
      const [row] = await mapConstraints(update, {
        trunks_name_key: () => new TrunkNameTakenError(fields.name ?? '')
      })
      return row! // locked above
    })
  }

  async remove(id: number): Promise<void> {
    const removed = await mapConstraints(this.#db('trunks.trunks').where({ id }).delete(), {
      routes_trunk_id_fkey: () => new TrunkInUseError()
    })
    if (removed === 0) throw new TrunkNotFoundError(id)
  }

  /** The ways out of a site; null when it has none of ours. */
  async planOf(siteId: number): Promise<SitePlan | null> {
    const { rows } = await this.#db.raw<{
      rows: (TrunkRow & { classes: CallableClass[] | null; fail_over: FailOver })[]
    }>(
      `select t.*, r.classes, coalesce(s.fail_over, 'next') as fail_over
         from trunks.routes r join trunks.trunks t on t.id = r.trunk_id
         left join trunks.sites s on s.site_id = r.site_id
        where r.site_id = ? order by r.position`,
      [siteId]
    )
    const [first] = rows
    if (!first) return null
    const routes = rows.map(({ classes, ...row }) => ({ trunk: trunkOf(row), classes }))
    return { siteId, failOver: first.fail_over, routes }
  }

  async siteBook(siteId: number): Promise<SiteBook> {
    const site = await this.#site(siteId)
    const routes = await this.#db('trunks.routes')
      .where({ site_id: siteId })
      .orderBy('position')
      .select<RouteEntry[]>({ trunkId: 'trunk_id', classes: 'classes' })
    return { ...site, routes }
  }

  /** Replaces the list of ways out and the settings of a site. */
  async setSite(siteId: number, settings: SiteSettings, routes: readonly RouteEntry[]): Promise<void> {
    await this.#db.transaction(async trx => {
      // One list at a time for a site.
      const site = await trx('core.sites').where({ id: siteId }).forUpdate().first('id')
      if (!site) throw new SiteNotFoundError(siteId)
      await trx('trunks.sites')
        .insert({
          site_id: siteId,
          fail_over: settings.failOver,
          emergency_numbers: settings.emergencyNumbers
        })
        .onConflict('site_id')
        .merge()
      await trx('trunks.routes').where({ site_id: siteId }).delete()
      const rows = routes.map(({ trunkId, classes }, index) => ({
        site_id: siteId,
        position: index + 1,
        trunk_id: trunkId,
        classes
      }))
      if (rows.length > 0)
        await mapConstraints(trx('trunks.routes').insert(rows), {
          routes_trunk_id_fkey: () => new TrunkNotFoundError(routes.map(({ trunkId }) => trunkId).join(', '))
        })
    })
  }

  async #site(siteId: number): Promise<SiteSettings & Pick<SiteBook, 'emergencyInForce'>> {
    const { rows } = await this.#db.raw<{
      rows: { country: string; failOver: FailOver; emergencyNumbers: string[] | null }[]
    }>(
      `select c.country, coalesce(s.fail_over, 'next') as "failOver", s.emergency_numbers as "emergencyNumbers"
         from core.sites c left join trunks.sites s on s.site_id = c.id where c.id = ?`,
      [siteId]
    )
    const [site] = rows
    if (!site) throw new SiteNotFoundError(siteId)
    const { failOver, emergencyNumbers, country } = site
    return { failOver, emergencyNumbers, emergencyInForce: emergencyNumbers ?? emergencyNumbersOf(country) }
  }
}

export const trunkOf = (row: TrunkRow): Trunk => ({
  id: row.id,
  name: row.name,
  label: row.label,
  siteId: row.site_id,
  address: row.address,
  channels: row.channels,
  answerSupervision: row.answer_supervision,
  dtmfMode: row.dtmf_mode,
  callerIdMode: row.caller_id_mode,
  callerIds: row.caller_ids,
  prefixRules: row.prefix_rules,
  causeMap: row.cause_map,
  enabled: row.enabled
})

const columnsOf = ({ prefixRules, causeMap, ...fields }: Partial<TrunkFields>): Record<string, unknown> => ({
  ...toColumns(fields),
  ...(prefixRules && { prefix_rules: JSON.stringify(prefixRules) }),
  ...(causeMap && { cause_map: JSON.stringify(causeMap) })
})
