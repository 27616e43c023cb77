import { type AmiPacket, header, WirePacket } from '../link/packet.ts'
import { interpret, noteHangup } from '../record/interpret.ts'
import { markGap, restore } from '../record/restore.ts'
import { expire } from '../record/sealing.ts'
import { createInterpreterState, type InterpreterOptions, type InterpreterState } from '../record/state.ts'
import type { CallFact, OpenCall } from '../record/types.ts'
import type { Frame } from './frame.ts'

/** What a `snapshot` frame holds: everything that bringing the state in line with the PBX depends on. */
export interface SnapshotFrame {
  /** When the PBX was asked, ms since 1970. */
  readonly askedAtMs: number
  /** Rows of CoreShowChannels. */
  readonly rows: readonly AmiPacket[]
  /** Open calls that the database knew; those that the journal told of count as the journal told. */
  readonly known: readonly OpenCall[]
}

/** A reader of frames on its way: the interpreter's state, and whether it is in line with the PBX. */
export interface Following {
  readonly state: InterpreterState
  /** From the snapshot after a session began until that session is lost. */
  inLine: boolean
  atMs: number
  lostAtMs: number | undefined
}

export function startFollowing(options: InterpreterOptions = {}): Following {
  return { state: createInterpreterState(options), inLine: false, atMs: 0, lostAtMs: undefined }
}

/** Rows of a list that we asked for: they are in the snapshot and are no events. */
const listRows = new Set(['CoreShowChannel', 'CoreShowChannelsComplete', 'Status', 'StatusComplete'])

/** True for a packet that tells of calls or of the PBX, and not just answers us. */
export const isEvent = (packet: WirePacket): boolean => !listRows.has(header(packet, 'Event') ?? '')

/**
 * Reads the next frame of a journal. Pure but for `following`, which it changes; the same frames always give the same
 * facts, whoever looks and when. Time moves with the frames: a record is sealed before the frame that comes after its
 * seal time.
 */
export function follow(following: Following, frame: Frame & { place: number }): CallFact[] {
  const { state } = following
  const since = following.atMs
  following.atMs = Math.max(since, frame.atMs)
  state.mark = frame.place
  const facts = expire(state, following.atMs)
  switch (frame.kind) {
    case 'event':
      // Events that overtake the snapshot are read at once: a hang-up among them is the exact end of a call it lacks.
      return joined(facts, interpret(state, new WirePacket(frame.text), following.atMs))
    case 'up':
      // The process before may have died without a word: what it saw last was true until then.
      lose(following, since)
      return facts
    case 'down':
      lose(following, following.atMs)
      return facts
    case 'snapshot':
      facts.push(...applySnapshot(following, JSON.parse(frame.text)))
      return facts
    case 'hangup':
      noteHangup(state, JSON.parse(frame.text).callId, following.atMs)
      return facts
    case 'alive':
    case 'head':
      return facts
  }
}

/** Most events seal nothing: nothing is copied then. */
const joined = (sealed: CallFact[], told: CallFact[]): CallFact[] =>
  sealed.length === 0 ? told : [...sealed, ...told]

/** Moves time on when no frame comes; to be called only when every frame up to now was read. */
export function passTime(following: Following, nowMs: number): CallFact[] {
  return expire(following.state, Math.max(following.atMs, nowMs))
}

/** The connection is gone: what comes next is not known. */
function lose(following: Following, atMs: number): void {
  following.inLine = false
  following.lostAtMs ??= atMs
  markGap(following.state)
}

function applySnapshot(following: Following, { askedAtMs, rows, known }: SnapshotFrame): CallFact[] {
  const { lostAtMs } = following
  following.lostAtMs = undefined
  following.inLine = true
  const lost = lostAtMs === undefined || lostAtMs === 0 ? {} : { lostAtMs }
  return restore(following.state, known, { atMs: askedAtMs, channels: rows, ...lost })
}

/**
 * The place from which a journal must be read to have this state again: the oldest frame of a call that is not sealed,
 * or of a channel that shared a bridge with one.
 */
export function neededFrom(following: Following, reached: number): number {
  const { state } = following
  let oldest = reached
  for (const call of state.calls.values()) oldest = Math.min(oldest, call.mark)
  for (const channel of state.channels.values()) {
    oldest = Math.min(oldest, channel.mark)
    for (const { bridge } of channel.stays) {
      for (const { channel: other } of bridge.stays) oldest = Math.min(oldest, other.mark)
    }
  }
  return oldest
}
