import type { Knex } from 'knex'
import { type Static, Type } from 'typebox'
import { type Role, roles } from '../../kernel/actor.ts'
import { mapConstraints } from '../../kernel/constraint.ts'
import { NotFoundError } from '../../kernel/errors.ts'
import { Nullable } from '../../kernel/nullable.ts'
import { invalidField } from '../../kernel/problem.ts'
import { checkRevision } from '../../kernel/revision.ts'
import { toColumns } from '../../kernel/wire.ts'
import { tryNormaliseNumber } from '../contact/phone-number.ts'
import { duplicateField } from '../errors.ts'
import { type CallableClass, callableClasses } from '../telephony/number-class.ts'
import { AdminOnlyError, LastAdminError } from './errors.ts'
import { hashPassword, type PasswordCost } from './password.ts'
import { endSessionsOf } from './user-sessions.ts'

/** At least ten characters; no rules about kinds of characters (NIST SP 800-63B §5.1.1.2). */
export const Password = Type.String({ minLength: 10, maxLength: 200 })

/** What can be set on a user, in the API's names. */
export const UserFields = Type.Object({
  login: Type.String({ pattern: '^[A-Za-z0-9._@-]{2,64}$', description: 'Unique whatever the case' }),
  displayName: Type.String({ minLength: 1, maxLength: 120 }),
  email: Nullable(Type.String({ format: 'email', maxLength: 254 })),
  role: Type.Enum(roles),
  password: Password,
  siteId: Nullable(Type.Integer({ minimum: 1 })),
  extension: Nullable(Type.String({ pattern: '^[0-9]{2,8}$', description: 'SIP extension, unique' })),
  mobileNumber: Nullable(
    Type.String({ maxLength: 32, description: "E.164, or as written in the site's country; stored as E.164" })
  ),
  mobileAllowed: Type.Boolean({ description: 'May this user take calls on his mobile' }),
  numberClasses: Nullable(
    Type.Array(Type.Enum([...callableClasses]), {
      uniqueItems: true,
      description: "Kinds of numbers this user may call, within his campaign's; null: as the campaign's"
    })
  ),
  active: Type.Boolean(),
  language: Type.String({ pattern: '^[a-z]{2}$' })
})
export type UserFields = Static<typeof UserFields>

export interface UserRow {
  readonly id: number
  readonly login: string
  readonly display_name: string
  readonly email: string | null
  readonly role: Role
  readonly site_id: number | null
  readonly extension: string | null
  readonly mobile_number: string | null
  readonly mobile_allowed: boolean
  readonly number_classes: CallableClass[] | null
  readonly active: boolean
  readonly language: string
  readonly created_at: Date
  readonly revision: number
}

/** Everything but the password's hash. */
export const userColumns = [
  'id',
  'login',
  'display_name',
  'email',
  'role',
  'site_id',
  'extension',
  'mobile_number',
  'mobile_allowed',
  'number_classes',
  'active',
  'language',
  'created_at',
  'revision'
] as const satisfies readonly (keyof UserRow)[]

export type NewUser = Pick<UserFields, 'login' | 'displayName' | 'role' | 'password'> & Partial<UserFields>

/**
 * Creates a user. Throws CORE_INVALID_FIELD (422) or CORE_DUPLICATE (409), which name the field. `cost` is that of
 * the password's hash; lower it in tests only.
 */
export async function createUser(
  db: Knex,
  now: Date,
  { password, ...fields }: NewUser,
  cost?: PasswordCost
): Promise<UserRow> {
  const mobileNumber = await normaliseMobile(db, fields.mobileNumber, fields.siteId ?? null)
  const password_hash = await hashPassword(password, cost)
  const insert = db('core.users')
    .insert({ ...toColumns({ ...fields, mobileNumber }), password_hash, created_at: now })
    .returning<UserRow[]>([...userColumns])
  const [row] = await mapConstraints(insert, refusals)
  return row! // `returning` of one inserted row
}

/** Changes to a user. The password comes as a hash: hashing takes too long for a transaction. */
export interface UserChange extends Partial<Omit<UserFields, 'password'>> {
  readonly passwordHash?: string | undefined
}

/**
 * Changes a user, inside the caller's transaction. A user who is deactivated, or whose password is set, loses his
 * sessions. `revision` is the one that was read. Throws CORE_NOT_FOUND, CORE_REVISION_MISMATCH, CORE_ADMIN_ONLY,
 * CORE_LAST_ADMIN, CORE_INVALID_FIELD or CORE_DUPLICATE.
 */
export async function changeUser(
  trx: Knex.Transaction,
  id: number,
  changes: UserChange,
  { revision, mayTouchAdmins }: { revision?: number | undefined; mayTouchAdmins: boolean }
): Promise<UserRow> {
  if (changes.active === false || changes.role !== undefined) await keepOneAdmin(trx, id, changes)
  const found = await trx('core.users')
    .where({ id })
    .forUpdate()
    .first<UserRow | undefined>([...userColumns])
  if (!found) throw new NotFoundError(`There is no user ${id}.`)
  checkRevision(found, revision)
  if (!mayTouchAdmins && (found.role === 'admin' || changes.role === 'admin')) throw new AdminOnlyError()
  const siteId = changes.siteId === undefined ? found.site_id : changes.siteId
  const mobileNumber = await normaliseMobile(trx, changes.mobileNumber, siteId)
  const update = trx('core.users')
    .where({ id })
    .update({
      ...toColumns({ ...changes, mobileNumber }),
      revision: trx.raw('revision + 1')
    })
    .returning<UserRow[]>([...userColumns])
  const [row] = await mapConstraints(update, refusals)
  if (changes.active === false || changes.passwordHash !== undefined) await endSessionsOf(trx, id)
  return row! // locked above
}

/** Locks all active administrators first, so that two of them cannot remove each other at the same time. */
async function keepOneAdmin(trx: Knex.Transaction, id: number, changes: UserChange): Promise<void> {
  if (changes.active !== false && changes.role === 'admin') return
  const admins: number[] = await trx('core.users')
    .where({ role: 'admin', active: true })
    .orderBy('id')
    .forUpdate()
    .pluck('id')
  if (admins.length === 1 && admins[0] === id) throw new LastAdminError()
}

const refusals = {
  users_login_key: () => duplicateField('login', 'A user with this login exists already.'),
  users_extension_key: () => duplicateField('extension', 'This extension belongs to another user.'),
  users_site_id_fkey: () => invalidField('siteId', 'names a site that does not exist')
}

async function normaliseMobile(
  db: Knex,
  input: string | null | undefined,
  siteId: number | null
): Promise<string | null | undefined> {
  if (input === null || input === undefined) return input
  const site = siteId === null ? undefined : await db('core.sites').where({ id: siteId }).first('country')
  const number = tryNormaliseNumber(input, site?.country ?? '')
  if (number) return number
  const where = site
    ? `of ${site.country}, or one in international form`
    : 'in international form: no site says otherwise'
  throw invalidField('mobileNumber', `must be a telephone number ${where}`)
}
