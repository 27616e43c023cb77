import { checkRevision, invalidField, type Kernel, mapConstraints } from '@evscallpro/core'
import type { Knex } from 'knex'
import { AccountExistsError, AccountNotFoundError } from '../errors.ts'
import { type Digest, ha1Of, newSecret } from './digest.ts'

export const kinds = ['softphone', 'webrtc'] as const
export type Kind = (typeof kinds)[number]

/** `number_changed`: his extension is another one now, and needs a new secret. */
export const accountStates = ['active', 'disabled', 'user_inactive', 'number_changed'] as const
export type AccountState = (typeof accountStates)[number]

/** An account with what its user's profile says; never the hashes. */
export interface AccountRow {
  readonly user_id: number
  readonly number: string
  readonly display_name: string
  readonly language: string
  readonly kind: Kind
  readonly digest: Digest
  readonly max_contacts: number
  readonly enabled: boolean
  readonly state: AccountState
  /** The PBX works with what stands here. */
  readonly in_force: boolean
  readonly secret_set_at: Date
  readonly revision: number
}

/** An account whose secret was just made: the only time that anybody sees it. */
export interface NewAccount {
  readonly account: AccountRow
  readonly secret: string
}

const columns = `a.user_id, a.number, u.display_name, u.language, a.kind, a.digest, a.max_contacts, a.enabled, a.secret_set_at,
  a.revision, coalesce(n.announced >= n.change, true) as in_force,
  case when not u.active then 'user_inactive' when u.extension is distinct from a.number then 'number_changed'
       when not a.enabled then 'disabled' else 'active' end as state
  from extensions.accounts a join core.users u on u.id = a.user_id
  left join extensions.announcements n on n.number = a.number`

/** The SIP accounts of users; the users themselves, with name, extension and site, are core's. */
export class Accounts {
  readonly #kernel: Kernel
  readonly #realm: string
  readonly #maxContacts: number

  constructor(kernel: Kernel, options: { readonly realm: string; readonly maxContacts: number }) {
    this.#kernel = kernel
    this.#realm = options.realm
    this.#maxContacts = options.maxContacts
  }

  /** By the ids of their users, from the one after `after`. */
  async list(after: number, limit: number): Promise<AccountRow[]> {
    const { rows } = await this.#kernel.db.raw<{ rows: AccountRow[] }>(
      `select ${columns} where a.user_id > ? order by a.user_id limit ?`,
      [after, limit]
    )
    return rows
  }

  /** Throws EXTENSIONS_ACCOUNT_NOT_FOUND. */
  async find(userId: number, db: Knex = this.#kernel.db): Promise<AccountRow> {
    const { rows } = await db.raw<{ rows: AccountRow[] }>(`select ${columns} where a.user_id = ?`, [userId])
    const [row] = rows
    if (!row) throw new AccountNotFoundError(userId)
    return row
  }

  /** Throws CORE_INVALID_FIELD or EXTENSIONS_ACCOUNT_EXISTS. */
  async create(
    userId: number,
    options: { readonly kind: Kind; readonly digest: Digest; readonly maxContacts?: number | undefined }
  ): Promise<NewAccount> {
    const { db, clock } = this.#kernel
    const { kind, digest, maxContacts = this.#maxContacts } = options
    const secret = newSecret()
    const account = await db.transaction(async trx => {
      const number = await this.#numberOf(trx, userId)
      const insert = trx('extensions.accounts').insert({
        user_id: userId,
        number,
        kind,
        digest,
        realm: this.#realm,
        ...ha1Of(number, this.#realm, secret, digest),
        max_contacts: maxContacts,
        secret_set_at: clock.now()
      })
      await mapConstraints(insert, { accounts_pkey: () => new AccountExistsError(userId, userId) })
      return this.find(userId, trx)
    })
    return { account, secret }
  }

  /** A new secret for his extension as it is now; the old one is refused as soon as the PBX has heard of it. */
  async rotate(userId: number, digest?: Digest): Promise<NewAccount> {
    const { db, clock } = this.#kernel
    const secret = newSecret()
    const account = await db.transaction(async trx => {
      const found = await trx('extensions.accounts')
        .where({ user_id: userId })
        .forUpdate()
        .first<{ digest: Digest } | undefined>('digest')
      if (!found) throw new AccountNotFoundError(userId)
      const number = await this.#numberOf(trx, userId)
      const kept = digest ?? found.digest
      await trx('extensions.accounts')
        .where({ user_id: userId })
        .update({
          number,
          digest: kept,
          realm: this.#realm,
          ...ha1Of(number, this.#realm, secret, kept),
          secret_set_at: clock.now(),
          revision: trx.raw('revision + 1')
        })
      await trx('extensions.provisioning_links').where({ user_id: userId }).delete()
      return this.find(userId, trx)
    })
    return { account, secret }
  }

  /** Throws EXTENSIONS_ACCOUNT_NOT_FOUND or CORE_REVISION_MISMATCH. */
  async change(
    userId: number,
    changes: { readonly enabled?: boolean; readonly maxContacts?: number },
    revision: number | undefined
  ): Promise<AccountRow> {
    return this.#kernel.db.transaction(async trx => {
      const found = await trx('extensions.accounts')
        .where({ user_id: userId })
        .forUpdate()
        .first<{ revision: number } | undefined>('revision')
      if (!found) throw new AccountNotFoundError(userId)
      checkRevision(found, revision)
      const { enabled, maxContacts } = changes
      await trx('extensions.accounts')
        .where({ user_id: userId })
        .update({
          ...(enabled !== undefined && { enabled }),
          ...(maxContacts !== undefined && { max_contacts: maxContacts }),
          revision: trx.raw('revision + 1')
        })
      return this.find(userId, trx)
    })
  }

  async remove(userId: number): Promise<void> {
    const removed = await this.#kernel.db('extensions.accounts').where({ user_id: userId }).delete()
    if (removed === 0) throw new AccountNotFoundError(userId)
  }

  /** His extension, free of the account of somebody who had it before and can use it no more. */
  async #numberOf(trx: Knex.Transaction, userId: number): Promise<string> {
    const user = await trx('core.users')
      .where({ id: userId })
      .forShare()
      .first<{ extension: string | null; active: boolean } | undefined>('extension', 'active')
    if (!user) throw invalidField('userId', 'names a user who does not exist')
    if (!user.active) throw invalidField('userId', 'names a user who is deactivated: activate him first')
    if (!user.extension)
      throw invalidField('userId', 'names a user without an extension: set it in his profile first')
    await trx('extensions.accounts').where({ number: user.extension }).whereNot({ user_id: userId }).delete()
    return user.extension
  }
}
