import { coreDomain, createApp } from '@evscallpro/core'
import { quotas } from '@evscallpro/plugin-quotas'
import { loginAs } from '@evscallpro/testing'
import t from 'tap'
import { listen, Page, pageToken } from '../../core/test/page.ts'
import { finish, floor, next } from './fixtures/floor.ts'

t.setTimeout(240_000)

t.test('a quota board moves as agents work, also when they work at another process', async t => {
  const day = await floor(t)
  await day.contacts(Array.from({ length: 5 }, () => ({ postalCode: '75011' })))
  const rule = await day.rule({ field: 'postal_code', operator: 'starts_with', value: '75', limit: 2 })
  const second = await createApp({ databaseUrl: day.url, plugins: [coreDomain(), quotas()], logger: false })
  t.teardown(() => second.close())
  const url = await listen(second)
  const boss = await loginAs(second, 'supervisor')
  const page = new Page(url, url)
  t.teardown(() => page.close())
  const topic = `quotas:${day.campaignId}`
  await page.hello(await pageToken(second, url, boss.headers), [topic, 'quotas', 'quotas:0'])
  await page.until(({ type }) => type === 'snapshot')
  t.match(page.row(topic, rule.id), { limit: 2, completed: 0, remaining: 2, operator: 'starts_with' })
  await page.until(frame => frame.type === 'refused' && frame.topic === 'quotas:0')
  t.equal(page.frames.filter(({ type }) => type === 'refused').length, 2, 'a board is that of a campaign')

  const [agent] = await day.agents(1) // at the first process
  const { id } = await next(agent!.send, day.campaignId)
  await page.untilRow(topic, rule.id, row => row?.reserved === 1)
  await finish(agent!.send, id, day.dispositions.sale)
  t.match(await page.untilRow(topic, rule.id, row => row?.completed === 1), { reserved: 0, remaining: 1 })
  const other = await day.rule({ field: 'city', operator: 'equals', value: 'Lyon', limit: 9 })
  await page.untilRow(topic, other.id, row => row?.state === 'active')
  await day.admin('PATCH', `/api/quotas/rules/${rule.id}`, { limit: 3 })
  await page.untilRow(topic, rule.id, row => row?.limit === 3)
  await day.admin('DELETE', `/api/quotas/rules/${other.id}`)
  await page.untilRow(topic, other.id, row => row === undefined)

  // Nothing of the list's own changes is a change of a rule.
  t.match(page.row(topic, rule.id), { contactsLeft: 4 })
  const number = '+33199000001'
  await day.contacts([
    { postalCode: '75012', phones: [number], priority: 1 },
    { postalCode: '75013' },
    { postalCode: '69001' }
  ])
  await page.untilRow(topic, rule.id, row => row?.contactsLeft === 6)
  const { id: moved } = await day.db('core.contacts').where({ postal_code: '69001' }).first('id')
  await day.admin('PATCH', `/api/campaigns/${day.campaignId}/contacts/${moved}`, { postalCode: '75014' })
  await page.untilRow(topic, rule.id, row => row?.contactsLeft === 7)
  await day.admin('POST', '/api/suppressions', { numbers: [number] })
  const after = await next(agent!.send, day.campaignId)
  await finish(agent!.send, after.id, day.dispositions.refusal)
  await page.untilRow(topic, rule.id, row => row?.contactsLeft === 5)
  await day.admin('DELETE', `/api/suppressions/${encodeURIComponent(number)}`)
  await page.untilRow(topic, rule.id, row => row?.contactsLeft === 6)
})
