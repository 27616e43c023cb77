import { invalidField, type Kernel, NotFoundError, toColumns, toWire } from '@evscallpro/core'
import { type Static, Type } from 'typebox'
import { earlyTrunkOf } from './early-answer.ts'

/** How a site calls its agents' mobiles. Times in seconds. */
export const SiteSettings = Type.Object({
  mode: Type.Enum(['per_call', 'held'], {
    description: 'per_call: his mobile rings for each call; held: once, and the leg is held over the session'
  }),
  accept: Type.Enum(['answer', 'key', 'screen'], {
    description: 'What he does to take it: answer, press 1, or click on his screen'
  }),
  acceptSeconds: Type.Integer({ minimum: 3, maximum: 60, description: 'How long he has to accept' }),
  ringSeconds: Type.Integer({ minimum: 5, maximum: 90, description: 'How long his mobile rings' }),
  attempts: Type.Integer({ minimum: 1, maximum: 2, description: 'How often it is called before he is lost' }),
  keepSeconds: Type.Integer({
    minimum: 0,
    maximum: 600,
    description: 'per_call: how long his leg waits after a call that reached nobody'
  }),
  earlySeconds: Type.Integer({
    minimum: 0,
    maximum: 120,
    description:
      'Above 0: the gateway answers before anybody does, so the prompt is repeated for that much longer. On a trunk that is known to answer early 0 means ringSeconds; on one known to answer really this is not looked at'
  }),
  shiftSeconds: Type.Integer({
    minimum: 60,
    maximum: 43_200,
    description: 'held: the longest a leg may last'
  }),
  prompts: Type.String({
    pattern: '^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$',
    maxLength: 60,
    description: 'Folder of prompts below the sounds of the PBX; replace it to have your own'
  })
})
export type SiteSettings = Static<typeof SiteSettings>

/** What a site has that was never set: the flow of the FAQ. */
export const defaultSettings: SiteSettings = {
  mode: 'per_call',
  accept: 'answer',
  acceptSeconds: 10,
  ringSeconds: 25,
  attempts: 2,
  keepSeconds: 30,
  earlySeconds: 0,
  shiftSeconds: 36_000,
  prompts: 'evs'
}

/** Reads and writes the settings of sites. */
export class SiteBook {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  async of(siteId: number): Promise<SiteSettings> {
    const row = await this.#kernel
      .db('mobile_callback.site_settings')
      .where({ site_id: siteId })
      .first<Record<string, unknown> | undefined>()
    if (!row) return defaultSettings
    const {
      siteId: _,
      revision: __,
      ...settings
    } = toWire(row) as unknown as SiteSettings & {
      siteId: number
      revision: number
    } // the table's columns are the schema's fields
    return settings
  }

  /** Throws CORE_NOT_FOUND, or CORE_INVALID_FIELD for `answer` on a gateway that answers early. */
  async set(siteId: number, changes: Partial<SiteSettings>): Promise<SiteSettings> {
    const { db } = this.#kernel
    if (!(await db('core.sites').where({ id: siteId }).first('id')))
      throw new NotFoundError(`There is no site ${siteId}.`)
    const settings = { ...(await this.of(siteId)), ...changes }
    if (settings.accept === 'answer' && settings.earlySeconds > 0)
      throw invalidField(
        'accept',
        'cannot be answer where the gateway answers before anybody does: take key, or screen'
      )
    const early = settings.accept === 'answer' ? await earlyTrunkOf(this.#kernel, siteId) : null
    if (early !== null)
      throw invalidField(
        'accept',
        `cannot be answer: ${early}, by which this site calls mobiles, answers before anybody does; take key, or screen`
      )
    await db('mobile_callback.site_settings')
      .insert({ site_id: siteId, ...toColumns(settings) })
      .onConflict('site_id')
      .merge({ ...toColumns(settings), revision: db.raw('site_settings.revision + 1') })
    return settings
  }
}
