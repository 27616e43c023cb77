import { Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { invalidField } from '../../kernel/problem.ts'
import { isTimeZone } from '../campaign/time-zone.ts'
import { CsvFormat, type CsvOptions } from './call-csv.ts'
import { CallExports, type ExportRecord } from './call-exports.ts'
import { checkPeriod } from './call-history-routes.ts'
import { HistoryFilterFields, withPeriod } from './call-history-search.ts'

const Time = Type.String({ format: 'date-time' })
const CallExport = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    state: Type.Enum(['ready', 'running', 'done', 'interrupted'], {
      description: 'interrupted: the reader went away or something failed; GET the file again to begin anew'
    }),
    from: Time,
    to: Time,
    rowsTotal: Type.Integer({ description: 'Counted when the export was asked for' }),
    rowsWritten: Type.Integer(),
    bytesWritten: Type.Integer(),
    file: Type.String({ description: 'Where the CSV is' }),
    createdAt: Time,
    startedAt: Type.Union([Time, Type.Null()]),
    finishedAt: Type.Union([Time, Type.Null()])
  },
  { $id: 'Core.CallExport' }
)

const Id = Type.Object({ id: Type.String({ format: 'uuid' }) })
const config = { permission: 'calls:export' }
const tags = ['call history']

/** CSV exports of finished calls: order one, read its file, watch how far it is. */
export function registerCallExportRoutes(scope: PluginScope, kernel: Kernel): void {
  const { clock } = kernel
  const exports = new CallExports(kernel)

  scope.post(
    '/call-history/exports',
    {
      config,
      schema: {
        operationId: 'createCallExport',
        summary: 'Order an export of finished calls; the last 90 days unless a period is given',
        tags,
        body: Type.Object({
          filter: Type.Object(HistoryFilterFields, { default: {} }),
          format: { ...CsvFormat, default: {} }
        }),
        response: { 201: CallExport }
      }
    },
    async ({ actor, body }, reply) => {
      checkPeriod(body.filter)
      const now = clock.now()
      // What begins later does not belong to it, so that reading the file twice gives the same calls.
      const { scope } = actor
      const filter = withPeriod({ to: now.toISOString(), ...body.filter, ...(scope && { scope }) }, now)
      const format = body.format as CsvOptions // the schema has filled in the defaults
      if (format.timeZone !== undefined && !isTimeZone(format.timeZone)) {
        throw invalidField('format/timeZone', 'must be an IANA time zone, such as Europe/Paris')
      }
      const wire = exportWire(await exports.create(actor, filter, format))
      return reply.code(201).header('location', `/api/call-history/exports/${wire.id}`).send(wire)
    }
  )

  scope.get(
    '/call-history/exports/:id',
    {
      config,
      schema: {
        operationId: 'getCallExport',
        summary: 'How far an export is',
        tags,
        params: Id,
        response: { 200: CallExport }
      }
    },
    async ({ actor, params }) => exportWire(await exports.find(actor, params.id))
  )

  scope.get(
    '/call-history/exports/:id/file',
    {
      config,
      schema: {
        operationId: 'readCallExport',
        summary:
          'The CSV of an export, written while it is read; a connection that breaks off means: not whole',
        tags,
        params: Id,
        produces: ['text/csv'],
        response: { 200: Type.Any({ description: 'The rows as CSV, with a heading' }) }
      }
    },
    async ({ actor, params }, reply) => {
      const record = await exports.find(actor, params.id)
      const { from, to } = record.filter
      return reply
        .type('text/csv; charset=utf-8; header=present')
        .header(
          'content-disposition',
          `attachment; filename="calls-${from.slice(0, 10)}-${to.slice(0, 10)}.csv"`
        )
        .header('cache-control', 'no-store')
        .header('x-total-rows', record.rows_total)
        .send(exports.file(record))
    }
  )
}

const exportWire = (record: ExportRecord) => ({
  id: record.id,
  state: record.state,
  from: record.filter.from,
  to: record.filter.to,
  rowsTotal: record.rows_total,
  rowsWritten: record.rows_written,
  bytesWritten: record.bytes_written,
  file: `/api/call-history/exports/${record.id}/file`,
  createdAt: record.created_at.toISOString(),
  startedAt: record.started_at?.toISOString() ?? null,
  finishedAt: record.finished_at?.toISOString() ?? null
})
