import { OriginateNotPermittedError } from '../errors.ts'
import type { HoldLegRequest, ListenRequest, OriginateRequest, TelephonyPort } from './telephony-port.ts'

/*
 * Whoever holds the telephony port can make phones ring, and plugins hold it. So the port that is handed out asks for a
 * permit, which only core's own way of dialling gives, after the policy has spoken. A permit is the request itself: it
 * cannot be copied onto another number, changed afterwards or used twice.
 */
const permits = new WeakSet<object>()
// Bound now: nobody who comes later can replace them.
const grant = permits.add.bind(permits)
const take = permits.delete.bind(permits)

/** Freezes a request that the policy has allowed and lets it pass the port once. For core's way of dialling only. */
export const permitOriginate = (request: OriginateRequest): OriginateRequest => permit(request)

/** The same for a supervisor's leg. */
export const permitListening = (request: ListenRequest): ListenRequest => permit(request)

/** The same for a leg that an agent holds. */
export const permitHolding = (request: HoldLegRequest): HoldLegRequest => permit(request)

function permit<R extends object>(request: R): R {
  const frozen = deepFreeze(structuredClone(request))
  grant(frozen)
  return frozen
}

/** The port as everybody gets it: what makes a phone ring takes permitted requests only, everything else passes. */
export function guardTelephony(port: TelephonyPort): TelephonyPort {
  return new Proxy(port, {
    get(target, property) {
      if (property === 'originate') {
        return async (request: OriginateRequest): ReturnType<TelephonyPort['originate']> => {
          if (!take(request)) throw new OriginateNotPermittedError()
          return target.originate(request)
        }
      }
      if (property === 'holdLeg') {
        return async (request: HoldLegRequest): ReturnType<TelephonyPort['holdLeg']> => {
          if (!take(request)) throw new OriginateNotPermittedError()
          return target.holdLeg(request)
        }
      }
      if (property === 'listen') {
        return async (...args: Parameters<TelephonyPort['listen']>): ReturnType<TelephonyPort['listen']> => {
          if (!take(args[1])) throw new OriginateNotPermittedError()
          return target.listen(...args)
        }
      }
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    set: () => false,
    defineProperty: () => false,
    setPrototypeOf: () => false,
    getPrototypeOf: () => Object.prototype,
    getOwnPropertyDescriptor: () => undefined,
    ownKeys: () => []
  })
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}
