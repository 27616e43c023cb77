import { Type } from 'typebox'
import { InvalidFieldError } from '../../kernel/errors.ts'
import { Nullable } from '../../kernel/nullable.ts'
import { type Issue, invalidField } from '../../kernel/problem.ts'
import { type Parsed, parseCalendar, parseHours } from '../hours/index.ts'
import { callableClasses } from '../telephony/number-class.ts'
import { isTimeZone } from './time-zone.ts'

const settings = {
  name: Type.String({ minLength: 1, maxLength: 80 }),
  active: Type.Boolean(),
  dialMode: Type.Enum(['manual', 'preview', 'direct', 'progressive'], {
    description: 'progressive: the server dials after a countdown that the agent can stop'
  }),
  countdownSeconds: Type.Integer({ minimum: 1, maximum: 60, description: 'Of dial mode progressive' }),
  priority: Type.Integer({ minimum: 0, maximum: 1000, description: 'Low is served first' }),
  timeZone: Type.String({ description: 'IANA name, such as Europe/Paris' }),
  country: Type.String({ pattern: '^[A-Z]{2}$' }),
  callerId: Nullable(Type.String({ pattern: '^\\+[1-9]\\d{6,14}$', description: 'E.164' })),
  dispositionSetId: Nullable(Type.Integer({ minimum: 1 })),
  wrapUpSeconds: Type.Integer({ minimum: 0, maximum: 3600, description: '0: no limit' }),
  wrapUpExtensions: Type.Integer({
    minimum: 0,
    maximum: 10,
    description: 'How often an agent may ask for as much again'
  }),
  ringSeconds: Type.Integer({
    minimum: 5,
    maximum: 120,
    description: "How long the customer's phone may ring"
  }),
  maxCallSeconds: Type.Integer({ minimum: 10, maximum: 43_200 }),
  numberClasses: Type.Array(Type.Enum([...callableClasses]), {
    uniqueItems: true,
    description: "Kinds of numbers that may be called, seen from the campaign's country"
  }),
  recordCalls: Type.Boolean({
    description: 'Record every call on the PBX; tell the people you call, as the law asks'
  }),
  leaseMinutes: Type.Integer({
    minimum: 1,
    maximum: 480,
    description: 'How long a contact stays with one agent'
  }),
  maxAttempts: Nullable(
    Type.Integer({ minimum: 1, maximum: 1000, description: 'Of a contact; null: no limit' })
  ),
  maxAttemptsPerNumber: Nullable(Type.Integer({ minimum: 1, maximum: 1000 })),
  callbackTeamMinutes: Nullable(
    Type.Integer({
      minimum: 0,
      maximum: 525_600,
      description: "So long after its time a personal callback is anybody's; null: only ever his"
    })
  ),
  hours: Nullable(
    Type.Unknown({
      description:
        'When contacts may be called, in their local time: { monday: [{ from: "10:00", to: "13:00" }], … }; null: always'
    })
  ),
  calendar: Nullable(
    Type.Unknown({ description: '{ holidays: "FR", closures: [{ from: "2026-12-24" }] }; null: no holidays' })
  )
}

const column: Record<keyof typeof settings, string> = {
  name: 'name',
  active: 'active',
  dialMode: 'dial_mode',
  priority: 'priority',
  timeZone: 'time_zone',
  country: 'country',
  callerId: 'caller_id',
  dispositionSetId: 'disposition_set_id',
  wrapUpSeconds: 'wrap_up_seconds',
  wrapUpExtensions: 'wrap_up_extensions',
  ringSeconds: 'ring_seconds',
  maxCallSeconds: 'max_call_seconds',
  numberClasses: 'number_classes',
  recordCalls: 'record_calls',
  leaseMinutes: 'lease_minutes',
  countdownSeconds: 'countdown_seconds',
  maxAttempts: 'max_attempts',
  maxAttemptsPerNumber: 'max_attempts_per_number',
  callbackTeamMinutes: 'callback_team_minutes',
  hours: 'hours',
  calendar: 'calendar'
}

/** What is read of core.campaigns for the wire, as Knex takes it in `select` and `returning`. */
export const campaignColumns = Object.entries({ id: 'id', ...column, revision: 'revision' }).map(
  ([field, name]) => `${name} as ${field}`
)

export const Campaign = Type.Object(
  { id: Type.Integer(), ...settings, revision: Type.Integer() },
  { $id: 'Core.Campaign' }
)
const { name, dialMode, timeZone, country, ...rest } = settings
export const NewCampaign = Type.Object({ name, dialMode, timeZone, country, ...optional(rest) })
export const CampaignChanges = Type.Object(optional(settings), { minProperties: 1 })
function optional<P extends Record<string, Parameters<typeof Type.Optional>[0]>>(properties: P) {
  return Type.Partial(Type.Object(properties)).properties
}

/** The columns to write for settings of the wire. Throws CORE_INVALID_FIELD for a zone, hours and calendars that make no sense. */
export function toCampaignRow(
  body: Partial<Record<keyof typeof settings, unknown>>
): Record<string, unknown> {
  const row = Object.fromEntries(
    (Object.keys(column) as (keyof typeof settings)[])
      .filter(key => key in body)
      .map(key => [column[key], body[key]])
  )
  if (body.timeZone !== undefined && !isTimeZone(String(body.timeZone)))
    throw invalidField('timeZone', 'must be an IANA time zone, such as Europe/Paris')
  if (body.hours != null) row.hours = JSON.stringify(parsed(parseHours(body.hours)))
  if (body.calendar != null) row.calendar = JSON.stringify(parsed(parseCalendar(body.calendar)))
  return row
}

function parsed<T>(result: Parsed<T>): T {
  if ('value' in result) return result.value
  const issues: Issue[] = result.issues.map(({ field, detail }) => ({
    in: 'body',
    pointer: `/${field}`,
    detail
  }))
  const sentence = result.issues.map(({ field, detail }) => `${field} ${detail}`).join('; ')
  throw Object.assign(new InvalidFieldError(sentence), { issues })
}
