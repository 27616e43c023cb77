/** One action as it came in: header names as sent, in order. */
export interface Action {
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
}

/** First header of that name (case does not matter), or ''. */
export function header(action: Action, name: string): string {
  const wanted = name.toLowerCase()
  return action.headers.find(([key]) => key.toLowerCase() === wanted)?.[1] ?? ''
}

/** All headers of that name, in order. */
export function headerValues(action: Action, name: string): string[] {
  const wanted = name.toLowerCase()
  return action.headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value)
}

/** What Asterisk takes for yes. */
export function isTrue(value: string): boolean {
  return /^(yes|true|y|t|1|on)$/i.test(value.trim())
}

export type Incoming = { action: Action; fault?: 'line-too-long' | 'too-many-lines' }

/** Limits of manager.c: `inbuf[1025]` and AST_MAX_MANHEADERS. */
const MAX_LINE_BYTES = 1024
const MAX_HEADERS = 128

/** Cuts a connection's bytes into actions; lines end with CRLF or, as manager.c also accepts, with a bare LF. */
export class ActionReader {
  #rest: Buffer = Buffer.alloc(0)
  #headers: Array<[string, string]> = []
  #fault: 'line-too-long' | 'too-many-lines' | undefined

  push(chunk: Buffer): Incoming[] {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    const found: Incoming[] = []
    let from = 0
    for (let lf = data.indexOf(10); lf >= 0; lf = data.indexOf(10, from)) {
      const end = lf > from && data[lf - 1] === 13 ? lf - 1 : lf
      const incoming = this.#line(data, from, end)
      if (incoming) found.push(incoming)
      from = lf + 1
    }
    this.#rest = from === 0 ? data : data.subarray(from)
    if (this.#rest.length > MAX_LINE_BYTES) {
      this.#fault = 'line-too-long'
      this.#rest = this.#rest.subarray(this.#rest.length - 1)
    }
    return found
  }

  #line(data: Buffer, from: number, end: number): Incoming | undefined {
    if (end === from) {
      const incoming: Incoming = { action: { headers: this.#headers } }
      if (this.#fault) incoming.fault = this.#fault
      this.#headers = []
      this.#fault = undefined
      return incoming
    }
    if (end - from > MAX_LINE_BYTES) this.#fault = 'line-too-long'
    else if (this.#headers.length >= MAX_HEADERS) this.#fault = 'too-many-lines'
    else {
      const line = data.toString('utf8', from, end)
      const colon = line.indexOf(':')
      if (colon > 0) this.#headers.push([line.slice(0, colon), line.slice(colon + 1).trim()])
      else this.#headers.push([line, ''])
    }
    return undefined
  }
}

/** Joins header lines to a packet; undefined values leave the line out. */
export function packet(
  lines: ReadonlyArray<readonly [name: string, value: string | number | undefined]>
): string {
  let text = ''
  for (const [name, value] of lines) if (value !== undefined) text += `${name}: ${value}\r\n`
  return `${text}\r\n`
}

/** The ActionID line of an answer, absent when the action had none. */
export function actionIdLine(action: Action): readonly [string, string | undefined] {
  return ['ActionID', header(action, 'ActionID') || undefined]
}
