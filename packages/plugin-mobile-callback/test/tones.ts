import { readFile } from 'node:fs/promises'

/** Whose tone is whose in the sandbox: everybody speaks one of his own. Hz. `beep`: the dialplan's on a held leg. */
export const voices = {
  music: 220,
  siteA: 440,
  siteB: 660,
  agent: 1000,
  supervisor: 1100,
  beep: 1400
} as const
export type Voice = keyof typeof voices

/** Above this a tone is heard, below it is a rest of the neighbouring ones (levels seen: 5 to 200 against 1,000 to 8,000). */
const heardFrom = 400
const quarterS = 0.25

interface Sound {
  readonly rate: number
  readonly samples: Int16Array
}

/** Reads a WAV file of 16 bit, one channel, that may still be written to. */
export async function readWav(file: string): Promise<Sound> {
  const bytes = await readFile(file)
  let at = 12
  while (bytes.toString('latin1', at, at + 4) !== 'data') at += 8 + bytes.readUInt32LE(at + 4)
  const length = Math.min(bytes.readUInt32LE(at + 4), bytes.length - at - 8) >> 1
  const samples = new Int16Array(length)
  for (let i = 0; i < length; i++) samples[i] = bytes.readInt16LE(at + 8 + 2 * i)
  return { rate: bytes.readUInt32LE(24), samples }
}

/** Strength of one frequency, by Goertzel's algorithm. */
export function level(samples: Int16Array, rate: number, hz: number): number {
  const k = 2 * Math.cos((2 * Math.PI * hz) / rate)
  let a = 0
  let b = 0
  for (const sample of samples) {
    const next = sample + k * a - b
    b = a
    a = next
  }
  return (Math.sqrt(Math.max(0, a * a + b * b - k * a * b)) * 2) / samples.length
}

/** Who is heard in each quarter of a second. */
export function quarters({ rate, samples }: Sound): Voice[][] {
  const size = Math.round(rate * quarterS)
  const heard: Voice[][] = []
  for (let at = 0; at + size <= samples.length; at += size) {
    const part = samples.subarray(at, at + size)
    heard.push(
      (Object.keys(voices) as Voice[]).filter(voice => level(part, rate, voices[voice]) > heardFrom) // its own keys
    )
  }
  return heard
}

/** Seconds in which exactly these are heard. */
export const secondsOf = (heard: readonly Voice[][], ...who: Voice[]): number =>
  heard.filter(quarter => quarter.length === who.length && who.every(voice => quarter.includes(voice)))
    .length * quarterS

/** Seconds in which this one is heard, whoever else is. */
export const secondsWith = (heard: readonly Voice[][], voice: Voice): number =>
  heard.filter(quarter => quarter.includes(voice)).length * quarterS
