import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** Cost of scrypt: N = 2^ln blocks of r × 128 bytes, p times over. */
export interface PasswordCost {
  readonly ln: number
  readonly r: number
  readonly p: number
}

/** OWASP Password Storage Cheat Sheet (scrypt: N=2^15, r=8, p=3): 32 MiB for one guess. */
export const standardCost: PasswordCost = { ln: 15, r: 8, p: 3 }

const keyLength = 32
const hashForm = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/

/** A salted hash that carries its own cost: `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, base64url. */
export async function hashPassword(password: string, cost: PasswordCost = standardCost): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, cost)
  const { ln, r, p } = cost
  return `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`
}

/** Whether the password made this hash; null (no such user) costs the same time and is never right. */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const [, ln, r, p, salt, expected] = hashForm.exec(hash ?? '') ?? []
  if (!salt || !expected) {
    await derive(password, Buffer.alloc(16), standardCost)
    return false
  }
  const key = await derive(password, Buffer.from(salt, 'base64url'), {
    ln: Number(ln),
    r: Number(r),
    p: Number(p)
  })
  return timingSafeEqual(key, Buffer.from(expected, 'base64url'))
}

function derive(password: string, salt: Buffer, { ln, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** ln
  const options: ScryptOptions = { N, r, p, maxmem: 128 * r * (N + p) + 2 ** 20 }
  return new Promise((resolve, reject) => {
    // NFKC: the same letters typed on another keyboard are the same password (RFC 8265 asks for normalisation).
    scrypt(password.normalize('NFKC'), salt, keyLength, options, (error, key) =>
      error ? reject(error) : resolve(key)
    )
  })
}
