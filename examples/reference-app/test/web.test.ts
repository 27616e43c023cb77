import type { Page } from 'playwright-core'
import t from 'tap'
import { withoutChromium } from '../../../packages/widgets/test/chromium.ts'
import { Api } from '../src/demo/api.ts'
import { startSlowLine } from './slow-line.ts'
import { WebStage } from './web-stage.ts'

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first()
const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor()

/** From the sign-in to a running call, by the mouse. */
async function call(page: Page): Promise<void> {
  const start = button(page, 'Start my shift')
  const next = button(page, 'Next contact')
  await start.or(next).first().waitFor()
  if (await start.isVisible()) await start.click()
  await next.click()
  await button(page, /^Call [\d+]/).click()
  await button(page, /^Hang up/).waitFor()
  await page.locator('evs-call-bar').getByText('Talking').first().waitFor()
}

/** Chooses a disposition and finishes. */
async function qualify(page: Page, finish: 'Finalise the call' | 'Save and finish'): Promise<void> {
  await page.locator('evs-wrap-up').getByText('Refusal').click()
  await button(page, finish).click()
  await button(page, 'Next contact').waitFor()
}

t.test('the pages in a real browser', { skip: withoutChromium, timeout: 540_000 }, async t => {
  const stage = await WebStage.start()
  t.teardown(() => stage.close())

  t.test('an agent goes from sign-in to qualification by mouse', async t => {
    const { context, page } = await stage.person(await stage.agent(1))
    t.teardown(() => context.close())
    await call(page)
    await says(page, 'Hélène Lefèvre 1')
    await button(page, /^Hang up/).click()
    await qualify(page, 'Save and finish')
    await call(page)
    await qualify(page, 'Finalise the call')
    t.pass('the second call is ended by finalising it')
  })

  t.test('and by the keyboard alone', async t => {
    const { context, page } = await stage.person(await stage.agent(2))
    t.teardown(() => context.close())
    /** Tab until the control that is wanted has the focus. */
    const reach = async (name: RegExp): Promise<void> => {
      for (let i = 0; i < 80; i++) {
        await page.keyboard.press('Tab')
        const here = await page.evaluate<string>(
          `(() => { let n = document.activeElement; while (n?.shadowRoot?.activeElement) n = n.shadowRoot.activeElement; return n ? (n.getAttribute('aria-label') || n.textContent || n.name || '').trim() : '' })()`
        )
        if (name.test(here)) return
      }
      throw new Error(`${String(name)} is not reached by Tab`)
    }
    await button(page, 'Start my shift').waitFor()
    await reach(/^Start my shift/)
    await page.keyboard.press('Enter')
    await button(page, 'Next contact').waitFor()
    await reach(/^Next contact/)
    await page.keyboard.press('Enter')
    await button(page, /^Call [\d+]/).waitFor()
    await reach(/^Call [\d+]/)
    await page.keyboard.press('Enter')
    await button(page, /^Hang up/).waitFor()
    await reach(/^Hang up/)
    await page.keyboard.press('Enter')
    await button(page, 'Save and finish').waitFor()
    await reach(/^disposition/)
    await page.keyboard.press('2')
    await page.keyboard.press('Tab')
    await reach(/^Save and finish/)
    await page.keyboard.press('Enter')
    await button(page, 'Next contact').waitFor()
    t.pass('no mouse was needed')
  })

  t.test('a reload in mid-call shows the right bar, and what was typed; the call is untouched', async t => {
    const agent = await stage.agent(3)
    const { context, page } = await stage.person(agent)
    t.teardown(() => context.close())
    await call(page)
    const callId = await liveCall(stage, agent.campaignId)
    t.ok(callId, 'a call is in flight')
    await page.locator('evs-wrap-up textarea').fill('Prefers the evening')
    const before = Date.now()
    await page.reload({ waitUntil: 'commit' })
    await button(page, /^Hang up/).waitFor()
    t.comment(`bar after ${Date.now() - before} ms`)
    t.equal(await page.locator('evs-wrap-up textarea').inputValue(), 'Prefers the evening')
    t.equal(await liveCall(stage, agent.campaignId), callId)
    await qualify(page, 'Finalise the call')
  })

  t.test('two tabs give one screen pop, in the one that is looked at', async t => {
    const { context, page } = await stage.person(await stage.agent(4))
    t.teardown(() => context.close())
    const other = await stage.tab(context)
    await other.goto(`${stage.server.base}/agent`, { waitUntil: 'commit' })
    for (const each of [page, other]) {
      await each.locator('evs-provider').waitFor({ state: 'attached' })
      await each.evaluate(
        `window.pops = 0; document.addEventListener('evs-screen-pop', () => { window.pops++ })`
      )
    }
    await page.bringToFront()
    await call(page)
    await button(other, /^Hang up/).waitFor()
    const pops = await Promise.all([page, other].map(each => each.evaluate<number>('window.pops')))
    t.equal(pops[0]! + pops[1]!, 1, 'one tab opens the contact')
    await qualify(page, 'Finalise the call')
  })

  t.test('the server is killed and started again in mid-call: the screen says so, and heals', async t => {
    const { context, page } = await stage.person(await stage.agent(5))
    t.teardown(() => context.close())
    await call(page)
    await stage.server.kill()
    await says(page, /Offline for/)
    await stage.server.start()
    await page
      .getByText(/Offline for/)
      .first()
      .waitFor({ state: 'hidden', timeout: 60_000 })
    await button(page, /^Hang up/).click()
    await qualify(page, 'Save and finish')
    t.pass('the same page went on')
  })

  t.test('the token ends in mid-call: it is renewed, and nobody notices', async t => {
    const agent = await stage.agent(6)
    const { context, page } = await stage.person(agent)
    t.teardown(() => context.close())
    let ids: string[] = []
    page.on('response', async response => {
      if (response.url().endsWith('/api/auth/embed-token') && response.ok())
        ids.push(((await response.json()) as { id: string }).id)
    })
    await page.reload()
    await call(page)
    const old = ids
    ids = []
    for (const id of old) await stage.admin.delete(`/api/embed-tokens/${id}`)
    const renewed = Date.now() + 60_000
    while (ids.length === 0 && Date.now() < renewed) await page.waitForTimeout(100)
    t.ok(ids.length > 0, 'a new token was asked for')
    t.match(page.url(), /\/agent$/, 'without signing in again')
    await qualify(page, 'Finalise the call')
  })

  t.test(
    'on a bad line the desk loads, commands are answered within 3 s, a double click is one call',
    async t => {
      const line = await startSlowLine(stage.port, {
        bitsPerSecond: 64_000,
        roundTripMs: 800,
        loss: 0.05,
        retransmitMs: 1000
      })
      t.teardown(() => line.close())
      const agent = await stage.agent(1)
      await (await new Api(stage.server.base).login(agent.login, agent.password)).put('/api/agent/session', {
        station: 'extension'
      })
      const { context, page } = await stage.person(agent, {}, line.base)
      t.teardown(() => context.close())
      const loading = Date.now()
      const next = button(page, 'Next contact')
      await button(page, 'Start my shift').or(next).first().waitFor({ timeout: 90_000 })
      t.comment(`desk after ${Date.now() - loading} ms from the sign-in`)
      await next.click()
      const ring = button(page, /^Call [\d+]/)
      await ring.waitFor()
      const clicked = Date.now()
      await ring.dblclick()
      await page
        .locator('evs-call-bar')
        .getByRole('button', { name: /Cancel the call|^Hang up/ })
        .or(page.getByRole('alert'))
        .first()
        .waitFor()
      t.comment(`acknowledged or refused after ${Date.now() - clicked} ms`)
      await page.locator('evs-call-bar').getByText('Talking').first().waitFor()
      const { items } = await stage.admin.get<{ items: object[] }>('/api/calls')
      t.equal(items.length, 1, 'one call')
      await qualify(page, 'Finalise the call')
    }
  )

  t.test('axe finds nothing on any page, light and dark, French and English', async t => {
    const people = [
      { login: 'agent2', pages: ['/agent#desk', '/agent#history'] },
      {
        login: 'superviseur',
        pages: ['floor', 'calls', 'campaigns', 'quotas', 'history'].map(view => `/supervisor#${view}`)
      },
      {
        login: 'admin',
        pages: ['users', 'sites', 'trunks', 'extensions', 'embedding'].map(view => `/admin#${view}`)
      }
    ]
    for (const look of [
      { language: 'fr', theme: 'light' },
      { language: 'en', theme: 'dark' }
    ] as const) {
      for (const { login, pages } of people) {
        const { context, page } = await stage.person({ login, password: await stage.passwordOf(login) }, look)
        for (const path of pages) {
          await page.goto(stage.server.base + path)
          await page.locator('main').waitFor()
          await page.waitForLoadState('networkidle')
          t.same(await stage.axe(page), [], `${path} ${look.language} ${look.theme}`)
        }
        await context.close()
      }
    }
  })

  t.test('no page broke the content security policy or threw', async t => {
    t.same(stage.errors, [])
  })
})

/** The call in flight of a campaign. */
async function liveCall(stage: WebStage, campaignId: number): Promise<string | undefined> {
  const { items } = await stage.admin.get<{ items: { callId: string; campaignId: number }[] }>('/api/calls')
  return items.find(each => each.campaignId === campaignId)?.callId
}
