import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { buildElements } from '../../tools/build-elements.ts'

/** What a page loads, gzip -9, bytes, everything included: Lit, the session, styles, texts. */
export interface Sizes {
  /** Provider, call bar, incoming call, state, click-to-dial; one language (the larger of both). */
  readonly call: number
  /** All elements of an agent; one language. */
  readonly agent: number
  /** What the two boards add. */
  readonly boards: number
  /** The same files with both languages, as kit.js and the others have them. */
  readonly bothLanguages: { readonly call: number; readonly agent: number; readonly all: number }
}

/** Upper limits, bytes. */
export const budget = { call: 25_000, agent: 45_000, boards: 22_000 } as const

export async function sizes(): Promise<Sizes> {
  const folder = await buildElements()
  const gzip = (file: string): number => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length
  const larger = (kit: string): number => Math.max(gzip(`${kit}.fr.js`), gzip(`${kit}.en.js`))
  const agent = larger('agent-kit')
  return {
    call: larger('call-kit'),
    agent,
    boards: larger('kit') - agent,
    bothLanguages: { call: gzip('call-kit.js'), agent: gzip('agent-kit.js'), all: gzip('kit.js') }
  }
}

export interface BoardWork {
  readonly rows: number
  readonly changedPerTick: number
  readonly ticks: number
  /** Rows drawn again, all ticks together: must not exceed those that changed. */
  readonly drawn: number
  readonly changed: number
  /** Median and slowest tick, ms; of this machine, for comparison only. */
  readonly medianMs: number
  readonly slowestMs: number
}

/** A board of 500 rows of which 10 % change at each tick, on a page that has the stage of the elements' tests. */
export async function boardWork(page: Page, rows = 500, ticks = 10): Promise<BoardWork> {
  return (await page.evaluate(`stage.boardWork(${rows}, ${ticks})`)) as BoardWork // see test/page/stage.ts
}
