// Speed of dispatch under quotas, through the dispatch service. Small by default; --full for the sizes of
// docs/reference/performance-quotas.md; --check for the ratios alone; --only main,hot,independent,edit,processes,faq.
// Ends with code 1 when a ratio is not held.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { openFloor } from './quotas/floor.ts'
import { liveEdit } from './quotas/live-edit.ts'
import { fillRules, type Load, load, round, wrong } from './quotas/measure.ts'
import { naiveNext } from './quotas/naive.ts'
import { hot, independent, overlapping } from './quotas/workload.ts'

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    contacts: { type: 'string' },
    rules: { type: 'string' },
    agents: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string' }
  }
})
const number = (given: string | undefined, check: number, small: number, full: number): number =>
  given === undefined ? (options.check ? check : options.full ? full : small) : Number(given)
const size = number(options.contacts, 5_000, 20_000, 1_000_000)
const rules = number(options.rules, 10_000, 2_000, 10_000)
const agents = number(options.agents, 20, 50, 200)
const seconds = number(options.seconds, 2, 3, 15)
/** Two waits a dispatch: 200 agents then make some 420 dispatches a second. */
const thinkMs = options.full ? 238 : 60

const results: Record<string, unknown> = { contacts: size, rules, agents, seconds, node: process.version }
const misses: string[] = []
const say = (name: string, value: unknown): void => {
  results[name] = value
  if (!options.json) console.log(`${name}: ${JSON.stringify(value)}`)
}
const hold = (holds: boolean, sentence: string): void => {
  if (!holds) misses.push(sentence)
}
const only = options.only ?? (options.check ? 'main,faq' : undefined)
const wanted = (name: string): boolean => only === undefined || only.split(',').includes(name)

const floor = await openFloor(agents)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    console.error(`Ended by ${signal} after: ${Object.keys(results).slice(5).join(', ')}`)
    void floor.close().finally(() => process.exit(130))
  })
const { db } = floor.app.kernel
try {
  say('server', (await db.raw('show server_version')).rows[0].server_version)

  if (wanted('main')) {
    const few = await floor.campaign(overlapping(5, size), size)
    const many = await floor.campaign(overlapping(rules, size), size)
    say('import', {
      fewRulesPerSecond: Math.round((size / few.importMs) * 1000),
      manyRulesPerSecond: Math.round((size / many.importMs) * 1000),
      segments: many.segments
    })
    await load(floor, few, 1, 0)
    await load(floor, many, 1, 0)
    if (!options.check) say('paced, many rules', await load(floor, many, seconds, thinkMs))
    // In turns, so that a busy machine meets both alike; the least of each counts.
    const cost = { few: Infinity, many: Infinity }
    const rate = { few: 0, many: 0 }
    for (let turn = 0; turn < 3; turn++) {
      for (const [name, campaign] of [
        ['few', few],
        ['many', many]
      ] as const) {
        const { databaseUs, nodeUs, perSecond } = await load(floor, campaign, seconds / 3, 0)
        cost[name] = Math.min(cost[name], (databaseUs ?? 1e6 / perSecond) + nodeUs)
        rate[name] = Math.max(rate[name], perSecond)
      }
    }
    const ratio = round(cost.many / cost.few)
    say('flat out', { perSecond: rate, processorUs: cost, costRatio: ratio })
    hold(
      ratio <= 2,
      `A dispatch with ${rules} rules costs ${ratio} times what it costs with 5; at most 2 is allowed`
    )
    const differences = await wrong(floor, many)
    hold(differences === 0, `${differences} counters differ from the recount`)

    if (!options.check) {
      const filling = performance.now()
      await fillRules(floor, many)
      say('filling 80 % of the rules', { ms: Math.round(performance.now() - filling) })
      say('80 % full, one agent', await load(floor, many, Math.min(3, seconds), 0, floor.agents.slice(0, 1)))
      say('80 % full, flat out', await load(floor, many, Math.min(3, seconds), 0))
    }
  }

  if (wanted('hot')) {
    const campaign = await floor.campaign(hot(size), size)
    say('hot rule, paced', await load(floor, campaign, seconds, thinkMs))
    say('hot rule, flat out', await load(floor, campaign, seconds, 0))
  }

  if (wanted('independent')) {
    const campaign = await floor.campaign(independent(size), size, true)
    say('independent rules', {
      segments: campaign.segments,
      importPerSecond: Math.round((size / campaign.importMs) * 1000)
    })
    say('independent rules, paced', await load(floor, campaign, seconds, thinkMs))
    say('independent rules, flat out', await load(floor, campaign, seconds, 0))
  }

  if (wanted('edit')) {
    const campaign = await floor.campaign(overlapping(Math.min(500, rules), size), size)
    const edited = await liveEdit(floor, campaign)
    say('live edit, a rule that half of the contacts meet', edited)
    hold(edited.lock.max <= 50, `A live edit held the lock for ${edited.lock.max} ms; 50 ms are allowed`)
  }

  if (wanted('processes')) {
    const campaign = await floor.campaign(overlapping(rules, size), size)
    await load(floor, campaign, 1, 0)
    const half = floor.agents.length / 2
    const [here, there] = await Promise.all([
      load(floor, campaign, seconds, 0, floor.agents.slice(0, half)),
      secondProcess(campaign.id, floor.agents.slice(half))
    ])
    say('two processes, flat out', { here, there, wrong: await wrong(floor, campaign) })
  }

  if (wanted('faq')) {
    const campaign = await floor.campaign(overlapping(500, 5_000), 5_000)
    const one = floor.agents.slice(0, 1)
    await load(floor, campaign, seconds, 0, one)
    await fillRules(floor, campaign)
    const ours = (await load(floor, campaign, seconds, 0, one)).next
    const naive = await naiveNext(db, campaign.id, options.check ? 10 : 50)
    const factor = round(naive.p50 / ours.p50)
    say('5,000 contacts x 500 rules, one agent', { ours, naive, factor })
    hold(
      factor >= 5,
      `A request takes ${ours.p50} ms, the naive algorithm ${naive.p50} ms: at least 5 times faster is asked for`
    )
  }
} finally {
  await floor.close()
}

async function secondProcess(campaignId: number, agentIds: readonly number[]): Promise<Load> {
  const program = fileURLToPath(new URL('quotas/second-process.ts', import.meta.url))
  const given = [floor.url, String(campaignId), String(seconds), agentIds.join(',')]
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program, ...given])
  return JSON.parse(stdout)
}

if (options.json) console.log(JSON.stringify({ ...results, misses }, null, 2))
for (const miss of misses) console.error(miss)
process.exitCode = misses.length > 0 ? 1 : 0
