import { header } from '../link/packet.ts'
import { isOtherHalf } from './bridges.ts'
import type { Told } from './fields.ts'
import type { Call, Channel, InterpreterState, Leg, Transfer } from './state.ts'
import type { TransferRecord } from './types.ts'

/** The new leg's events and those of the transfer overtake each other by milliseconds. */
const slackMs = 50

/**
 * Reads `BlindTransfer` or `AttendedTransfer`. Returns the call it belongs to; undefined when it did not succeed, or
 * when its legs are not known (they began and were transferred within a gap).
 */
export function readTransfer(
  state: InterpreterState,
  packet: Told,
  kind: Transfer['kind'],
  atMs: number
): Call | undefined {
  if (header(packet, 'Result') !== 'Success') return undefined
  const channel = (name: string): Channel | undefined =>
    state.channels.get(header(packet, `${name}Uniqueid`) ?? '')
  const giver = channel(kind === 'blind' ? 'Transferer' : 'OrigTransferer')
  const target = kind === 'blind' ? undefined : channel('TransferTarget')
  const call = giver?.call
  if (!giver?.leg || !call) return undefined
  const party = channel('Transferee')?.leg ?? partnerOf(giver, target)
  if (!party) return undefined
  if (call.transfers.some(known => known.kind === kind && known.from === giver.leg && known.party === party))
    return call
  call.transfers.push({ kind, atMs, from: giver.leg, party, ...(target && { target }) })
  return call
}

/** Whom the channel had met last, other than the target: an announced transfer does not always name the transferee. */
function partnerOf(giver: Channel, target: Channel | undefined): Leg | undefined {
  const partners = giver.stays
    .flatMap(stay => stay.bridge.stays)
    .filter(({ channel }) => channel !== giver && channel !== target && !channel.local && !channel.spy)
  return partners.sort((a, b) => a.fromMs - b.fromMs).at(-1)?.channel.leg
}

/** The call's transfers as edges between its legs, in the order of time. All legs have their names. */
export function transferRecords(call: Call): TransferRecord[] {
  const inOrder = [...call.transfers].sort((a, b) => a.atMs - b.atMs)
  return inOrder.flatMap((transfer, n) => {
    const { kind, from, party } = transfer
    const to = takerOf(call, transfer, inOrder[n + 1]?.atMs ?? Number.POSITIVE_INFINITY)
    if (from.label === undefined || party.label === undefined) return []
    return {
      kind,
      atMs: Math.round(transfer.atMs),
      from: from.label,
      party: party.label,
      ...(to?.label !== undefined && { to: to.label })
    }
  })
}

function takerOf(call: Call, transfer: Transfer, nextAtMs: number): Leg | undefined {
  const { target, party } = transfer
  if (target?.leg) return target.leg
  // Of several that were tried, such as the routes of one number, the one that answered, else the last.
  const tried = call.legs
    .filter(leg => (target ? dialledThrough(call, leg, target) : dialledAfter(leg, transfer, nextAtMs)))
    .filter(leg => leg !== party && leg !== transfer.from)
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
  return tried.find(leg => leg.answeredAtMs !== undefined) ?? tried.at(-1)
}

/** Dialled by the other half of the Local channel that is the target. */
function dialledThrough(call: Call, leg: Leg, target: Channel): boolean {
  return [...call.channels].some(
    half => half.uniqueid === leg.channel.dialledBy && isOtherHalf(half.name, target.name)
  )
}

function dialledAfter(leg: Leg, { atMs }: Transfer, nextAtMs: number): boolean {
  return leg.createdAtMs >= atMs - slackMs && leg.createdAtMs < nextAtMs - slackMs
}
