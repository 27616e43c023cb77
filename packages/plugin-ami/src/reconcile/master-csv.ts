import { type CdrCall, isLocalOnly, ownContext } from './compare.ts'

/** Columns of Master.csv with `newcdrcolumns = yes` and `loguniqueid = yes`, counted from 0. */
const column = {
  context: 3,
  channel: 5,
  destination: 6,
  end: 11,
  disposition: 14,
  uniqueid: 16,
  linkedid: 19
}
const fields = /"((?:[^"]|"")*)"|([^,\n]*)/y

/**
 * Reads the text of Asterisk's Master.csv. Times must be UTC (`usegmtime = yes`).
 * @throws Error that names the line and the setting of cdr.conf when the Linkedid is not there
 */
export function* readMasterCsv(text: string): Generator<CdrCall> {
  let line = 0
  for (const row of rows(text)) {
    line++
    if (row[column.context] === ownContext) continue
    const linkedid = row[column.linkedid]
    const endedAt = new Date(`${row[column.end]?.replace(' ', 'T')}Z`)
    if (!linkedid || Number.isNaN(endedAt.getTime())) {
      throw new Error(
        `Row ${line} of the CDR file has no linkedid or end: set 'usegmtime, loguniqueid, loguserfield, newcdrcolumns = yes' under [csv] of cdr.conf`
      )
    }
    const localOnly = isLocalOnly(row[column.channel] ?? '', row[column.destination] ?? '')
    yield { linkedid, endedAt, answered: row[column.disposition] === 'ANSWERED', localOnly }
  }
}

/** Fields in double quotes with quotes doubled inside, or bare; a last row without its line end is still being written. */
function* rows(text: string): Generator<string[]> {
  let row: string[] = []
  fields.lastIndex = 0
  while (fields.lastIndex < text.length) {
    const [, quoted, bare] = fields.exec(text) ?? []
    row.push(quoted === undefined ? (bare ?? '').replace(/\r$/, '') : quoted.replaceAll('""', '"'))
    if (text[fields.lastIndex] === '\r') fields.lastIndex++
    const next = text[fields.lastIndex]
    fields.lastIndex++
    if (next !== '\n') continue
    yield row
    row = []
  }
}
