import type { FastifyBaseLogger } from 'fastify'
import type { AmiLink } from '../link/ami-link.ts'
import { header, type WirePacket } from '../link/packet.ts'
import type { AmiUp } from '../link/session.ts'
import { checkAccount, type Finding } from './account-check.ts'

const noSystem: Finding = {
  kind: 'advice',
  sentence:
    "The AMI account lacks the read class 'system': restarts of Asterisk and the state of trunks are not seen; add it to 'read' of the account in manager.conf"
}
const noTimestamp: Finding = {
  kind: 'advice',
  sentence:
    "Events bear no Timestamp: times of calls are those of arrival and late under load; set 'timestampevents = yes' in [general] of manager.conf"
}
const noVariables: Finding = {
  kind: 'advice',
  sentence:
    "Events bear no channel variables: calls through Local channels and held legs are told apart by less; set 'channelvars = EVS_CALL_ID,EVS_LEG' in [general] of manager.conf"
}

/** What is wrong with the PBX's side, looked at whenever a session comes up; each finding is told to the log once. */
export class PbxCheck {
  readonly #log: FastifyBaseLogger
  readonly #pbx: string
  #account: readonly Finding[] = []
  readonly #events = new Set<Finding>()
  readonly #told = new Set<string>()
  asteriskVersion: string | null = null

  constructor(pbx: string, actions: AmiLink, events: AmiLink, log: FastifyBaseLogger) {
    this.#pbx = pbx
    this.#log = log
    actions.on('up', () => {
      this.#askAbout(actions).catch(err => log.warn({ err, pbx }, 'the AMI account could not be checked'))
    })
    events.on('up', up => this.#sessionBegan(events, up))
  }

  get findings(): readonly Finding[] {
    return [...this.#account, ...this.#events]
  }

  /** What keeps this server from its work, as one text; null when nothing does. */
  get failure(): string | null {
    const missing = this.findings.filter(({ kind }) => kind === 'missing')
    return missing.length === 0 ? null : missing.map(({ sentence }) => sentence).join('. ')
  }

  async #askAbout(actions: AmiLink): Promise<void> {
    const { asteriskVersion, findings } = await checkAccount(actions)
    this.asteriskVersion = asteriskVersion
    this.#account = findings
    this.#tell(findings)
  }

  /** Configuration may have changed since the last session: its first channel shows what events bear now. */
  #sessionBegan(events: AmiLink, { uptimeS }: AmiUp): void {
    this.#events.clear()
    if (uptimeS === undefined) this.#events.add(noSystem)
    const look = (packet: WirePacket): void => {
      if (header(packet, 'Event') !== 'Newchannel') return
      events.off('event', look)
      if (header(packet, 'Timestamp') === undefined) this.#events.add(noTimestamp)
      if (header(packet, 'ChanVariable') === undefined) this.#events.add(noVariables)
      this.#tell([...this.#events])
    }
    events.on('event', look)
    events.once('down', () => events.off('event', look))
    this.#tell([...this.#events])
  }

  #tell(findings: readonly Finding[]): void {
    for (const { kind, sentence } of findings) {
      if (this.#told.has(sentence)) continue
      this.#told.add(sentence)
      if (kind === 'advice') this.#log.warn({ pbx: this.#pbx }, sentence)
      else this.#log.error({ pbx: this.#pbx }, sentence)
    }
  }
}
