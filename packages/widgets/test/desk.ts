import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { definePlugin, systemClock } from '@evscallpro/core'
import { loginAs } from '@evscallpro/testing'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { buildElements } from '../../../tools/build-elements.ts'
import { listen, pageToken } from '../../core/test/page.ts'
import { type WorkingDay, workingDay } from '../../core/test/working-day.ts'

const number = '+33199001010'
const page = (
  kit: string,
  body: string
) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Desk</title>
<script type="module" src="/elements/${kit}.en.js"></script></head><body>${body}</body></html>`
const html = {
  agent: page(
    'call-kit',
    `<evs-provider screen-pop="/contacts{?phone,callId}" ringtone-src="/ring.wav">
<evs-call-bar></evs-call-bar><evs-agent-state></evs-agent-state>
<evs-click-to-dial number="${number}"></evs-click-to-dial></evs-provider>`
  ),
  supervisor: page('kit', '<evs-provider><evs-live-board></evs-live-board></evs-provider>')
}

/** The page comes from the server itself: Chromium lets no page of unknown origin talk to the loopback. */
const pages = definePlugin({
  name: 'desk',
  version: '1.0.0',
  setup(scope) {
    for (const role of ['agent', 'supervisor'] as const)
      scope.get(
        `/${role}`,
        {
          config: { permission: 'public' },
          schema: { operationId: `${role}Page`, summary: 'A page with elements' }
        },
        async (_request, reply) => reply.type('text/html').send(html[role])
      )
  }
})

/** Notes what the page does to its surroundings: rings, screen pops, states of its connection. */
const notes = `window.seen = { rings: 0, pops: [], connection: [] }
HTMLMediaElement.prototype.play = async function () { seen.rings++ }
addEventListener('evs-screen-pop', event => seen.pops.push(event.detail.callId))
addEventListener('evs-connection-change', event => seen.connection.push(event.detail.state))
addEventListener('evs-leader-change', event => { seen.role = event.detail })
addEventListener('DOMContentLoaded', () => { document.querySelector('evs-provider').getToken = () => freshToken() })`

/** What a page has done so far. */
export interface Seen {
  readonly rings: number
  readonly pops: readonly string[]
  readonly connection: readonly string[]
  readonly role?: { readonly leader: boolean; readonly tabs: number }
}

/** An agent at work in a browser of his own, at a real server with a fake PBX whose clock can be set forward. */
export interface Desk {
  readonly day: WorkingDay
  readonly context: BrowserContext
  /** Tokens that pages were given, oldest first. */
  readonly tokens: readonly string[]
  /** Address of the server. */
  readonly url: string
  /** Address of the page. */
  readonly page: string
  /** Another tab of the same browser, connected. */
  tab(): Promise<Page>
  /** Dials from a tab. @returns the id of the call */
  dial(page: Page): Promise<string>
  /** A browser of a supervisor of the agent's site, with a phone of his own; what it answers opens tabs with the board. */
  supervisor(extension: string): Promise<() => Promise<Page>>
  seen(page: Page): Promise<Seen>
  /** Sets the server's clock forward, ms; the browser's stays. */
  advance(ms: number): void
}

export async function openDesk(t: Parameters<typeof workingDay>[0], browser: Browser): Promise<Desk> {
  let ahead = 0
  const clock = { ...systemClock, now: () => new Date(Date.now() + ahead) }
  const day = await workingDay(t, { clock, plugins: [pages()] })
  const url = await listen(day.app)
  const who = await loginAs(day.app, 'agent', { siteId: day.siteId, extension: '2001' })
  const folder = await buildElements()
  const tokens: string[] = []
  const browserOf = async ({ headers }: typeof who, given: (token: string) => void) => {
    const context = await browser.newContext()
    t.teardown(() => context.close())
    context.setDefaultTimeout(60_000)
    await context.route(`${url}/elements/*`, route =>
      route.fulfill({
        contentType: 'text/javascript',
        body: readFileSync(join(folder, new URL(route.request().url()).pathname.slice('/elements/'.length)))
      })
    )
    await context.exposeFunction('freshToken', async () => {
      const token = await pageToken(day.app, url, headers)
      given(token)
      return token
    })
    await context.addInitScript(notes)
    return context
  }
  const context = await browserOf(who, token => tokens.push(token))
  await day.app.inject({
    method: 'PUT',
    url: '/api/agent/session',
    headers: who.headers,
    payload: { station: 'extension' }
  })
  return {
    day,
    context,
    tokens,
    url,
    page: `${url}/api/desk/agent`,
    async tab() {
      const page = await context.newPage()
      await page.goto(`${url}/api/desk/agent`)
      await page.waitForFunction('window.seen.role')
      return page
    },
    async dial(page) {
      const before = day.pbx.requests.length
      await page.getByRole('link', { name: 'Call 01 99 00 10 10' }).click()
      await page.getByRole('button', { name: 'Cancel the call' }).waitFor()
      return day.pbx.requests[before]!.callId
    },
    async supervisor(extension) {
      const boss = await loginAs(day.app, 'supervisor', { siteId: day.siteId, extension })
      const own = await browserOf(boss, () => {})
      return async () => {
        const tab = await own.newPage()
        await tab.goto(`${url}/api/desk/supervisor`)
        return tab
      }
    },
    seen: page => page.evaluate<Seen>('window.seen'),
    advance(ms) {
      ahead += ms
    }
  }
}
