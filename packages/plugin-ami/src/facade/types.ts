/** A packet as `asterisk-manager` shows it: names in lower case, `variable` and `chanvariable` as objects. */
export type LegacyPacket = Record<string, string | string[] | Record<string, string>>

/** An action as `asterisk-manager` takes it: names in any case, `variable` as an object or as `NAME=value`. */
export type LegacyAction = Record<string, unknown>

/** Gets the response, or why there is none: Asterisk's error response, or an `Error` when the link failed. */
export type LegacyCallback = (error: LegacyPacket | Error | undefined, response?: LegacyPacket) => void

/**
 * What integrators know as the instance of `asterisk-manager`. It rides on the plugin's link: it has no socket of its
 * own, logs in by nobody's call, and cannot disconnect others.
 *
 * Events: `managerevent` (all), each event by its lower-case name (`hangup`), `userevent-<name>`, `response`,
 * `connect`, `close`, `error`.
 */
export interface AsteriskManager {
  on(event: string, listener: (...args: never[]) => void): unknown
  once(event: string, listener: (...args: never[]) => void): unknown
  addListener(event: string, listener: (...args: never[]) => void): unknown
  removeListener(event: string, listener: (...args: never[]) => void): unknown
  removeAllListeners(event?: string): unknown
  // biome-ignore lint/complexity/noBannedTypes: this is what Node's emitter returns
  listeners(event: string): Function[]
  setMaxListeners(count: number): unknown
  emit(event: string, ...args: unknown[]): boolean
  /** Sends an action and returns its ActionID. While the link is down the callback gets an error at once. */
  action(action: LegacyAction, callback?: LegacyCallback): string
  /** Starts feeding events again after `disconnect`; the callback runs when the link is up. */
  connect(...args: unknown[]): void
  /** As `connect`: the plugin has logged in, or will. */
  login(callback?: () => void): void
  /** Stops feeding events to this emitter. The link itself stays, as the call records need it. */
  disconnect(callback?: () => void): void
  /** Does nothing: the link reconnects by itself. */
  keepConnected(): void
  isConnected(): boolean
  connected(): boolean
}
