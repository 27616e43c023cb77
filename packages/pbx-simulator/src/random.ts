/** Pseudo random numbers that depend on nothing but a seed and a label: same seed, same run. */
export interface Random {
  /** In [0, 1). */
  next(): number
  chance(probability: number): boolean
  /** Whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** An independent stream; calls do not disturb one another's choices whatever their order. */
  fork(label: string): Random
}

/** mulberry32: 32 bits of state, plenty for choosing delays and orders. */
export function seededRandom(seed: number | string): Random {
  const origin = typeof seed === 'number' ? seed >>> 0 : hash(seed, 0x811c9dc5)
  let state = origin
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    chance: probability => next() < probability,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    fork: label => seededRandom(hash(label, origin))
  }
}

/** A UUID (version 4 form) out of a stream, for bridge ids. */
export function randomUuid(random: Random): string {
  let hex = ''
  while (hex.length < 32) hex += random.between(0, 0xffff).toString(16).padStart(4, '0')
  const variant = '89ab'[random.between(0, 3)]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** FNV-1a. */
function hash(text: string, basis: number): number {
  let value = basis | 0
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
