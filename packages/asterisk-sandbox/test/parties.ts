import type { AsteriskSandbox } from '@evscallpro/asterisk-sandbox'
import type { Test } from 'tap'
import type { Ami, Packet } from './ami.ts'

/** What is seen of a party that central calls: rang it, was it answered, with which cause it ended, which keys came. */
interface Seen {
  readonly rings: boolean
  readonly answers: boolean
  readonly cause?: string
  readonly keys?: string
}

const stays: Seen = { rings: true, answers: true }
const early: Seen = { rings: false, answers: true }
const refuses = (cause: string): Seen => ({ rings: false, answers: false, cause })
const ringsThen = (cause: string): Seen => ({ rings: true, answers: false, cause })

// by the last four digits; where no cause stands the party stays and the test hangs up
const customers: Readonly<Record<string, Seen>> = {
  '998711001001': { ...stays, cause: '16' },
  '998711001000': stays,
  '998711001101': stays,
  '998711001201': { ...early, cause: '16' },
  '998711002001': ringsThen('17'),
  '998711002101': ringsThen('19'),
  '998711002201': refuses('34'),
  '998711002301': ringsThen('21'),
  '998711002400': refuses('1'),
  '998711002500': refuses('28'),
  '998711002600': refuses('27'),
  '998711002700': refuses('19'),
  '998711002842': refuses('34'),
  '998711003001': refuses('19'),
  '998711003101': early,
  '998711004000': stays,
  '998711004101': { ...stays, cause: '16' },
  '998711004201': early,
  '998711004301': early,
  '998711004401': early,
  '998711004501': { ...early, keys: '1' },
  '998711005001': { ...stays, cause: '16', keys: '1' },
  '998711005101': { ...stays, cause: '16', keys: '2' },
  '998711005201': { ...stays, cause: '16', keys: '' },
  '9982468105401': { ...stays, cause: '16', keys: '246810' },
  '998711006001': { ...early, cause: '16' },
  '998711009999': refuses('1'),
  '112': early,
  '101': early,
  '15': early
}

const agents: Readonly<Record<string, Seen>> = {
  answer: stays,
  'answer:1': { ...stays, cause: '16' },
  'slow:2': stays,
  auto: early,
  reject: ringsThen('21'),
  busy: refuses('17'),
  dnd: refuses('19'),
  'dtmf:42#': { ...stays, keys: '42#' }
}

/** Calls every kind of customer at both gateways and compares. */
export async function callCustomers(t: Test, ami: Ami): Promise<void> {
  const calls = ['trunk-site-a', 'trunk-site-b'].flatMap(trunk =>
    Object.entries(customers).map(async ([number, wanted]) => {
      const seen = await dial(ami, `${trunk}-${number}`, `PJSIP/${number}@${trunk}`, wanted)
      t.same(seen, whole(wanted), `${number}, ${trunk}`)
    })
  )
  await Promise.all(calls)
}

/** Gives phones one behaviour each, calls them, and compares. */
export async function callAgents(t: Test, sandbox: AsteriskSandbox, ami: Ami): Promise<void> {
  const calls = Object.entries(agents).map(async ([behaviour, wanted], index) => {
    const extension = String(1011 + index)
    await sandbox.phone(extension, behaviour)
    t.same(await dial(ami, `phone-${extension}`, `PJSIP/${extension}`, wanted), whole(wanted), behaviour)
  })
  await Promise.all(calls)
}

const whole = (wanted: Seen): Seen => ({ cause: '16', keys: '', ...wanted })

async function dial(ami: Ami, id: string, channel: string, wanted: Seen): Promise<Seen> {
  const of = (event: string) => (packet: Packet) => packet.Event === event && packet.Uniqueid === id
  await ami.action({
    Action: 'Originate',
    Channel: channel,
    ChannelId: id,
    Application: 'Wait',
    Data: '3600',
    Timeout: '15000',
    Async: 'true'
  })
  if (wanted.answers) await ami.packet(packet => of('Newstate')(packet) && packet.ChannelState === '6')
  if (!wanted.cause) {
    if (wanted.keys) await ami.packet(keysAre(ami, id, wanted.keys))
    const { Channel = '' } = await ami.packet(of('Newchannel'))
    await ami.action({ Action: 'Hangup', Channel, Cause: '16' })
  }
  const { Cause: cause = '' } = await ami.packet(of('Hangup'))
  const states = ami.packets.filter(of('Newstate')).map(({ ChannelState }) => ChannelState)
  return { rings: states.includes('5'), answers: states.includes('6'), cause, keys: keysOf(ami, id) }
}

function keysOf(ami: Ami, id: string): string {
  const keys = ami.packets.filter(({ Event, Uniqueid, Direction }) => {
    return Event === 'DTMFEnd' && Uniqueid === id && Direction === 'Received'
  })
  return keys.map(({ Digit }) => Digit).join('')
}

function keysAre(ami: Ami, id: string, keys: string) {
  return () => keysOf(ami, id) === keys
}
