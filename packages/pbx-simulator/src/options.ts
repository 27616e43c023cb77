import type { Account } from './accounts.ts'
import type { HandDialRules, NumberPolicy, Site } from './contexts/outbound.ts'
import { type PhoneBehaviour, parsePhoneBehaviour, type TrunkState } from './endpoints.ts'
import type { Pbx } from './pbx.ts'

export interface PhoneOptions {
  extension: string
  behaviour?: PhoneBehaviour
  /** Caller id name; default `Agent <extension>`. */
  name?: string
  registered?: boolean
  /** Where it stands: decides the trunks of what it dials by hand. */
  site?: string
  /** Which numbers it may dial by hand; default `default`. */
  policy?: string
}

export interface TrunkOptions {
  name: string
  site?: string
  state?: TrunkState
}

export interface SimulatorOptions {
  /** 0 (the default) takes a free port. */
  port?: number
  host?: string
  accounts: readonly Account[]
  /** Same seed, same run: delays, orders, bridge ids. Default 1. */
  seed?: number | string
  /** `virtual` time stands still until `advance` or `runUntilIdle` moves it. Default `real`. */
  clock?: 'real' | 'virtual'
  /** Real clock only: how many times faster than wall time. Default 1. */
  timeScale?: number
  /** Virtual clock only: where time begins, ms since 1970. */
  startMs?: number
  /** A number makes that many from 1001 on; default 20. */
  phones?: number | ReadonlyArray<string | PhoneOptions>
  /** Default: trunk-site-a and trunk-site-b. */
  trunks?: ReadonlyArray<string | TrunkOptions>
  /** Ways out and emergency numbers for hand-dialled calls; default: one site for each trunk, the others as fallback. */
  sites?: Record<string, Site>
  /** Number classes for hand-dialled calls, by policy name. */
  policies?: Record<string, NumberPolicy>
  /** manager.conf's channelvars; default EVS_CALL_ID, EVS_LEG. */
  channelvars?: readonly string[]
  /** Context of the phones' endpoints; default evs-outbound. */
  phoneContext?: string
}

const FIRST_EXTENSION = 1001

/** Uzbek national numbers with or without +, and 00 for abroad: the policies of the kit's own site file. */
const DEFAULT_POLICIES: Record<string, NumberPolicy> = {
  default: national,
  open: number =>
    national(number) ??
    (/^00\d+$/.test(number) ? { class: 'international', number: number.slice(2) } : undefined),
  none: () => undefined
}

function national(number: string): ReturnType<NumberPolicy> {
  return /^\+?998[1-9]\d{8}$/.test(number)
    ? { class: 'national', number: number.replace('+', '') }
    : undefined
}

/** Fills a PBX with its phones and trunks. */
export function furnish(pbx: Pbx, options: SimulatorOptions): void {
  const phones = options.phones ?? 20
  const list: ReadonlyArray<string | PhoneOptions> =
    typeof phones === 'number'
      ? Array.from({ length: phones }, (_, index) => String(FIRST_EXTENSION + index))
      : phones
  for (const entry of list) {
    const phone = typeof entry === 'string' ? { extension: entry } : entry
    pbx.endpoints.phones.set(phone.extension, {
      kind: 'phone',
      id: phone.extension,
      context: options.phoneContext ?? 'evs-outbound',
      callerName: phone.name ?? `Agent ${phone.extension}`,
      site: phone.site ?? 'site-a',
      policy: phone.policy ?? 'default',
      behaviour: parsePhoneBehaviour(phone.behaviour ?? 'answer'),
      registered: phone.registered ?? true
    })
  }
  for (const trunk of trunkList(options)) {
    pbx.endpoints.trunks.set(trunk.name, {
      kind: 'trunk',
      id: trunk.name,
      context: 'from-trunk',
      site: trunk.site ?? siteOfTrunk(trunk.name),
      state: trunk.state ?? 'up'
    })
  }
}

/** Sites and policies as given, or those that follow from the trunks. */
export function handDialRules(options: SimulatorOptions): HandDialRules {
  const trunks = trunkList(options)
  const derived = trunks.map((trunk, index): [string, Site] => {
    const order = [trunk, ...trunks.filter(other => other !== trunk)]
    return [
      trunk.site ?? siteOfTrunk(trunk.name),
      {
        trunks: order.map(entry => entry.name),
        callerIds: order.map(entry => `99871200000${trunks.indexOf(entry) + 1}`),
        emergency: index === 0 ? ['112', '101', '102', '103'] : ['112', '15', '17', '18']
      }
    ]
  })
  return {
    sites: new Map(options.sites ? Object.entries(options.sites) : derived),
    policies: new Map(Object.entries(options.policies ?? DEFAULT_POLICIES))
  }
}

function trunkList(options: SimulatorOptions): TrunkOptions[] {
  const trunks = options.trunks ?? ['trunk-site-a', 'trunk-site-b']
  return trunks.map(trunk => (typeof trunk === 'string' ? { name: trunk } : trunk))
}

function siteOfTrunk(name: string): string {
  return name.replace(/^trunk-/, '')
}
