import type { ConnectionOptions } from 'node:tls'
import { AmiBadOption } from '../errors.ts'
import { type LinkClock, systemClock } from './clock.ts'

/** How to reach Asterisk and how patient to be. All times are milliseconds. */
export interface AmiLinkOptions {
  /** Default `127.0.0.1`. */
  host?: string
  /** Default 5038. */
  port?: number
  username: string
  secret: string
  /** TLS: `true`, or what `tls.connect` takes (`ca`, `servername`, …). Default: plain TCP. */
  tls?: boolean | ConnectionOptions
  /** `on`, `off` or read classes such as `system,call,user`. Default `on`. `off` makes a session for actions only. */
  events?: string
  /** Until TCP and TLS are up and the greeting is there. Default 5000. */
  connectTimeoutMs?: number
  /** Until Login is answered; a refusal takes Asterisk about a second. Default 5000. */
  loginTimeoutMs?: number
  /**
   * How long after login to wait for `FullyBooted` before the session counts as up all the same: the event needs read
   * class `system`. Default 3000. Not waited for when `events` is `off`, as Asterisk does not send it then.
   */
  bootedTimeoutMs?: number
  /** Default for each action; for a list, for each of its rows. Default 10000. */
  actionTimeoutMs?: number
  /** Silence after which Ping is sent. Default 10000. */
  pingEveryMs?: number
  /** Until Ping is answered. Default 5000. */
  pingTimeoutMs?: number
  /** First wait after a loss. Default 250. */
  minBackoffMs?: number
  /** Longest wait. Default 15000. */
  maxBackoffMs?: number
  /** Wait after a refused login. Default 30000. */
  refusedBackoffMs?: number
  /** For tests. */
  clock?: LinkClock
  /** For tests: 0 up to 1, spreads the waits. Default `Math.random`. */
  random?: () => number
}

/** The options with every default filled in. */
export type ResolvedLinkOptions = Required<AmiLinkOptions>

const DEFAULTS = {
  host: '127.0.0.1',
  port: 5038,
  tls: false,
  events: 'on',
  connectTimeoutMs: 5000,
  loginTimeoutMs: 5000,
  bootedTimeoutMs: 3000,
  actionTimeoutMs: 10_000,
  pingEveryMs: 10_000,
  pingTimeoutMs: 5000,
  minBackoffMs: 250,
  maxBackoffMs: 15_000,
  refusedBackoffMs: 30_000,
  clock: systemClock,
  random: Math.random
}
const TIMES = [
  'connectTimeoutMs',
  'loginTimeoutMs',
  'bootedTimeoutMs',
  'actionTimeoutMs',
  'pingEveryMs',
  'pingTimeoutMs',
  'minBackoffMs',
  'maxBackoffMs',
  'refusedBackoffMs'
] as const

/** Fills in the defaults. @throws AMI_BAD_OPTION */
export function resolveOptions(options: AmiLinkOptions): ResolvedLinkOptions {
  const resolved = { ...DEFAULTS, ...options }
  if (!resolved.username) throw new AmiBadOption('username', 'is missing; give the account of manager.conf')
  if (!resolved.secret)
    throw new AmiBadOption('secret', 'is missing; give the secret of the account in manager.conf')
  if (!Number.isInteger(resolved.port) || resolved.port < 1 || resolved.port > 65535) {
    throw new AmiBadOption('port', 'must be a whole number from 1 to 65535')
  }
  for (const name of TIMES) {
    if (!(resolved[name] > 0)) throw new AmiBadOption(name, 'must be a number of milliseconds above 0')
  }
  return resolved
}
