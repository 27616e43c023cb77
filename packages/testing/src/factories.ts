import {
  createUser,
  issueSession,
  type NewUser,
  type PluginScope,
  type Role,
  type UserRow
} from '@evscallpro/core'

/** The least scrypt can do: tests make many users and guess no passwords. */
const cheap = { ln: 1, r: 1, p: 1 }

/** The password of every user that `makeUser` makes, unless another is given. */
export const testPassword = 'correct horse battery'

/** A user in the database of `app`: an active agent without a site, with a login of his own. */
export function makeUser({ kernel }: PluginScope, fields: Partial<NewUser> = {}): Promise<UserRow> {
  const login = `user-${kernel.newId()}`
  const defaults = { login, displayName: 'Test user', role: 'agent', password: testPassword } as const
  return createUser(kernel.db, kernel.clock.now(), { ...defaults, ...fields }, cheap)
}

/** A signed-in user: spread `headers` into a request. */
export interface SignedIn {
  readonly userId: number
  readonly token: string
  readonly headers: { readonly authorization: string }
}

/** Makes a user of this role and signs him in. */
export async function loginAs(
  app: PluginScope,
  role: Role,
  fields: Partial<NewUser> = {}
): Promise<SignedIn> {
  const user = await makeUser(app, { ...fields, role })
  const { token } = await issueSession(app.kernel, user.id, '127.0.0.1')
  return { userId: user.id, token, headers: { authorization: `Bearer ${token}` } }
}

/** What can be set on a site, as columns. */
export interface SiteFields {
  readonly name?: string
  readonly time_zone?: string
  readonly country?: string
  readonly caller_id?: string | null
  readonly trunks?: readonly string[]
}

/** A site in the database of `app` (France, one trunk `trunk-a`, unless said otherwise); returns its id. */
export async function makeSite({ kernel }: PluginScope, fields: SiteFields = {}): Promise<number> {
  const defaults = {
    name: `site-${kernel.newId()}`,
    time_zone: 'Europe/Paris',
    country: 'FR',
    trunks: ['trunk-a'],
    created_at: kernel.clock.now()
  }
  const [site] = await kernel
    .db('core.sites')
    .insert({ ...defaults, ...fields })
    .returning<{ id: number }[]>('id')
  return site!.id // one inserted row
}
