import type { CommandName, CommandRefusal, CommandResult } from './command.ts'
import { commandErrorCodes } from './command.ts'
import { commandsBy } from './command-request.ts'
import type { HostEvent, SideEffect } from './host-event.ts'
import { Listeners } from './listeners.ts'
import { LiveTable, LiveValue } from './live.ts'
import { createMeValues } from './me-values.ts'
import type { BoardRow, CampaignRow, LiveCall, Me, Profile, QuotaRow } from './model.ts'
import type { Connection, Session, TabRole } from './session.ts'

/** A command that a widget sent to the mock. */
export interface SentCommand {
  readonly name: CommandName
  readonly input: unknown
}

/** What a test of an integrator, or a page of examples, does to the mock. */
export interface MockControls {
  /** Commands in the order in which they came. */
  readonly sent: readonly SentCommand[]
  /** Changes what the screens show of the agent; what is left out stays. */
  setMe(me: Partial<Me>): void
  setProfile(profile: Profile): void
  setConnection(connection: Partial<Connection>): void
  setTab(tab: Partial<TabRole>): void
  /** One of the agent's campaigns has work again. */
  announceWork(): void
  putBoard(rows: readonly BoardRow[], removed?: readonly number[]): void
  putCalls(rows: readonly LiveCall[], removed?: readonly string[]): void
  putCampaigns(rows: readonly CampaignRow[], removed?: readonly number[]): void
  putQuotas(campaignId: number, rows: readonly QuotaRow[], removed?: readonly number[]): void
  emit(event: HostEvent): void
  sideEffect(effect: SideEffect): void
  /** How the next commands of this name are answered; without it they succeed with `null`. */
  answer(name: CommandName, result: CommandResult<unknown> | Promise<CommandResult<unknown>>): void
  /** What `request()` answers to this method and path. */
  respond(method: string, path: string, body: unknown): void
}

export type MockSession = Session & { readonly mock: MockControls }

/** A refusal with a code of the closed list, for `answer()`. Throws for a code that is not on it. */
export function refusal(code: CommandRefusal['code'], retryable = false): CommandRefusal {
  if (!commandErrorCodes.includes(code)) throw new TypeError(`'${code}' is no command error code`)
  return { ok: false, code, message: code, retryable }
}

/**
 * A session without a server: shows what it is told to and remembers what it is asked for; at first an agent who is off
 * duty. For tests of host pages and for pages of examples. Time stands at `now` (ms since 1970) and moves only by assigning a new session or a function.
 */
export function createMockSession({ now = () => Date.now() }: { now?: () => number } = {}): MockSession {
  const values = {
    connection: new LiveValue<Connection>({
      state: 'online',
      since: now(),
      retryAt: null,
      latencyMs: 20,
      reason: null
    }),
    tab: new LiveValue<TabRole>({ id: 'mock', leader: true, tabs: 1 }),
    profile: new LiveValue<Profile | null>(null),
    ...createMeValues(),
    work: new LiveValue(0)
  }
  const board = table<number, BoardRow>()
  const liveCalls = table<string, LiveCall>()
  const campaignBoard = table<number, CampaignRow>()
  const quotas = new Map<number, LiveTable<number, QuotaRow>>()
  const quotasOf = (campaignId: number): LiveTable<number, QuotaRow> => {
    const known = quotas.get(campaignId) ?? table<number, QuotaRow>()
    quotas.set(campaignId, known)
    return known
  }
  const events = new Listeners<HostEvent>()
  const effects = new Listeners<SideEffect>()
  const sent: SentCommand[] = []
  const answers = new Map<CommandName, CommandResult<unknown> | Promise<CommandResult<unknown>>>()
  const responses = new Map<string, unknown>()
  let me: Me = {
    agent: {
      agentId: 1,
      state: 'offline',
      cause: 'never_at_work',
      since: new Date(now()).toISOString(),
      revision: 0,
      pauseReason: null,
      pauseRequested: null,
      station: null,
      campaignIds: null
    },
    call: null,
    lastCall: null,
    handout: null,
    wrapUp: null,
    stations: [],
    campaigns: [],
    pauseReasons: []
  }

  const put = <K, Row>(
    rows: LiveTable<K, Row>,
    changed: readonly Row[],
    keyOf: (row: Row) => K,
    removed: readonly K[]
  ): void => {
    rows.setStatus('live')
    rows.apply(new Map(changed.map(row => [keyOf(row), row])), removed, now())
  }

  const mock: MockControls = {
    sent,
    setMe(changes) {
      me = { ...me, ...changes }
      for (const key of Object.keys(me) as (keyof Me)[]) {
        // Each key of Me is the name of a value that holds its type.
        const value: { set(value: unknown): void } = values[key]
        value.set(me[key])
      }
    },
    setProfile: profile => values.profile.set(profile),
    setConnection: changes => values.connection.set({ ...values.connection.value, ...changes }),
    setTab: changes => values.tab.set({ ...values.tab.value, ...changes }),
    announceWork: () => values.work.set(values.work.value + 1),
    putBoard: (rows, removed = []) => put(board, rows, row => row.agentId, removed),
    putCalls: (rows, removed = []) => put(liveCalls, rows, row => row.callId, removed),
    putCampaigns: (rows, removed = []) => put(campaignBoard, rows, row => row.id, removed),
    putQuotas: (campaignId, rows, removed = []) => put(quotasOf(campaignId), rows, row => row.id, removed),
    emit: event => events.tell(event),
    sideEffect: effect => effects.tell(effect),
    answer: (name, result) => void answers.set(name, result),
    respond: (method, path, body) => void responses.set(`${method} ${path}`, body)
  }
  mock.setMe({})

  return {
    ...values,
    board,
    liveCalls,
    campaignBoard,
    quotas: quotasOf,
    commands: commandsBy(async (name, input) => {
      sent.push({ name, input })
      return (await answers.get(name)) ?? { ok: true, value: null }
    }),
    now,
    connect: () => mock.setConnection({ state: 'online', since: now() }),
    disconnect: () => mock.setConnection({ state: 'idle', since: now() }),
    whenReady: async () => {},
    setFocus() {},
    wake() {},
    onEvent: listener => events.add(listener),
    onSideEffect: listener => effects.add(listener),
    async request<T>(method: string, path: string): Promise<T> {
      if (!responses.has(`${method} ${path}`)) throw new Error(`The mock has no answer to ${method} ${path}`)
      return responses.get(`${method} ${path}`) as T // the test that gave it names its shape
    },
    mock
  }
}

function table<K, Row>(): LiveTable<K, Row> {
  const rows = new LiveTable<K, Row>(used => {
    if (used && rows.status === 'closed') rows.setStatus('loading')
  })
  return rows
}
