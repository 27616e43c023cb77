import { createHash, randomInt } from 'node:crypto'

/** Which hashes of the secret are stored: `md5` is what most phones know, `sha256` what few do. */
export const digests = ['md5', 'both', 'sha256'] as const
export type Digest = (typeof digests)[number]

/** Stored instead of the secret; a hash that the account does not offer is null. */
export interface Ha1 {
  readonly ha1_md5: string | null
  readonly ha1_sha256: string | null
}

/** HA1 of RFC 7616 §3.4.2: H(username ":" realm ":" secret), lower-case hex. */
export function ha1Of(username: string, realm: string, secret: string, digest: Digest): Ha1 {
  const hash = (algorithm: string): string =>
    createHash(algorithm).update(`${username}:${realm}:${secret}`).digest('hex')
  return {
    ha1_md5: digest === 'sha256' ? null : hash('md5'),
    ha1_sha256: digest === 'md5' ? null : hash('sha256')
  }
}

/** Without 0 O 1 l I: it is typed on the keys of a telephone. */
const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** 20 characters, 115 bits, in groups of five: long enough that the MD5 of it cannot be guessed back. */
export function newSecret(): string {
  const group = (): string => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}
