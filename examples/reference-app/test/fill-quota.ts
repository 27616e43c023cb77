import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { Api } from '../src/demo/api.ts'
import { says } from './tours.ts'
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
  const sale = dispositions.find(({ code }) => code === 'sale')!.id
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
}
