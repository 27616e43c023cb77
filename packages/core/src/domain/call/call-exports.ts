import { Readable } from 'node:stream'
import type { Actor } from '../../kernel/actor.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { type CsvOptions, csvHead, csvRow } from './call-csv.ts'
import { countForExport, readForExport } from './call-export-rows.ts'
import type { PeriodFilter } from './call-history-search.ts'
import { ExportNotFoundError } from './history-errors.ts'

export interface ExportRecord {
  readonly id: string
  readonly filter: PeriodFilter
  readonly format: CsvOptions
  readonly state: 'ready' | 'running' | 'done' | 'interrupted'
  readonly rows_total: number
  readonly rows_written: number
  readonly bytes_written: number
  readonly created_at: Date
  readonly started_at: Date | null
  readonly finished_at: Date | null
}

/** Pages between two notes of how far an export has come. */
const pagesPerNote = 5

/** Exports of calls: an order with a period that is decided, and a file that is written while it is read. */
export class CallExports {
  readonly #kernel: Pick<Kernel, 'db' | 'clock' | 'newId' | 'log'>

  constructor(kernel: Pick<Kernel, 'db' | 'clock' | 'newId' | 'log'>) {
    this.#kernel = kernel
  }

  async create(actor: Actor, filter: PeriodFilter, format: CsvOptions): Promise<ExportRecord> {
    const { db, clock, newId } = this.#kernel
    const [record] = await db('core.call_exports')
      .insert({
        id: newId(),
        requested_by_kind: actor.kind,
        requested_by_id: actor.id,
        filter: JSON.stringify(filter),
        format: JSON.stringify(format),
        state: 'ready',
        rows_total: await countForExport(db, filter),
        created_at: clock.now()
      })
      .returning<ExportRecord[]>('*')
    return record! // one inserted row
  }

  /** The actor's own export. Throws CORE_EXPORT_NOT_FOUND. */
  async find(actor: Actor, id: string): Promise<ExportRecord> {
    const record = await this.#kernel
      .db('core.call_exports')
      .where({ id, requested_by_kind: actor.kind, requested_by_id: actor.id })
      .first<ExportRecord | undefined>('*')
    if (!record) throw new ExportNotFoundError(id)
    return record
  }

  /** The file, from its beginning; reads as fast as it is taken. Its end, good or bad, is noted. */
  file(record: ExportRecord): Readable {
    return Readable.from(this.#write(record), { objectMode: false, highWaterMark: 64 * 1024 })
  }

  async *#write({ id, filter, format }: ExportRecord): AsyncGenerator<Buffer> {
    const { db, clock } = this.#kernel
    const progress = { rows_written: 0, bytes_written: 0 }
    const note = (fields: object): Promise<number> =>
      db('core.call_exports')
        .where({ id })
        .update({ ...progress, ...fields })
    let state: ExportRecord['state'] = 'interrupted'
    await note({ state: 'running', started_at: clock.now(), finished_at: null })
    try {
      const head = Buffer.from(csvHead(format))
      progress.bytes_written += head.length
      yield head
      let pages = 0
      for await (const rows of readForExport(db, filter, format)) {
        const chunk = Buffer.from(rows.map(row => csvRow(row, format)).join(''))
        progress.rows_written += rows.length
        progress.bytes_written += chunk.length
        if (++pages % pagesPerNote === 0) await note({})
        yield chunk
      }
      state = 'done'
    } finally {
      // Also when the reader has gone, or the server closes: the file then is not whole, and is told so.
      await note({ state, finished_at: clock.now() }).catch(err =>
        this.#kernel.log.error({ err, export: id }, 'the end of an export could not be noted')
      )
    }
  }
}
