import { Type } from 'typebox'
import { type AccountRow, accountStates, kinds } from './accounts.ts'
import { digests } from './digest.ts'

/** An account as the API shows it: never its secret. */
export const Account = Type.Object(
  {
    userId: Type.Integer(),
    number: Type.String({ description: 'Extension and user name of the account' }),
    displayName: Type.String(),
    kind: Type.Enum([...kinds]),
    digest: Type.Enum([...digests]),
    maxContacts: Type.Integer(),
    enabled: Type.Boolean(),
    state: Type.Enum([...accountStates], {
      description: 'number_changed: the extension in his profile is another one, make a new secret'
    }),
    inForce: Type.Union([Type.Boolean(), Type.Null()], {
      description:
        'The PBX works with this; false for a moment after each change; null: it reads a file, nobody knows'
    }),
    secretSetAt: Type.String({ format: 'date-time' }),
    revision: Type.Integer()
  },
  { $id: 'Extensions.Account' }
)

/** In addresses: whose. */
export const UserId = Type.Object({ userId: Type.Integer({ minimum: 1 }) })

export const accountToWire = (row: AccountRow, announces: boolean) => ({
  userId: row.user_id,
  number: row.number,
  displayName: row.display_name,
  kind: row.kind,
  digest: row.digest,
  maxContacts: row.max_contacts,
  enabled: row.enabled,
  state: row.state,
  inForce: announces ? row.in_force : null,
  secretSetAt: row.secret_set_at.toISOString(),
  revision: row.revision
})
