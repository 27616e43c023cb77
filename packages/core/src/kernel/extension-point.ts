/** A typed, named hole that one package offers and others fill; the import of the token is the dependency. */
export interface ExtensionPoint<T> {
  readonly id: string
  /** `one`: a port with exactly one filler (telephony, clock). `many`: a chain, an ordered list of fillers. */
  readonly arity: 'one' | 'many'
  /** Put around every filler before anybody gets it: what the offering package holds against all others. */
  guard?(impl: T): T
  /** Phantom: carries T at type level only. */
  readonly _type?: T
}

export interface Port<T> extends ExtensionPoint<T> {
  readonly arity: 'one'
}

export interface Chain<T> extends ExtensionPoint<T> {
  readonly arity: 'many'
}

/** Declares a port: `<plugin>.<kebab-noun>`, filled by exactly one plugin; `guard` stands between it and its users. */
export const definePort = <T>(id: string, guard?: (impl: T) => T): Port<T> => ({
  id,
  arity: 'one',
  ...(guard && { guard })
})

/** Declares a chain: `<plugin>.<kebab-plural>`, filled by any number of plugins, read in ascending `order`. */
export const defineChain = <T>(id: string): Chain<T> => ({ id, arity: 'many' })
