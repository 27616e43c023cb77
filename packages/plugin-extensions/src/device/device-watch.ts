import { agentPhones, agentStateChanged, type Kernel } from '@evscallpro/core'
import type { PbxEndpoints } from '@evscallpro/plugin-ami'
import { devicesChanged } from '../events.ts'
import type { Devices } from './devices.ts'

const station = 'extension'
/** States that an agent without a phone cannot be in; a pause and a call last until they end. */
const needPhone = new Set(['ready', 'reserved', 'wrap_up'])

interface Owner {
  readonly user_id: number
  readonly number: string
}

/**
 * Hears from the PBX that devices come and go, in the process that reads its events, and tells it on. An agent at work
 * whose last device is gone, or answers the PBX no more, is `phone_lost` until one is there again.
 */
export class DeviceWatch {
  readonly #kernel: Kernel
  readonly #endpoints: PbxEndpoints
  readonly #devices: Devices
  /** Extensions that are being looked at, and whether they were heard of meanwhile. */
  readonly #looking = new Map<string, { again: boolean }>()
  #stopListening = (): void => {}
  #stopped = false

  constructor(kernel: Kernel, endpoints: PbxEndpoints, devices: Devices) {
    this.#kernel = kernel
    this.#endpoints = endpoints
    this.#devices = devices
  }

  start(): void {
    this.#endpoints.onContact(number => this.#heard(number))
    this.#endpoints.onEvents(() => void this.#lookAtAll())
    this.#stopListening = this.#kernel.events.on(agentStateChanged, async ({ agentId, state, cause }) => {
      if (needPhone.has(state) && cause !== 'phone_back') await this.#checkOne(agentId)
    })
  }

  stop(): void {
    this.#stopped = true
    this.#stopListening()
  }

  /** At once, so that of two devices the one that came first is seen first; one after the other. */
  #heard(number: string): void {
    const under = this.#looking.get(number)
    if (under) under.again = true
    if (under || this.#stopped) return
    this.#looking.set(number, { again: false })
    this.#look(number)
      .catch((err: unknown) => {
        this.#kernel.log.warn({ err, extension: number }, 'registered devices could not be read')
      })
      .finally(() => {
        const { again } = this.#looking.get(number) ?? { again: false }
        this.#looking.delete(number)
        if (again) this.#heard(number)
      })
  }

  async #look(number: string): Promise<void> {
    const account = await this.#kernel
      .db('extensions.accounts')
      .where({ number })
      .first<Owner | undefined>('user_id', 'number')
    if (!account || !this.#endpoints.isUp) return
    const devices = await this.#devices.registered(number)
    const phones = this.#kernel.extensions.one(agentPhones)
    if (devices.some(({ status }) => status !== 'unreachable')) await phones.back(account.user_id, station)
    else await phones.lost(account.user_id, station)
    await this.#kernel.events.emit(devicesChanged, { userId: account.user_id, number })
  }

  /** What happened before was not heard: everybody who is at work here is looked at. */
  async #lookAtAll(): Promise<void> {
    try {
      const numbers: string[] = await this.#kernel
        .db('extensions.accounts as a')
        .join('core.agent_sessions as s', 's.agent_id', 'a.user_id')
        .where({ 's.station': station, 's.logged_out_at': null })
        .orderBy('a.number')
        .pluck('a.number')
      for (const number of numbers) this.#heard(number)
    } catch (err) {
      this.#kernel.log.warn({ err }, 'registered devices could not be read')
    }
  }

  /** He came out of a call or a pause: his phone may have gone meanwhile. */
  async #checkOne(agentId: number): Promise<void> {
    const lost = await this.#kernel
      .db('extensions.accounts as a')
      .where({ 'a.user_id': agentId })
      .whereNotExists(this.#kernel.db('extensions.devices as d').whereRaw('d.number = a.number'))
      .first<Owner | undefined>('a.user_id', 'a.number')
    if (lost) this.#heard(lost.number)
  }
}
