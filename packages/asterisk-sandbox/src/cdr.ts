/**
 * One row of Asterisk's own call detail records. Times are UTC as `YYYY-MM-DD HH:MM:SS`, empty when it never came to it;
 * durations are whole seconds. `linkedid` is what the rows of one call have in common.
 */
export interface CdrRow {
  readonly accountCode: string
  readonly source: string
  readonly destination: string
  readonly context: string
  readonly callerId: string
  readonly channel: string
  readonly destinationChannel: string
  readonly lastApplication: string
  readonly lastData: string
  readonly start: string
  readonly answer: string
  readonly end: string
  readonly durationS: number
  readonly billableS: number
  /** `ANSWERED`, `NO ANSWER`, `BUSY`, `FAILED` or `CONGESTION`. */
  readonly disposition: string
  readonly amaFlags: string
  readonly uniqueid: string
  readonly userfield: string
  readonly peerAccount: string
  readonly linkedid: string
  readonly sequence: number
}

/** Reads the text of `Master.csv` as our `cdr.conf` has it written; a last line that is still being written is left out. */
export function parseCdr(text: string): CdrRow[] {
  return records(text).map(field => {
    const at = (index: number) => field[index] ?? ''
    return {
      accountCode: at(0),
      source: at(1),
      destination: at(2),
      context: at(3),
      callerId: at(4),
      channel: at(5),
      destinationChannel: at(6),
      lastApplication: at(7),
      lastData: at(8),
      start: at(9),
      answer: at(10),
      end: at(11),
      durationS: Number(at(12)),
      billableS: Number(at(13)),
      disposition: at(14),
      amaFlags: at(15),
      uniqueid: at(16),
      userfield: at(17),
      peerAccount: at(18),
      linkedid: at(19),
      sequence: Number(at(20))
    }
  })
}

// fields stand in double quotes, a quote inside them is doubled, numbers stand bare
function records(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let field = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (quoted && char === '"' && text[i + 1] === '"') {
      field += '"'
      i++
    } else if (char === '"') quoted = !quoted
    else if (quoted || (char !== ',' && char !== '\n')) field += char
    else {
      row.push(field)
      field = ''
      if (char === '\n') {
        rows.push(row)
        row = []
      }
    }
  }
  return rows
}
