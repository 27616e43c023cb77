import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { WebhookKeyChangedError, WebhookKeyMissingError } from './errors.ts'
import type { WebhookSettings } from './settings.ts'

const prefix = 'whsec_'
const ivBytes = 12
const tagBytes = 16

/** A secret as Standard Webhooks writes it: `whsec_` and 32 random bytes in base64. */
export const newWebhookSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`

/** The key under which secrets are stored. Throws CORE_WEBHOOK_KEY_MISSING. */
export function secretKeyOf({ secretKey }: Pick<WebhookSettings, 'secretKey'>): Buffer {
  if (secretKey === undefined) throw new WebhookKeyMissingError()
  return Buffer.from(secretKey, 'base64')
}

/**
 * Encrypts a secret (AES-256-GCM: IV, tag, text). It must be readable again, as an HMAC is made with the secret itself
 * and not with a hash of it; so whoever copies the database alone cannot sign in our name.
 */
export function sealSecret(key: Buffer, secret: string): Buffer {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), text])
}

/** Throws CORE_WEBHOOK_KEY_CHANGED when it was sealed with another key, or altered. */
export function openSecret(key: Buffer, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes))
  decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]).toString()
  } catch {
    throw new WebhookKeyChangedError()
  }
}

/** What is signed besides the body. */
export interface SignedParts {
  readonly id: string
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly body: string
}

/**
 * Value of `webhook-signature` (Standard Webhooks 1.0, symmetric): `v1,` and the HMAC-SHA256 of `id.timestamp.body` in
 * base64, one for each secret that is valid now, with a space between.
 */
export const signatureOf = (secrets: readonly string[], { id, timestamp, body }: SignedParts): string =>
  secrets
    .map(secret => {
      const key = Buffer.from(secret.slice(prefix.length), 'base64')
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
    })
    .join(' ')
