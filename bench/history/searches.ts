import type { World } from './data.ts'

/** A search with the values of one request; `random` gives a number in [0, 1). */
export interface Search {
  readonly name: string
  query(random: () => number): string
}

const day = 86_400_000

/** Every search that a screen or a CRM makes, the unpleasant ones too: rare values, contradictions, long periods. */
export function searches(world: World, now: number): Search[] {
  const one = (ids: readonly number[], random: () => number): number =>
    ids[Math.floor(ids.length * random())]!
  const contact = (random: () => number): number => 1 + Math.floor(world.contacts * random())
  const number = (random: () => number): string =>
    `331${String((contact(random) * 7919) % 100_000_000).padStart(8, '0')}`
  const iso = (ms: number): string => new Date(ms).toISOString()
  const lately = (random: () => number, days: number, length: number): string => {
    const from = now - days * day * random() - 35 * day
    return `from=${iso(from)}&to=${iso(from + length * day)}`
  }
  const year = `from=${iso(now - 366 * day)}&to=${iso(now)}`
  const halfTime = `from=${iso(now - 230 * day)}&to=${iso(now - 140 * day)}`
  const history = (name: string, query: (random: () => number) => string): Search => ({
    name,
    query: random => `/api/call-history?${query(random)}`
  })
  const stats = (name: string, query: (random: () => number) => string): Search => ({
    name: `stats: ${name}`,
    query: random => `/api/call-stats?${query(random)}`
  })
  const sorted = ['-endedAt', 'endedAt', '-talkMs', 'talkMs', 'startedAt'].flatMap(sort => [
    history(`sort ${sort}`, () => `sort=${sort}`),
    history(`sort ${sort}, campaign`, r => `sort=${sort}&campaignId=${one(world.campaignIds, r)}`),
    history(`sort ${sort}, agent`, r => `sort=${sort}&agentId=${one(world.agentIds, r)}`),
    history(`sort ${sort}, site`, r => `sort=${sort}&siteId=${one(world.siteIds, r)}`),
    history(`sort ${sort}, disposition`, r => `sort=${sort}&dispositionId=${one(world.dispositionIds, r)}`),
    history(`sort ${sort}, one day`, r => `sort=${sort}&${lately(r, 250, 1)}`),
    history(
      `sort ${sort}, campaign, year`,
      r => `sort=${sort}&campaignId=${one(world.campaignIds, r)}&${year}`
    ),
    history(
      `sort ${sort}, campaign that ends midway`,
      r => `sort=${sort}&campaignId=${one(world.endedCampaignIds, r)}&${halfTime}`
    )
  ])
  return [
    history('newest', () => ''),
    history('newest, 500 rows', () => 'limit=500'),
    history(
      'deep page',
      r => `after=${iso(now - 80 * day * r() - 5 * day)}_00000000-0000-0000-0000-000000000000`
    ),
    history(
      'year, deep page',
      r => `${year}&after=${iso(now - 350 * day * r())}_00000000-0000-0000-0000-000000000000`
    ),
    history('one day', r => lately(r, 300, 1)),
    history('campaign', r => `campaignId=${one(world.campaignIds, r)}`),
    history('campaign that is over', r => `campaignId=${one(world.endedCampaignIds, r)}`),
    history('campaign, year', r => `campaignId=${one(world.campaignIds, r)}&${year}`),
    history('agent', r => `agentId=${one(world.agentIds, r)}`),
    history(
      'agent, campaign',
      r => `agentId=${one(world.agentIds, r)}&campaignId=${one(world.campaignIds, r)}`
    ),
    history('agent, outcome', r => `agentId=${one(world.agentIds, r)}&outcome=busy&outcome=rejected`),
    history('contact', r => `contactId=${contact(r)}`),
    history('contact, year', r => `contactId=${contact(r)}&${year}`),
    history('number', r => `number=%2B${number(r)}`),
    history('number, year', r => `number=${number(r)}&${year}`),
    history('last 4 digits', r => `numberEnds=${number(r).slice(-4)}`),
    history('last 4 digits, year', r => `numberEnds=${number(r).slice(-4)}&${year}`),
    history(
      'last 4 digits, campaign',
      r => `numberEnds=${number(r).slice(-4)}&campaignId=${one(world.campaignIds, r)}`
    ),
    history('last 8 digits', r => `numberEnds=${number(r).slice(-8)}`),
    history('outcome, common', () => 'outcome=no_answer'),
    history('outcome, rare', () => 'outcome=blocked'),
    history('outcome, rare, year', () => `outcome=blocked&${year}`),
    history('outcomes, several', () => 'outcome=busy&outcome=abandoned&outcome=blocked'),
    history('outcome, campaign', r => `outcome=abandoned&campaignId=${one(world.campaignIds, r)}`),
    history('site', r => `siteId=${one(world.siteIds, r)}`),
    history('site, outcome', r => `siteId=${one(world.siteIds, r)}&outcome=abandoned`),
    history('disposition', r => `dispositionId=${one(world.dispositionIds, r)}`),
    history('disposition that nobody uses', () => 'dispositionId=0'),
    history(
      'disposition, campaign',
      r => `dispositionId=${one(world.dispositionIds, r)}&campaignId=${one(world.campaignIds, r)}`
    ),
    history('direction, rare', () => 'direction=inbound'),
    history('contradiction', () => 'direction=outbound&outcome=abandoned'),
    history('contradiction, year', () => `direction=outbound&outcome=abandoned&${year}`),
    history(
      'disposition of a call not answered',
      r => `outcome=no_answer&dispositionId=${one(world.dispositionIds, r)}`
    ),
    history(
      'all at once',
      r =>
        `campaignId=${one(world.campaignIds, r)}&agentId=${one(world.agentIds, r)}&outcome=answered&direction=outbound&siteId=${one(world.siteIds, r)}&dispositionId=${one(world.dispositionIds, r)}`
    ),
    ...sorted,
    stats('a campaign by day', r => `groupBy=day&campaignId=${one(world.campaignIds, r)}`),
    stats('a campaign by agent', r => `groupBy=agent&campaignId=${one(world.campaignIds, r)}`),
    stats(
      'a campaign by outcome and disposition',
      r => `groupBy=outcome&groupBy=disposition&campaignId=${one(world.campaignIds, r)}`
    ),
    stats('an agent by day', r => `groupBy=day&agentId=${one(world.agentIds, r)}`),
    stats('the floor by day', () => 'groupBy=day'),
    stats('the floor by agent, one day', r => {
      const date = iso(now - 40 * day - 100 * day * r()).slice(0, 10)
      return `groupBy=agent&from=${date}&to=${date}`
    })
  ]
}
