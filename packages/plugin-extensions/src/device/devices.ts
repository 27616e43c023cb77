import type { Kernel } from '@evscallpro/core'
import type { PbxContact, PbxEndpoints } from '@evscallpro/plugin-ami'
import { DeviceGoneError, PbxAwayError } from '../errors.ts'
import { type Choice, pickDevice } from './pick-device.ts'

/** A registered device. */
export interface Device extends PbxContact {
  /** When it was first seen registered, without a break since. */
  readonly since: Date
}

export interface DeviceView extends Device {
  /** It is the one that the next call rings. */
  readonly rings: boolean
}

interface Known {
  readonly contact_id: string
  readonly since: Date
  readonly seen: number
}

/**
 * The devices registered under an extension. The PBX says which there are; since when is kept here, as it only knows
 * until when.
 */
export class Devices {
  readonly #kernel: Kernel
  readonly #endpoints: PbxEndpoints

  constructor(kernel: Kernel, endpoints: PbxEndpoints) {
    this.#kernel = kernel
    this.#endpoints = endpoints
  }

  /** The devices of an extension now, the last registered first. Throws EXTENSIONS_PBX_AWAY. */
  async registered(number: string): Promise<Device[]> {
    if (!this.#endpoints.isUp) throw new PbxAwayError()
    const contacts = await this.#endpoints.contacts(number)
    const known = await this.#keep(number, contacts)
    return contacts
      .flatMap(contact => {
        const row = known.get(contact.id)
        return row ? [{ ...contact, since: row.since, seen: row.seen }] : []
      })
      .sort((a, b) => b.seen - a.seen)
      .map(({ seen: _, ...device }) => device)
  }

  /** With the mark on the one that rings. */
  async view(userId: number, number: string): Promise<DeviceView[]> {
    const devices = await this.registered(number)
    const ringing = pickDevice(devices, await this.choice(userId))
    return devices.map(device => ({ ...device, rings: device.id === ringing?.id }))
  }

  async choice(userId: number): Promise<Choice | null> {
    const row = await this.#kernel
      .db('extensions.choices')
      .where({ user_id: userId })
      .first<{ contact_id: string; user_agent: string } | undefined>('contact_id', 'user_agent')
    return row ? { contactId: row.contact_id, userAgent: row.user_agent } : null
  }

  /** Null goes back to the one that registered last. Throws EXTENSIONS_DEVICE_GONE. */
  async choose(userId: number, number: string, deviceId: string | null): Promise<void> {
    const { db } = this.#kernel
    if (deviceId === null) return void (await db('extensions.choices').where({ user_id: userId }).delete())
    const device = (await this.registered(number)).find(({ id }) => id === deviceId)
    if (!device) throw new DeviceGoneError()
    await db('extensions.choices')
      .insert({ user_id: userId, contact_id: device.id, user_agent: device.userAgent })
      .onConflict('user_id')
      .merge()
  }

  /** Writes down new devices and forgets those that are gone. */
  async #keep(number: string, contacts: readonly PbxContact[]): Promise<ReadonlyMap<string, Known>> {
    const { db, clock } = this.#kernel
    const read = async (): Promise<Map<string, Known>> => {
      const rows = await db('extensions.devices')
        .where({ number })
        .select<Known[]>('contact_id', 'since', db.raw('seen::int as seen'))
      return new Map(rows.map(row => [row.contact_id, row]))
    }
    const known = await read()
    // Several at once are told apart by what is left of their registrations: the last one has the most.
    const fresh = contacts
      .filter(({ id }) => !known.has(id))
      .sort((a, b) => (a.expiresAt?.getTime() ?? 0) - (b.expiresAt?.getTime() ?? 0))
    const gone = [...known.keys()].filter(id => !contacts.some(contact => contact.id === id))
    if (fresh.length === 0 && gone.length === 0) return known
    if (gone.length > 0) await db('extensions.devices').where({ number }).whereIn('contact_id', gone).delete()
    for (const { id, userAgent } of fresh) {
      await db('extensions.devices')
        .insert({ number, contact_id: id, user_agent: userAgent, since: clock.now() })
        .onConflict(['number', 'contact_id'])
        .ignore()
    }
    return read()
  }
}
