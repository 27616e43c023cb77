import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '@evscallpro/core'
import { fakeClock } from '@evscallpro/testing'
import { test } from 'tap'
import { readFrames, roomFor, writeFrame } from '../src/journal/frame.ts'
import { JournalWriter } from '../src/journal/journal-writer.ts'
import { segmentName } from '../src/journal/place.ts'
import { type PlacedFrame, readJournal } from '../src/journal/read-journal.ts'

interface Teardown {
  teardown(end: () => unknown): void
}

function folder(t: Teardown): string {
  const path = mkdtempSync(join(tmpdir(), 'evs-journal-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** What a journal says, and to whom. */
function listener() {
  const delivered: { frame: PlacedFrame; stored: boolean }[] = []
  const errors: string[] = []
  const silent = { info() {}, warn() {}, error: (_: unknown, text: string) => void errors.push(text) }
  return {
    delivered,
    errors,
    // The writer uses these three only.
    log: silent as unknown as Parameters<typeof JournalWriter.open>[0]['log'],
    deliver: (frames: readonly PlacedFrame[], stored: boolean) =>
      void delivered.push(...frames.map(frame => ({ frame, stored })))
  }
}

const settings = { pbx: 'sim', segmentBytes: 65_536, retentionHours: 1 }

const open = (
  path: string,
  to: ReturnType<typeof listener>,
  more: { clock?: Clock; segmentBytes?: number } = {}
) =>
  JournalWriter.open({
    ...settings,
    folder: path,
    clock: systemClock,
    log: to.log,
    deliver: to.deliver,
    ...more
  })

async function textsIn(path: string, onLoss?: (place: number, what: string) => void): Promise<string[]> {
  const texts: string[] = []
  for await (const frames of readJournal(path, onLoss ? { onLoss } : {})) {
    for (const frame of frames) if (frame.kind !== 'head') texts.push(frame.text)
  }
  return texts
}

test('what is appended can be read again, in order, over segments and restarts, from any place', async t => {
  const path = folder(t)
  const heard = listener()
  const texts = Array.from({ length: 500 }, (_, i) => `Event: Newstate\r\nNote: é${i}${'x'.repeat(300)}`)
  const first = await open(path, heard)
  for (const [i, text] of texts.entries()) {
    first.append('event', text)
    if (i % 50 === 0) await first.flushed()
  }
  await first.close()
  const second = await open(path, heard)
  t.equal(second.id, first.id, 'the folder keeps its id')
  second.append('alive', 'after')
  await second.close()
  t.same(await textsIn(path), [...texts, 'after'])
  t.same(
    heard.delivered.map(({ frame }) => frame.text),
    [...texts, 'after'],
    'every frame was given on, in its order'
  )
  t.ok(heard.delivered.every(({ stored }) => stored))
  const middle = heard.delivered[250]!.frame
  const rest: string[] = []
  for await (const frames of readJournal(path, { from: middle.place }))
    rest.push(...frames.map(frame => frame.text))
  t.equal(rest[0], middle.text)
  t.ok(rest.includes('after'))
})

test('a journal cut at any byte of a frame keeps every frame before it, and the next writer goes on', async t => {
  const path = folder(t)
  const heard = listener()
  const writer = await open(path, heard)
  for (const text of ['one', 'two', 'three']) writer.append('event', text)
  await writer.close()
  const file = join(path, segmentName(1))
  const whole = readFileSync(file)
  const [, second, third] = heard.delivered.map(({ frame }) => frame.place % 2 ** 32)
  for (let length = second!; length < whole.length; length++) {
    writeFileSync(file, whole)
    truncateSync(file, length)
    const losses: string[] = []
    t.same(await textsIn(path, (_, what) => losses.push(what)), length < third! ? ['one'] : ['one', 'two'])
    const clean = length === second || length === third
    t.same(losses, clean ? [] : ['torn'], `cut at byte ${length}`)
  }
  const next = await open(path, heard)
  next.append('event', 'four')
  await next.close()
  t.same(await textsIn(path), ['one', 'two', 'four'])
})

test('a byte that has changed is noticed wherever it is', t => {
  const bytes = Buffer.alloc(roomFor('hello'))
  const end = writeFrame(bytes, 0, { kind: 'event', atMs: 1_800_000_000_000, text: 'hello' })
  const whole = bytes.subarray(0, end)
  t.match(readFrames(whole), {
    frames: [{ kind: 'event', atMs: 1_800_000_000_000, text: 'hello' }],
    rest: end
  })
  for (let i = 0; i < end; i++) {
    const changed = Buffer.from(whole)
    changed[i]! ^= 0x40
    t.same(readFrames(changed).frames, [], `byte ${i}`)
  }
  t.end()
})

test('a disk that refuses is said once; frames go on all the same, and when it takes them again they are safe again', async t => {
  const path = folder(t)
  const heard = listener()
  const clock = fakeClock()
  const writer = await open(path, heard, { clock, segmentBytes: 65_536 })
  writer.append('event', 'safe')
  await writer.flushed()
  t.equal(writer.failure, null)
  // The folder is gone: the next segment cannot be made.
  writer.append('event', 'x'.repeat(70_000))
  await writer.flushed()
  rmSync(path, { recursive: true })
  writer.append('event', 'not safe')
  await writer.flushed()
  t.match(writer.failure, /journal of the PBX sim is not written.*ENOENT.*calls go on/)
  writer.append('event', 'not safe either')
  await writer.flushed()
  t.equal(heard.errors.length, 1, 'one line in the log, not one for each event')
  const { mkdirSync } = await import('node:fs')
  mkdirSync(path)
  await clock.advance(5_000)
  writer.append('event', 'safe again')
  await writer.flushed()
  t.equal(writer.failure, null)
  await writer.close()
  t.same(
    heard.delivered.map(({ frame, stored }) => [frame.text.slice(0, 15), stored]),
    [
      ['safe', true],
      ['xxxxxxxxxxxxxxx', true],
      ['not safe', false],
      ['not safe either', false],
      ['safe again', true]
    ]
  )
  const places = heard.delivered.map(({ frame }) => frame.place)
  t.same(
    places,
    [...places].sort((a, b) => a - b),
    'places grow, on disk or not'
  )
  t.same(await textsIn(path), ['safe again'])
})

test('only segments that are old and not needed are deleted', async t => {
  const path = folder(t)
  const heard = listener()
  const clock = fakeClock(new Date(Date.now() + 2 * 3_600_000)) // two hours from now: every file is old
  const writer = await open(path, heard, { clock })
  const fill = async (): Promise<void> => {
    writer.append('event', 'x'.repeat(70_000))
    await writer.flushed()
  }
  for (let i = 0; i < 4; i++) await fill()
  t.equal((await textsIn(path)).length, 4, 'nothing goes while nobody has said that it is written')
  writer.needFrom(heard.delivered[2]!.frame.place)
  await fill()
  t.equal((await textsIn(path)).length, 3, 'the third and what came after it')
  await writer.close()
})

test('a folder of another PBX is refused with the mend', async t => {
  const path = folder(t)
  const heard = listener()
  await (await open(path, heard)).close()
  await t.rejects(
    JournalWriter.open({
      ...settings,
      pbx: 'other',
      folder: path,
      clock: systemClock,
      log: heard.log,
      deliver() {}
    }),
    /belongs to another PBX than other: give each PBX a folder of its own/
  )
})
