import type { Kernel } from '@evscallpro/core'
import type { PbxEndpoints } from '@evscallpro/plugin-ami'
import { devicesChanged } from '../events.ts'
import type { Devices } from './devices.ts'

/** Hears from the PBX that devices come and go, in the process that reads its events, and tells it on. */
export class DeviceWatch {
  readonly #kernel: Kernel
  readonly #endpoints: PbxEndpoints
  readonly #devices: Devices
  /** Extensions that are being looked at, and whether they were heard of meanwhile. */
  readonly #looking = new Map<string, { again: boolean }>()
  #stopped = false

  constructor(kernel: Kernel, endpoints: PbxEndpoints, devices: Devices) {
    this.#kernel = kernel
    this.#endpoints = endpoints
    this.#devices = devices
  }

  start(): void {
    this.#endpoints.onContact(number => this.#heard(number))
  }

  stop(): void {
    this.#stopped = true
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
      .first<{ user_id: number } | undefined>('user_id')
    if (!account || !this.#endpoints.isUp) return
    await this.#devices.registered(number)
    await this.#kernel.events.emit(devicesChanged, { userId: account.user_id, number })
  }
}
