import websocket from '@fastify/websocket'
import type { Timer } from '../../kernel/clock.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { isApproved } from '../../kernel/origin.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { AgentPages } from '../agent/agent-pages.ts'
import { standingTokens } from '../embed/embed-tokens.ts'
import { OriginNotApprovedError } from '../embed/errors.ts'
import { RealtimeHub } from './hub.ts'
import { SideEffectRegister } from './side-effects.ts'
import { closeCodes, RealtimeSocket, type SocketContext } from './socket.ts'
import { leaseSeconds, TabRegister } from './tabs.ts'

/** Longest frame of a page, bytes. */
const maxPayload = 64 * 1024
/**
 * Large frames are sent compressed to pages that can read it (all browsers): a board of 500 agents is 25 s of a line of 64 kbit/s,
 * or 2 s. Each by itself, without memory of those before it, which would cost every connection some 100 kB.
 */
const perMessageDeflate = {
  threshold: 8 * 1024,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  zlibDeflateOptions: { level: 3 }
}
/** How often connections prove that they live, and tokens that they stand, ms. */
const beatMs = 2_000

/** `/api/realtime`: the one WebSocket of a page, with all that belongs to it. */
export async function registerRealtime(scope: PluginScope, kernel: Kernel): Promise<void> {
  const hub = new RealtimeHub(kernel)
  const server = new RealtimeServer(scope, kernel, hub)
  await scope.register(websocket, {
    options: { maxPayload, perMessageDeflate },
    preClose: () => server.stop()
  })

  scope.get(
    '/realtime',
    {
      websocket: true,
      config: { permission: 'public' }, // the first frame says who it is
      preValidation: async request => {
        const { origin } = request.headers
        if (origin !== undefined && !(await isApproved(kernel.db, request, origin)))
          throw new OriginNotApprovedError(origin)
      }
    },
    (socket, request) => void new RealtimeSocket(server.context, socket, request)
  )
  scope.addHook('onReady', () => server.start())
}

/** The pages connected to this process. */
class RealtimeServer {
  readonly context: SocketContext
  readonly #scope: PluginScope
  readonly #kernel: Kernel
  readonly #hub: RealtimeHub
  readonly #tabs: TabRegister
  readonly #pages: AgentPages
  readonly #effects: SideEffectRegister
  readonly #sockets = new Set<RealtimeSocket>()
  #timer: Timer | null = null
  #beats = 0
  #stopped = false

  constructor(scope: PluginScope, kernel: Kernel, hub: RealtimeHub) {
    this.#scope = scope
    this.#kernel = kernel
    this.#hub = hub
    this.#tabs = new TabRegister(kernel.db, hub.epoch)
    this.#pages = new AgentPages(kernel, leaseSeconds)
    this.#effects = new SideEffectRegister(kernel.db)
    const stopped = (): boolean => this.#stopped
    this.context = {
      kernel,
      hub,
      tabs: this.#tabs,
      pages: this.#pages,
      effects: this.#effects,
      request: request => scope.inject(request),
      opened: socket => void this.#sockets.add(socket),
      closed: socket => void this.#sockets.delete(socket),
      get stopping() {
        return stopped()
      }
    }
    kernel.metrics.gauge(
      { name: 'evs_pages_connected', help: 'Pages connected to this process' },
      () => this.#sockets.size
    )
    const watched = { name: 'evs_topics_watched', help: 'Pages of this process that watch a topic' }
    kernel.metrics.gauge({ ...watched, labels: ['topic'] }, () =>
      [...hub.watchers()].map(([topic, value]) => ({ labels: { topic }, value }))
    )
    hub.onFacts((kind, ids) => {
      if (kind === 'tabs') for (const id of ids) void this.#tellRoles(Number(id))
    })
  }

  async start(): Promise<void> {
    await this.#hub.start()
    this.#arm()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    const { websocketServer } = this.#scope
    for (const client of websocketServer.clients) client.close(closeCodes.restart, 'the server restarts')
    await this.#hub.stop()
    await this.#tabs.close().catch((err: unknown) => this.#failed(err))
    websocketServer.close()
  }

  #arm(): void {
    if (this.#stopped) return
    this.#timer = this.#kernel.clock.setTimeout(() => {
      this.#beat()
        .catch((err: unknown) => this.#failed(err))
        .finally(() => this.#arm())
    }, beatMs)
  }

  async #beat(): Promise<void> {
    if (++this.#beats % 600 === 0) await this.#effects.forget()
    await this.#pages.look()
    if (this.#sockets.size === 0) return
    const ids = [...this.#sockets].flatMap(({ tokenId }) => tokenId ?? [])
    const standing = await standingTokens(this.#kernel.db, this.#kernel.clock.now(), ids)
    for (const socket of this.#sockets) {
      if (socket.tokenId !== null && !standing.has(socket.tokenId))
        socket.close(closeCodes.token, 'the token has ended')
    }
    const agents = [...new Set([...this.#sockets].flatMap(({ agentId }) => agentId ?? []))]
    for (const agentId of await this.#tabs.beat(agents)) await this.#tabs.elect(agentId, null)
  }

  async #tellRoles(agentId: number): Promise<void> {
    const sockets = [...this.#sockets].filter(socket => socket.agentId === agentId)
    if (sockets.length === 0) return
    try {
      const { leader, tabs } = await this.#tabs.current(agentId)
      if (leader === null) return void (await this.#tabs.elect(agentId, null)) // it left with its process; told again
      for (const socket of sockets) socket.setRole(socket.connection === leader, tabs)
    } catch (err) {
      this.#failed(err)
    }
  }

  #failed(err: unknown): void {
    this.#kernel.log.error({ err }, 'looking after connected pages failed; it is tried again')
  }
}
