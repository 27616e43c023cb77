import createError from '@fastify/error'

export const CursorForeignError = createError(
  'CORE_CURSOR_FOREIGN',
  'after is not the next of a page in this order: begin again without it',
  400
)
export const TalkSortError = createError(
  'CORE_TALK_SORT',
  'Only answered calls can be sorted by talk time: leave out outcome, or let it be answered',
  400
)
export const SortPeriodError = createError(
  'CORE_SORT_PERIOD',
  'Sorted by %s the period may touch 13 months at most: shorten it, or sort by startedAt',
  400
)
export const PeriodError = createError('CORE_PERIOD', '%s', 400)
export const ExportNotFoundError = createError(
  'CORE_EXPORT_NOT_FOUND',
  'Export %s does not exist or is not yours',
  404
)
