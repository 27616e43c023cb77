/** Those who want to be told of something. */
export class Listeners<T = void> {
  readonly #all = new Set<(value: T) => void>()

  get size(): number {
    return this.#all.size
  }

  /** The returned function takes the listener off again. */
  add(listener: (value: T) => void): () => void {
    this.#all.add(listener)
    return () => {
      this.#all.delete(listener)
    }
  }

  /** Tells those who listen now; who comes or goes because of it is not told twice or missed. */
  tell(value: T): void {
    for (const listener of [...this.#all]) listener(value)
  }
}
