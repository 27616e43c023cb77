/** The numbers between two bounds, which may be infinite; an open bound does not belong to them. */
export interface Range {
  readonly low: number
  readonly high: number
  readonly lowOpen: boolean
  readonly highOpen: boolean
  readonly id: number
}

/**
 * Finds all ranges that hold a point in O(log n + hits), with O(n log n) memory however much they overlap.
 * A segment tree: the bounds cut the line into slots, each range hangs at the few nodes that cover its slots exactly.
 */
export class StabbingTree {
  readonly #bounds: Float64Array
  readonly #nodes: (number[] | undefined)[]
  readonly #leaves: number

  constructor(ranges: readonly Range[]) {
    this.#bounds = Float64Array.from(new Set(ranges.flatMap(({ low, high }) => [low, high]))).sort()
    // Slot 2i+1 is bound i itself, slot 2i the gap before it.
    this.#leaves = 2 * this.#bounds.length + 1
    this.#nodes = new Array(2 * this.#leaves)
    for (const range of ranges) this.#hang(range)
  }

  /** Calls `found` with the id of each range around the point, each once, in no order. */
  stab(point: number, found: (id: number) => void): void {
    for (let node = this.#slot(point) + this.#leaves; node > 0; node >>= 1) {
      for (const id of this.#nodes[node] ?? []) found(id)
    }
  }

  #hang({ low, high, lowOpen, highOpen, id }: Range): void {
    let left = this.#slot(low) + (lowOpen ? 1 : 0) + this.#leaves
    let right = this.#slot(high) + (highOpen ? 0 : 1) + this.#leaves
    for (; left < right; left >>= 1, right >>= 1) {
      if (left & 1) this.#put(left++, id)
      if (right & 1) this.#put(--right, id)
    }
  }

  #put(node: number, id: number): void {
    const ids = this.#nodes[node]
    if (ids) ids.push(id)
    else this.#nodes[node] = [id]
  }

  #slot(point: number): number {
    let from = 0
    let to = this.#bounds.length
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.#bounds[middle]! < point) from = middle + 1
      else to = middle
    }
    return from < this.#bounds.length && this.#bounds[from] === point ? 2 * from + 1 : 2 * from
  }
}
