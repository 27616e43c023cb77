import { createHash, randomBytes } from 'node:crypto'
import type { Kernel } from '@evscallpro/core'
import { ProvisioningLinkGoneError } from '../errors.ts'
import { type LinphoneAccount, linphoneXml } from './linphone.ts'
import type { SipServer } from './sheet.ts'

const validMs = 15 * 60_000

interface LinkRow {
  readonly number: string
  readonly display_name: string
  readonly realm: string
  readonly ha1_md5: string | null
  readonly ha1_sha256: string | null
}

/** Links by which a softphone fetches its settings: each works once, for a quarter of an hour, and bears no secret. */
export class ProvisioningLinks {
  readonly #kernel: Kernel
  readonly #server: SipServer
  readonly #publicUrl: string | null

  constructor(kernel: Kernel, server: SipServer, publicUrl: string | null) {
    this.#kernel = kernel
    this.#server = server
    this.#publicUrl = publicUrl
  }

  /** A link for the account, in place of an earlier one; null when phones have no way to this server. */
  async make(userId: number): Promise<string | null> {
    if (this.#publicUrl === null) return null
    const token = randomBytes(32).toString('base64url')
    const { db, clock } = this.#kernel
    await db('extensions.provisioning_links')
      .insert({
        token_hash: hashOf(token),
        user_id: userId,
        expires_at: new Date(clock.now().getTime() + validMs)
      })
      .onConflict('user_id')
      .merge()
    // The log takes out what follows `token=`.
    return `${this.#publicUrl.replace(/\/+$/, '')}/api/extensions/provisioning?token=${token}`
  }

  /** The settings behind a link, which is used up by that. Throws EXTENSIONS_LINK_GONE. */
  async redeem(token: string): Promise<string> {
    const { db, clock } = this.#kernel
    const { rows } = await db.raw<{ rows: LinkRow[] }>(
      `with used as (delete from extensions.provisioning_links where token_hash = ? returning user_id, expires_at)
       select a.number, u.display_name, a.realm, a.ha1_md5, a.ha1_sha256
         from used join extensions.accounts a using (user_id) join core.users u on u.id = a.user_id
        where used.expires_at > ?`,
      [hashOf(token), clock.now()]
    )
    const [row] = rows
    if (!row) throw new ProvisioningLinkGoneError()
    const account: LinphoneAccount = {
      number: row.number,
      displayName: row.display_name,
      realm: row.realm,
      ...(row.ha1_md5 === null
        ? { ha1: row.ha1_sha256!, algorithm: 'SHA-256' as const } // the table holds one of the two
        : { ha1: row.ha1_md5, algorithm: 'MD5' as const })
    }
    return linphoneXml(account, this.#server)
  }
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()
