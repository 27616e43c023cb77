import { definePort } from '@evscallpro/core'

/** A device registered under an extension, as the PBX holds it. */
export interface PbxContact {
  /** Stays the same as long as the device registers from the same address. */
  readonly id: string
  /** SIP URI at which it rings. */
  readonly uri: string
  /** What the device says it is; empty when it says nothing. */
  readonly userAgent: string
  /** Host its requests come from; empty when it is not known. */
  readonly address: string
  /** `unknown`: the PBX has not asked it yet, or never does. */
  readonly status: 'reachable' | 'unreachable' | 'unknown'
  /** Of the last OPTIONS, ms; null when there was none. */
  readonly roundTripMs: number | null
  readonly expiresAt: Date | null
}

/** What plugins may know and do about the SIP accounts of the PBX. Every method may throw as an AMI action does. */
export interface PbxEndpoints {
  /** False while the PBX cannot be asked. */
  readonly isUp: boolean
  /** The devices registered under an extension, in the order of the PBX. */
  contacts(extension: string): Promise<PbxContact[]>
  /**
   * One setting of an endpoint, as the PBX holds it now; empty when the endpoint or the setting is not there. The
   * question itself brings the endpoint into the PBX's cache.
   */
  setting(extension: string, object: 'endpoint' | 'auth' | 'aor', name: string): Promise<string>
  /** Makes the PBX forget what it cached of an extension, so that it reads it again. It answers before it has done so. */
  forget(extension: string): Promise<void>
  /** Calls `listener` whenever a device came, went or changed its status; in the process that reads events only. */
  onContact(listener: (extension: string) => void): void
  /** Calls `listener` whenever the PBX can be asked again. */
  onUp(listener: () => void): void
  /** Calls `listener` when this process begins to read events: what happened before was not heard. */
  onEvents(listener: () => void): void
}

export const pbxEndpoints = definePort<PbxEndpoints>('ami.endpoints')
