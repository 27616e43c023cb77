import type { AmiLink } from '../link/ami-link.ts'
import { header } from '../link/packet.ts'
import type { PbxContact, PbxEndpoints } from './pbx-endpoints.ts'

const extensionForm = /^\d{1,20}$/

/** SIP accounts over AMI with the write classes call, originate and reporting: all questions are `Getvar`. */
export class AmiEndpoints implements PbxEndpoints {
  readonly #actions: AmiLink
  readonly #events: AmiLink

  constructor(actions: AmiLink, events: AmiLink) {
    this.#actions = actions
    this.#events = events
  }

  get isUp(): boolean {
    return this.#actions.isUp
  }

  async contacts(extension: string): Promise<PbxContact[]> {
    const ids = await this.#read(`PJSIP_AOR(${checked(extension)},contact)`)
    const contacts = await Promise.all(
      ids
        .split(',')
        .filter(Boolean)
        .map(id => this.#contact(id))
    )
    return contacts.filter(contact => contact.uri !== '') // it went between the two questions
  }

  async setting(extension: string, object: 'endpoint' | 'auth' | 'aor', name: string): Promise<string> {
    return await this.#read(`AST_SORCERY(res_pjsip,${object},${checked(extension)},${name})`)
  }

  async forget(extension: string): Promise<void> {
    await this.#actions.action({
      Action: 'Originate',
      Channel: `Local/${checked(extension)}@evs-cache/n`,
      Application: 'NoOp',
      Async: 'true'
    })
  }

  onContact(listener: (extension: string) => void): void {
    // Asterisk may say the same status again at every OPTIONS; only what changes is told.
    const statusOf = new Map<string, string>()
    this.#events.on('down', () => statusOf.clear())
    this.#events.on('event', packet => {
      if (header(packet, 'Event') !== 'ContactStatus') return
      const extension = header(packet, 'AOR') ?? ''
      if (!extensionForm.test(extension)) return
      const device = `${extension} ${header(packet, 'URI') ?? ''}`
      const status = header(packet, 'ContactStatus') ?? ''
      if (statusOf.get(device) === status) return
      if (status === 'Removed') statusOf.delete(device)
      else statusOf.set(device, status)
      listener(extension)
    })
  }

  onUp(listener: () => void): void {
    this.#actions.on('up', listener)
  }

  onEvents(listener: () => void): void {
    this.#events.on('up', listener)
  }

  async #contact(id: string): Promise<PbxContact> {
    const field = (name: string) => this.#read(`PJSIP_CONTACT(${id},${name})`)
    const [uri, userAgent, address, status, rtt, expires] = await Promise.all([
      field('uri'),
      field('user_agent'),
      field('via_addr'),
      field('status'),
      field('rtt'),
      field('expiration_time')
    ])
    return {
      id,
      uri,
      userAgent,
      address,
      status: status === 'Reachable' ? 'reachable' : status === 'Unreachable' ? 'unreachable' : 'unknown',
      roundTripMs: /^\d+$/.test(rtt) && status === 'Reachable' ? Number(rtt) / 1000 : null,
      expiresAt: Number(expires) > 0 ? new Date(Number(expires) * 1000) : null
    }
  }

  async #read(expression: string): Promise<string> {
    const answer = await this.#actions.action({ Action: 'Getvar', Variable: expression })
    return header(answer, 'Value') ?? ''
  }
}

/** It goes into a dialplan expression: digits only, whoever calls. */
function checked(extension: string): string {
  if (extensionForm.test(extension)) return extension
  throw new Error('an extension of a SIP account is made of digits')
}
