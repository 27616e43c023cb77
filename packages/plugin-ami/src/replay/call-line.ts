import type { CallRecord, LegRecord } from '@evscallpro/core'

/** One finished call as the API shows it (`GET /api/call-history`), as far as the PBX knows it, and its legs. */
export type CallLine = Readonly<Record<string, unknown>> & { readonly callId: string }

const time = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString())

/** The record under the names of the API. What only the CRM knows (campaign, contact, agent …) is not in it. */
export function callLine(pbx: string, record: CallRecord): CallLine {
  return {
    callId: record.callId,
    direction: record.direction,
    number: record.customerNumber ?? null,
    outcome: record.outcome,
    endedBy: record.endedBy,
    station: record.agentEndpoint ?? null,
    trunk: record.trunk ?? null,
    route: record.route ?? null,
    callerIdPresented: record.callerIdPresented ?? null,
    startedAt: time(record.startedAtMs),
    agentRingingAt: time(record.agentRingingAtMs),
    agentAnsweredAt: time(record.agentAnsweredAtMs),
    agentAcceptedAt: time(record.agentAcceptedAtMs),
    customerDialledAt: time(record.customerDialledAtMs),
    customerRingingAt: time(record.customerRingingAtMs),
    customerAnsweredAt: time(record.customerAnsweredAtMs),
    endedAt: time(record.endedAtMs),
    talkMs: record.talkMs,
    holdMs: record.holdMs,
    billableMs: record.billableMs,
    cause: record.cause ?? null,
    techCause: record.techCause ?? null,
    pbx,
    linkedid: record.linkedid ?? null,
    endQuality: record.endQuality,
    interpreterVersion: record.interpreterVersion,
    legs: record.legs.map(legLine),
    transfers: record.transfers.map(({ kind, atMs, from, party, to }) => ({
      ...{ kind, at: time(atMs), from, party, to: to ?? null }
    }))
  }
}

const legLine = (leg: LegRecord): Record<string, unknown> => ({
  leg: leg.leg,
  role: leg.role,
  channel: leg.channel,
  uniqueid: leg.uniqueid,
  endpoint: leg.endpoint,
  trunk: leg.trunk,
  createdAt: time(leg.createdAtMs),
  ringingAt: time(leg.ringingAtMs),
  answeredAt: time(leg.answeredAtMs),
  bridgedAt: time(leg.bridgedAtMs),
  endedAt: time(leg.endedAtMs),
  cause: leg.cause ?? null,
  techCause: leg.techCause ?? null
})
