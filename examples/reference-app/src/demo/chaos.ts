import { setTimeout as sleep } from 'node:timers/promises'
import { type FaultyWire, faultyWire } from './faulty-wire.ts'
import type { ShiftPbx } from './pbx.ts'
import type { ServerProcess } from './server-process.ts'

/** What was done to the shift. */
export interface Faults {
  kills: number
  cuts: number
  halfPackets: number
  duplicatedEvents: number
}

export interface Chaos {
  readonly pbx: ShiftPbx
  readonly faults: Faults
  /** Harms the shift until `stop`; resolves the one when everything stands again. */
  begin(server: ServerProcess): void
  stop(): Promise<void>
}

/** In this order, again and again: the server dies without a word, the wire is cut, it is cut inside a packet. */
const plan = ['kill', 'cut', 'half', 'cut'] as const
const everyMs = 2_500
const duplicateEvery = 20

/** Puts a faulty wire before a PBX. */
export async function chaosOn(pbx: ShiftPbx): Promise<Chaos> {
  const wire: FaultyWire = await faultyWire(
    pbx.env.EVS_AMI_HOST!,
    Number(pbx.env.EVS_AMI_PORT),
    duplicateEvery
  )
  const faults: Faults = { kills: 0, cuts: 0, halfPackets: 0, duplicatedEvents: 0 }
  const ending = new AbortController()
  let harm: Promise<void> = Promise.resolve()

  const harmUntilEnd = async (server: ServerProcess): Promise<void> => {
    for (let turn = 0; !ending.signal.aborted; turn++) {
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => {})
      if (ending.signal.aborted) return
      const fault = plan[turn % plan.length]
      if (fault === 'kill') {
        await server.kill()
        await server.start()
        faults.kills++
      } else if (fault === 'half') {
        wire.cutMidPacket()
        faults.halfPackets++
      } else {
        wire.cut()
        faults.cuts++
      }
      faults.duplicatedEvents = wire.duplicated
    }
  }

  return {
    pbx: {
      ...pbx,
      env: { ...pbx.env, EVS_AMI_HOST: wire.host, EVS_AMI_PORT: String(wire.port) },
      async down() {
        await wire.close()
        await pbx.down()
      }
    },
    faults,
    begin(server) {
      harm = harmUntilEnd(server)
    },
    async stop() {
      ending.abort()
      await harm
    }
  }
}
