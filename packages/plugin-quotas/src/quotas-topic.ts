import type { Kernel, RealtimeTopic, TopicRow } from '@evscallpro/core'
import { type BoardRow, readBoard } from './board.ts'
import { ruleChanged } from './events.ts'
import { toWire } from './routes.ts'
import type { RuleRow } from './rule.ts'

/** Rules of one campaign at most. */
const mostRules = 20_000
/** A whole board is read again so often at most, ms, however many contacts come in: some 0.3 s with 10,000 rules. */
const wholeBoardMs = 2_000

/**
 * The quota board of a campaign. Revisions are drawn under the campaign's lock, so that whatever changed since the newest
 * one that was told has a higher one, whichever process changed it. What a rule has left moves without a revision when the
 * list itself changes, by an import for instance: then every rule is read.
 */
export function quotasTopic({ db, clock }: Pick<Kernel, 'db' | 'clock'>): RealtimeTopic {
  const told = new Map<number, number>()
  const tell = (campaignId: number, revisions: readonly number[]): void => {
    told.set(campaignId, Math.max(told.get(campaignId) ?? 0, ...revisions))
  }
  return {
    name: 'quotas',
    permission: 'quotas:read',
    of: 'campaign',
    kinds: ['campaigns', 'quotas', 'lists'],
    gatherMs: kind => (kind === 'lists' ? wholeBoardMs : 250),
    async snapshot({ id }) {
      const rows = await readBoard(db, id!, clock.now(), 0, mostRules)
      if (!told.has(id!))
        tell(
          id!,
          rows.map(({ rule }) => rule.revision)
        )
      return rows.map(rowOf)
    },
    async changes({ id }, facts) {
      const changed = await db('quotas.rules')
        .where({ campaign_id: id })
        .andWhere('revision', '>', told.get(id!) ?? 0)
        .select<Pick<RuleRow, 'id' | 'state' | 'revision'>[]>('id', 'state', 'revision')
      const whole = facts.has('lists')
      if (changed.length === 0 && !whole) return { rows: [], gone: [] }
      tell(
        id!,
        changed.map(({ revision }) => revision)
      )
      const live = changed.filter(({ state }) => state !== 'removed').map(rule => rule.id)
      const rows = await readBoard(db, id!, clock.now(), 0, mostRules, whole ? null : live)
      return {
        rows: rows.map(rowOf),
        gone: changed.filter(({ state }) => state === 'removed').map(rule => rule.id)
      }
    }
  }
}

/**
 * Rules that are made, changed or removed are told to the boards of every process: once for all that changed while the
 * last telling was under way, as ten thousand rules that came in one list are ten thousand events. The returned function
 * ends when everything has been told.
 */
export function tellOfEdits({ db, events, log }: Pick<Kernel, 'db' | 'events' | 'log'>): () => Promise<void> {
  const changed = new Set<number>()
  let telling: Promise<void> | null = null
  const tell = async (): Promise<void> => {
    try {
      while (changed.size > 0) {
        const campaignIds = [...changed]
        changed.clear()
        await db
          .raw("select core.announce('quotas', ?::text[])", [campaignIds.map(String)])
          .catch((err: unknown) => log.error({ err, campaignIds }, 'telling of changed rules failed'))
      }
    } finally {
      telling = null
    }
  }
  events.on(ruleChanged, ({ campaignId }) => {
    changed.add(campaignId)
    telling ??= tell()
  })
  return async () => void (await telling)
}

const rowOf = (board: BoardRow): TopicRow => ({
  key: board.rule.id,
  owner: { siteId: 'every', campaignIds: [board.rule.campaign_id] },
  row: toWire(board)
})
