import type { Channel } from './channel.ts'

/** One row of Asterisk's CDR, fields of Master.csv with `newcdrcolumns`; times in ms since 1970. */
export interface CdrRow {
  accountCode: string
  source: string
  destination: string
  destinationContext: string
  callerId: string
  channel: string
  destinationChannel: string
  lastApplication: string
  lastData: string
  startMs: number
  answerMs: number | undefined
  endMs: number
  durationS: number
  billableS: number
  disposition: 'ANSWERED' | 'NO ANSWER' | 'BUSY' | 'CONGESTION'
  amaFlags: 'DOCUMENTATION'
  uniqueId: string
  userField: string
  peerAccount: string
  linkedId: string
  sequence: number
}

/** Asterisk keeps 80 bytes of an application's data in a CDR. */
const LAST_DATA_LENGTH = 79

/**
 * The CDR rows of one calling channel. They are written at its end, all together, with the quirks of the real thing:
 * a pair's billable time counts from the answer of the *calling* leg, and what runs after a pair is a row of its own.
 */
export class CdrChain {
  readonly #channel: Channel
  readonly #rows: CdrRow[] = []
  readonly #nextSequence: () => number
  #open: { startMs: number; answerMs: number | undefined } | undefined
  #restartMs: number | undefined
  userField = ''

  constructor(channel: Channel, nextSequence: () => number) {
    this.#channel = channel
    this.#nextSequence = nextSequence
    this.#open = { startMs: channel.createdAtMs, answerMs: undefined }
  }

  answered(nowMs: number): void {
    if (this.#open) this.#open.answerMs ??= nowMs
  }

  /** The channel runs an application: after a finished pair that begins a new row. */
  running(): void {
    if (this.#open || this.#restartMs === undefined) return
    this.#open = { startMs: this.#restartMs, answerMs: this.#restartMs }
  }

  /** Dial as the application of an originated leg: the leg alone is a row that ends with its answer. */
  splitAtAnswer(): void {
    const open = this.#open
    if (open?.answerMs === undefined) return
    this.#write(open, open.answerMs, '', 'ANSWERED', this.#channel.context, this.#channel.exten)
    this.#open = { startMs: open.answerMs, answerMs: open.answerMs }
  }

  /** A dialled leg is over: its row is complete. */
  pair(nowMs: number, peer: Channel, disposition: CdrRow['disposition']): void {
    this.running()
    const open = this.#open
    if (!open) return
    this.#write(open, nowMs, peer.name, disposition, this.#channel.context, this.#channel.exten, peer.account)
    this.#open = undefined
    this.#restartMs = nowMs
  }

  /** The channel ends; returns all its rows. `disposition` counts when it was never answered. */
  close(nowMs: number, disposition: CdrRow['disposition']): CdrRow[] {
    const open = this.#open
    const alone = this.#rows.length > 0 && !this.#channel.pbx // the rest of an application's leg leaves no row
    if (open && !alone) {
      this.#write(
        open,
        nowMs,
        '',
        open.answerMs === undefined ? disposition : 'ANSWERED',
        this.#channel.context,
        this.#channel.exten
      )
    }
    this.#open = undefined
    return this.#rows.map(row => ({ ...row, userField: this.userField }))
  }

  #write(
    open: { startMs: number; answerMs: number | undefined },
    endMs: number,
    destinationChannel: string,
    disposition: CdrRow['disposition'],
    destinationContext: string,
    destination: string,
    peerAccount = ''
  ): void {
    const channel = this.#channel
    this.#rows.push({
      accountCode: channel.account,
      source: channel.caller.num,
      destination,
      destinationContext,
      callerId: callerIdText(channel.caller.name, channel.caller.num),
      channel: channel.name,
      destinationChannel,
      lastApplication: channel.application,
      lastData: channel.applicationData.slice(0, LAST_DATA_LENGTH),
      startMs: open.startMs,
      answerMs: open.answerMs,
      endMs,
      durationS: Math.floor((endMs - open.startMs) / 1000),
      billableS: open.answerMs === undefined ? 0 : Math.floor((endMs - open.answerMs) / 1000),
      disposition,
      amaFlags: 'DOCUMENTATION',
      uniqueId: channel.uniqueid,
      userField: '',
      peerAccount,
      linkedId: channel.linkedid,
      sequence: this.#nextSequence()
    })
  }
}

function callerIdText(name: string, num: string): string {
  return name === '' ? num : `"${name}" <${num}>`
}

/** Header lines of the Cdr event, as cdr_manager with the mappings linkedid => LinkedID and EVS_CALL_ID => CallId sends them. */
export function cdrLines(row: CdrRow): string {
  return (
    `AccountCode: ${row.accountCode}\r\nSource: ${row.source}\r\nDestination: ${row.destination}\r\n` +
    `DestinationContext: ${row.destinationContext}\r\nCallerID: ${row.callerId}\r\nChannel: ${row.channel}\r\n` +
    `DestinationChannel: ${row.destinationChannel}\r\nLastApplication: ${row.lastApplication}\r\nLastData: ${row.lastData}\r\n` +
    `StartTime: ${second(row.startMs)}\r\nAnswerTime: ${row.answerMs === undefined ? '' : second(row.answerMs)}\r\n` +
    `EndTime: ${second(row.endMs)}\r\nDuration: ${row.durationS}\r\nBillableSeconds: ${row.billableS}\r\n` +
    `Disposition: ${row.disposition}\r\nAMAFlags: ${row.amaFlags}\r\nUniqueID: ${row.uniqueId}\r\n` +
    `UserField: ${row.userField}\r\nLinkedID: ${row.linkedId}\r\nCallId: \r\n`
  )
}

/** `2026-11-22 13:22:48`, UTC, whole seconds cut off. */
function second(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}
