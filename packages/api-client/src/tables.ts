import type { RowsFrame } from './frame.ts'
import type { Link } from './link.ts'
import { LiveTable } from './live.ts'
import type { Platform } from './platform.ts'
import type { LiveRows } from './session.ts'

/** A table that nobody watches any more is closed after so long, ms: an element that is moved comes back at once. */
const lingerMs = 1_000

/** The tables of a session that supervisors watch, by topic. */
export interface Tables {
  /** The table of a topic; the same object for the same topic, whose name decides the type of its rows. */
  table<K extends string | number, Row>(topic: string): LiveRows<K, Row>
  /** Topics that are open: somebody watches them, or did so a moment ago. */
  watched(): string[]
  /** @returns false when the table is closed: nothing of it is kept. */
  take(frame: RowsFrame): boolean
  /** Without a topic: of every table that is open. */
  setStatus(status: LiveRows<never, never>['status'], topic?: string): void
}

/** Makes the tables of one session; `closed` hears which topic is asked for no more. */
export type TablesMaker = (
  link: Pick<Link, 'send'>,
  platform: Platform,
  closed: (topic: string) => void
) => Tables

export const createTables: TablesMaker = (link, platform, closed) => {
  const tables = new Map<string, LiveTable<string | number, unknown>>()
  return {
    table<K extends string | number, Row>(topic: string): LiveRows<K, Row> {
      const found = tables.get(topic)
      // A topic has one type of rows; its name decides.
      if (found) return found as unknown as LiveTable<K, Row>
      let closing: (() => void) | null = null
      const made = new LiveTable<K, Row>(used => {
        closing?.()
        closing = null
        if (!used) {
          closing = platform.after(lingerMs, () => {
            closed(topic)
            link.send({ type: 'unsubscribe', topic })
            made.setStatus('closed')
          })
        } else if (made.status === 'closed' || made.status === 'refused') {
          made.setStatus('loading')
          link.send({ type: 'subscribe', topic })
        }
      })
      tables.set(topic, made as unknown as LiveTable<string | number, unknown>)
      return made
    },
    watched: () => [...tables].filter(([, { status }]) => status !== 'closed').map(([topic]) => topic),
    take(frame) {
      const table = tables.get(frame.topic)
      if (!table || table.status === 'closed') return false
      const rows = new Map(frame.rows)
      if (frame.type === 'snapshot')
        table.replace(rows, frame.at, (a, b) => JSON.stringify(a) === JSON.stringify(b))
      else table.apply(rows, frame.gone, frame.at)
      return true
    },
    setStatus(status, topic) {
      if (topic) tables.get(topic)?.setStatus(status)
      else for (const table of tables.values()) if (table.status !== 'closed') table.setStatus(status)
    }
  }
}
