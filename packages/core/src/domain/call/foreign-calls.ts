import type { Knex } from 'knex'
import { tryNormaliseNumber } from '../contact/phone-number.ts'
import type { CallBusiness } from './call-history.ts'
import type { CallRecord } from './call-record.ts'

/** E.164 where the agent's country tells how to read it; a short or an inside number stays as it is. */
function numberOf({ customerNumber }: CallRecord, country: string | null): string | null {
  if (customerNumber === undefined) return null
  return (country === null ? null : tryNormaliseNumber(customerNumber, country)) ?? customerNumber
}

/** Who has the phone of a call that we did not start: dialled by hand, or come in. */
interface AgentAtPhone {
  readonly id: number
  readonly siteId: number | null
  readonly country: string | null
  readonly callerId: string | null
}

/** The extension of a phone as the PBX names it, `PJSIP/1001`; undefined for a trunk or none. */
export const extensionAt = (endpoint: string | undefined): string | undefined =>
  /^PJSIP\/(\d{2,8})$/.exec(endpoint ?? '')?.[1]

/** The agents who have the phones of these calls, by extension. */
export async function agentsAt(
  trx: Knex.Transaction,
  records: readonly CallRecord[]
): Promise<ReadonlyMap<string, AgentAtPhone>> {
  const extensions = records.flatMap(record => extensionAt(record.agentEndpoint) ?? [])
  if (extensions.length === 0) return new Map()
  const { rows } = await trx.raw<{ rows: (AgentAtPhone & { extension: string })[] }>(
    `select u.id, u.extension, u.site_id as "siteId", s.country, s.caller_id as "callerId"
       from core.users u left join core.sites s on s.id = u.site_id where u.extension = any(?)`,
    [extensions]
  )
  return new Map(rows.map(({ extension, ...agent }) => [extension, agent]))
}

/** Whose a call is that we did not start: its agent's, as far as the PBX tells the phone. */
export function foreignBusiness(
  pbx: string,
  record: CallRecord,
  agents: ReadonlyMap<string, AgentAtPhone>
): CallBusiness {
  const agent = agents.get(extensionAt(record.agentEndpoint) ?? '')
  return {
    campaignId: 0,
    contactId: null,
    handoutId: null,
    agentId: agent?.id ?? null,
    siteId: agent?.siteId ?? null,
    number: numberOf(record, agent?.country ?? null),
    callerId: record.handDial ? (agent?.callerId ?? null) : null,
    station: record.agentEndpoint ?? null,
    pbx,
    recordingFile: null,
    startedAt: new Date(record.startedAtMs)
  }
}
