import {
  FillerNameTakenError,
  LateFillError,
  PortEmptyError,
  PortTakenError,
  UnknownPointError
} from './errors.ts'
import type { Chain, ExtensionPoint, Port } from './extension-point.ts'

interface Filler {
  readonly plugin: string
  readonly impl: unknown
  readonly order: number
  readonly fallback: boolean
}

/** Where a filler stands in its chain, and whether it gives way to another of its name. */
export interface FillOptions {
  /** Chains are read in ascending order; default 0. */
  readonly order?: number
  /** Replaced by the filler of another plugin that has the same name; default false. */
  readonly fallback?: boolean
}

/** What is offered: plugin name → ids of its extension points. */
export type Offers = ReadonlyMap<string, ReadonlySet<string>>

/** Holds what plugins put into extension points. Reads are lazy, so the order of set-up does not matter. */
export class Extensions {
  readonly #fillers = new Map<string, Filler[]>()
  readonly #offers: Offers
  #sealed = false

  constructor(offers: Offers) {
    this.#offers = offers
  }

  /**
   * Puts `impl` into `point` on behalf of `plugin`. Throws CORE_UNKNOWN_POINT, CORE_PORT_TAKEN,
   * CORE_FILLER_NAME_TAKEN (chains whose fillers carry a `name`; one of two may be a fallback and then gives way) or,
   * once sealed, CORE_LATE_FILL.
   */
  fill<T>(
    point: ExtensionPoint<T>,
    impl: NoInfer<T>,
    plugin: string,
    { order = 0, fallback = false }: FillOptions = {}
  ): void {
    if (this.#sealed) throw new LateFillError(plugin, point.id)
    this.#checkOffered(point.id, plugin)
    const fillers = this.#fillers.get(point.id) ?? []
    const [owner] = fillers
    if (point.arity === 'one' && owner) throw new PortTakenError(point.id, owner.plugin, plugin)
    const name = nameOf(impl)
    if (name !== undefined) {
      const namesake = fillers.find(filler => nameOf(filler.impl) === name)
      if (namesake && namesake.fallback === fallback)
        throw new FillerNameTakenError(point.id, name, namesake.plugin, plugin)
      if (namesake && fallback) return
      if (namesake) fillers.splice(fillers.indexOf(namesake), 1)
    }
    fillers.push({ plugin, impl: point.guard ? point.guard(impl) : impl, order, fallback })
    fillers.sort((a, b) => a.order - b.order)
    this.#fillers.set(point.id, fillers)
  }

  /** The filler of a port; throws CORE_PORT_EMPTY when there is none. */
  one<T>(port: Port<T>): T {
    const [filler] = this.#fillers.get(port.id) ?? []
    if (!filler) throw new PortEmptyError(port.id)
    return filler.impl as T // fill() took it as T of the same token
  }

  /** The fillers of a chain, ascending by `order`, then by set-up; empty when nobody fills it. */
  all<T>(chain: Chain<T>): T[] {
    return (this.#fillers.get(chain.id) ?? []).map(filler => filler.impl as T) // as above
  }

  has(point: ExtensionPoint<unknown>): boolean {
    return this.#fillers.has(point.id)
  }

  /** No filling after this: what answers requests does not change under them. */
  seal(): void {
    this.#sealed = true
  }

  #checkOffered(id: string, plugin: string): void {
    const owner = id.split('.')[0] ?? id
    const offered = this.#offers.get(owner)
    if (!offered) {
      throw new UnknownPointError(
        plugin,
        id,
        `plugin '${owner}' is not installed. Add it, or remove '${plugin}'`
      )
    }
    if (offered.has(id)) return
    const known = [...offered].join(', ') || 'no point at all'
    throw new UnknownPointError(plugin, id, `plugin '${owner}' offers ${known}. List it under 'offers' there`)
  }
}

function nameOf(impl: unknown): string | undefined {
  if (typeof impl !== 'object' || impl === null || !('name' in impl)) return undefined
  return typeof impl.name === 'string' ? impl.name : undefined
}
