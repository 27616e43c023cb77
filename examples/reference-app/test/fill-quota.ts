import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { Api } from '../src/demo/api.ts'
import { button, says } from './tours.ts'
import type { WebStage } from './web-stage.ts'

interface Granted {
  readonly handout: { readonly id: number } | null
}

/** In the page: every figure that the board has shown of a rule. */
const note = (rule: string): string => `(() => {
  const root = document.querySelector('evs-quota-board').shadowRoot
  window.figures = []
  const look = () => {
    const now = root.querySelector('[role=meter][aria-label="${rule}"]')?.getAttribute('aria-valuetext')
    if (now && now !== figures.at(-1)) figures.push(now)
  }
  new MutationObserver(look).observe(root, { subtree: true, childList: true, attributes: true })
  look()
})()`

/**
 * Two agents fill a rule of two on a real server while a supervisor looks on: the board shows what is reserved, then
 * that it is full, never a figure above the limit; nobody is handed a contact beyond it.
 */
export async function fillQuota(t: Test, stage: WebStage, page: Page): Promise<void> {
  const agents = [await stage.agent(4, '1101', 5), await stage.agent(6)]
  const { campaignId, campaign } = agents[0]!
  const agentIds = await Promise.all(agents.map(({ login }) => stage.idOf(login)))
  await stage.admin.put(`/api/campaigns/${campaignId}/agents`, { agentIds })
  const rules = `/api/quotas/campaigns/${campaignId}/rules`
  await stage.admin.post(rules, {
    label: 'Angers',
    field: 'city',
    operator: 'equals',
    value: 'Angers',
    limit: 2
  })
  await stage.admin.post(rules, {
    label: 'Anjou',
    field: 'postal_code',
    operator: 'starts_with',
    value: '49',
    limit: 9
  })
  const [first, second] = (await Promise.all(
    agents.map(async ({ login, password }) => {
      const api = await new Api(stage.server.base).login(login, password)
      await api.put('/api/agent/session', { station: 'extension' })
      return api
    })
  )) as [Api, Api]
  const { items: dispositions } = await first.get<{ items: { id: number; code: string }[] }>(
    `/api/campaigns/${campaignId}/dispositions`
  )
  const idOf = (code: string): number => dispositions.find(each => each.code === code)!.id
  const sale = idOf('sale')
  const next = async (api: Api, waitSeconds = 0): Promise<number | null> =>
    (await api.post<Granted>('/api/handouts', { campaignId, waitSeconds })).handout?.id ?? null
  const sell = async (api: Api, handout: number | null): Promise<void> => {
    const { callId } = await api.post<{ callId: string }>(`/api/handouts/${handout}/calls`, {})
    const until = async (path: string, state: string): Promise<void> => {
      for (;;) {
        const answer = await api.get<{ state?: string; live?: { state: string } | null }>(path)
        if ((answer.live ?? answer).state === state) return
        await page.waitForTimeout(100)
      }
    }
    await until(`/api/calls/${callId}`, 'talking')
    await api.post(`/api/handouts/${handout}/finalise`, { qualification: { dispositionId: sale } })
    await until('/api/agent/state', 'ready')
  }

  await page.goto(`${stage.server.base}/supervisor#quotas`)
  await page.locator('#campaign').selectOption({ label: campaign })
  await says(page, 'about 4 contacts will be missing')
  await page.evaluate(note('Angers'))
  const board = page.locator('evs-quota-board')
  await board.getByText('2 left').waitFor()
  // The rules are new: contacts may still be sorted by them.
  const promised = await next(first, 20)
  await first.post(`/api/handouts/${promised}/finalise`, {
    qualification: {
      dispositionId: idOf('callback'),
      callbackAt: new Date(Date.now() + 7_200_000).toISOString(),
      callbackPersonal: true
    }
  })
  const handouts = [await next(first, 20), await next(second, 20)]
  t.ok(
    handouts.every(id => id !== null),
    'both are handed a contact'
  )
  await board.getByText('All left are reserved').waitFor()
  await sell(first, handouts[0]!)
  t.equal(await next(first), null, 'what is left is in the other’s hands')
  await sell(second, handouts[1]!)
  await board.getByText('Full: no more calls').waitFor()
  t.equal(await next(second), null, 'it is full')
  const figures = await page.evaluate<string[]>('figures')
  t.comment(figures.join(' · '))
  t.equal(figures.at(-1), '2 + 0 / 2', 'the counter reaches the limit')
  t.ok(
    figures.every(each => {
      const [completed = 0, reserved = 0, limit = 0] = (each.match(/\d+/g) ?? []).map(Number)
      return completed + reserved <= limit
    }),
    'and is never above it'
  )
  await decideHeldBack(t, stage, page, campaign)
}

/** The promised callback is held back now: the supervisor sees it, raises the limit, and gives it up when it is full again. */
async function decideHeldBack(t: Test, stage: WebStage, page: Page, campaign: string): Promise<void> {
  const held = page.locator('app-held-callbacks')
  const row = held.getByRole('row').filter({ hasText: campaign })
  await row.filter({ hasText: 'Hélène Lefèvre' }).filter({ hasText: 'Angers · full' }).waitFor()
  t.same(await stage.axe(page, 'a callback that is held back'), [])
  await stage.look(page, 'fr', 'light')
  await says(page, 'Rappels retenus · 1')
  await row.filter({ hasText: 'Angers · complète' }).waitFor()
  await stage.look(page, 'en', 'light')

  const limit = async (value: string): Promise<void> => {
    await page.getByLabel('Limit').fill(value)
    await button(page, 'Save').click()
    await button(page, 'Save').waitFor({ state: 'hidden' })
  }
  await row.getByRole('button', { name: 'Change the rule Angers' }).click()
  await page.locator('app-record-form :focus').waitFor()
  t.equal(await page.getByLabel('Limit').inputValue(), '2', 'the form of that rule')
  await limit('3')
  await row.waitFor({ state: 'detached' })
  await button(page, 'Change Angers').click()
  await limit('2')

  const giveUp = row.getByRole('button', { name: /^Give up the callback of Hélène/ })
  await giveUp.click()
  await page.locator(':focus:text-is("Keep")').press('Enter')
  await page.locator('[data-gives]:focus').waitFor()
  await page.keyboard.press('Enter')
  t.same(await stage.axe(page, 'a callback that is to be given up'), [])
  await stage.look(page, 'en', 'light')
  await button(page, 'Yes, give up').click()
  await row.waitFor({ state: 'detached' })
  await held.locator('h2:focus').waitFor()
  const { items } = await stage.admin.get<{ items: { campaignName: string }[] }>(
    '/api/callbacks?heldBack=true'
  )
  t.notOk(
    items.some(({ campaignName }) => campaignName === campaign),
    'it is held back no more'
  )
}
