/** What the compiler must refuse. Checked by `tsc -p tsconfig.test.json`, never run. */
import { Type } from 'typebox'
import {
  agentLegs,
  type Clock,
  defineChain,
  defineEvent,
  definePlugin,
  definePort,
  type Events,
  type Kernel,
  type Wire
} from '../src/index.ts'

declare const kernel: Kernel
declare const events: Events

const port = definePort<(n: number) => string>('a.port')
const chain = defineChain<{ name: string }>('a.chain')
const pinged = defineEvent('a.pinged', { n: Type.Integer() })

export const plugin = definePlugin({
  name: 'a',
  version: '1.0.0',
  config: { limit: Type.Integer({ default: 1 }) },
  setup(scope, { fill, config }) {
    fill(port, n => n.toFixed(config.limit))
    // @ts-expect-error a filler of the wrong shape
    fill(port, { name: 'x' })
    // @ts-expect-error a filler that lacks a member
    fill(chain, { order: 1 })
    fill(agentLegs, { name: 'far', plan: () => ({ refused: { fr: 'Trop loin', en: 'Too far' } }) })
    // @ts-expect-error a station refused without French
    fill(agentLegs, { name: 'far', plan: () => ({ refused: { en: 'Too far' } }) })
    // @ts-expect-error a station refused in one language
    fill(agentLegs, { name: 'far', plan: () => 'Too far' })
    // @ts-expect-error an option nobody declared
    config.limits
    scope.get(
      '/x/:id',
      {
        config: { permission: 'public' },
        schema: {
          params: Type.Object({ id: Type.Integer() }),
          response: { 200: Type.Object({ id: Type.Integer() }) }
        }
      },
      // @ts-expect-error an answer that does not match its schema
      async ({ params }) => ({ id: String(params.id) })
    )
  }
})

plugin({ limit: 2 })
// @ts-expect-error an unknown option
plugin({ limits: 2 })
// @ts-expect-error an option of the wrong type
plugin({ limit: '2' })

kernel.extensions.one(port)(1)
kernel.extensions.all(chain).map(({ name }) => name)
// @ts-expect-error a chain read as a port
kernel.extensions.one(chain)
// @ts-expect-error a port read as a chain
kernel.extensions.all(port)
// @ts-expect-error plugins cannot fill after set-up through the kernel
kernel.extensions.fill(port, () => '')

void events.emit(pinged, { n: 1 })
// @ts-expect-error a payload of the wrong type
void events.emit(pinged, { n: '1' })
events.on(pinged, ({ n }) => void n.toFixed())
// @ts-expect-error a field the payload does not have
events.on(pinged, ({ m }) => void m)

// @ts-expect-error a clock without timers
export const clock: Clock = { now: () => new Date() }

export const wire: Wire<{ site_id: number; created_at: Date | null; phone_1: string }> = {
  siteId: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  phone_1: ''
}
// @ts-expect-error columns do not travel under their own names
export const rowAsWire: Wire<{ site_id: number }> = { site_id: 1 }
