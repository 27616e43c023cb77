import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import tap from 'tap'
import { elementSources, sourcesOf } from '../../../tools/elements/element-sources.ts'
import { expandTemplate, popAddress } from '../src/elements/screen-pop.ts'
import { clockTime, spokenTime } from '../src/format/duration.ts'
import { shortMoment, spokenMoment } from '../src/format/moment.ts'
import { dialled, readableNumber } from '../src/format/phone-number.ts'
import { addDays, instantOf, wallTime } from '../src/format/zone-time.ts'

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')
const src = join(import.meta.dirname, '../src')

tap.test(
  'every text has the same places for values in both languages, and French writes its own signs',
  async t => {
    let texts = 0
    for (const file of sourcesOf(join(src, 'text'))) {
      const module: Record<string, unknown> = await import(file)
      for (const [name, value] of Object.entries(module)) {
        if (typeof value !== 'object' || value === null || !('en' in value && 'fr' in value)) continue
        const { en, fr } = value as Record<'en' | 'fr', Record<string, string>> // the shape that words() makes
        t.same(Object.keys(en), Object.keys(fr), `${name} has the same keys`)
        for (const key of Object.keys(en)) {
          texts++
          const places = (text: string): string[] =>
            [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort()
          t.same(places(fr[key]!), places(en[key]!), `${name}.${key} has the same places`)
          t.notMatch(fr[key]!, /'|"|[^ ][;:!?»]/, `${name}.${key}: ’ and a space before ; : ! ?`)
          t.ok(fr[key] && en[key], `${name}.${key} is not empty`)
        }
      }
    }
    t.ok(texts > 200)
  }
)

tap.test('durations and numbers read as people read them', async t => {
  t.same([0, 7_000, 252_000, 3_852_000, -5].map(clockTime), ['0:00', '0:07', '4:12', '1:04:12', '0:00'])
  // It is heard: which space the language's data has is all one.
  const heard = (ms: number): string => spokenTime(ms, 'fr').replaceAll('\u00a0', ' ')
  t.equal(heard(252_000), '4 minutes 12 secondes')
  t.equal(spokenTime(3_601_000, 'en'), '1 hour 1 second')
  t.equal(heard(0), '0 seconde')
  t.same(
    [
      '+33261915578',
      '+262692123456',
      '+442079460958',
      '+12125550123',
      '+352621234567',
      '112',
      'anonymous'
    ].map(each => plain(readableNumber(each))),
    [
      '02 61 91 55 78',
      '06 92 12 34 56',
      '+44 207 946 0958',
      '+1 212 555 0123',
      '+352 621 234 567',
      '112',
      'anonymous'
    ]
  )
  t.same(['+33 (2) 61 91 55 78', '02.61.91.55.78', '+33+2'].map(dialled), [
    '+33261915578',
    '0261915578',
    '+332'
  ])
})

tap.test('a moment is said with its day unless it is today', async t => {
  const now = Date.parse('2026-11-21T13:00:00Z')
  t.equal(spokenMoment('2026-11-21T13:25:00Z', now, 'fr', 'Europe/Paris'), '14:25')
  t.equal(spokenMoment('2026-11-23T08:00:00Z', now, 'fr', 'Europe/Paris'), 'lundi 23 novembre à 09:00')
  t.equal(spokenMoment('2026-11-23T08:00:00Z', now, 'en', 'Europe/Paris'), 'Monday 23 November at 09:00')
  t.match(shortMoment('2026-11-21T12:00:00Z', 'fr'), /^21\/11 \d\d:\d\d$/)
})

tap.test(
  'a wall clock and an instant are turned into each other in every zone, also where the clock is put forward or back',
  async t => {
    for (const zone of [
      'Europe/Paris',
      'Indian/Reunion',
      'America/New_York',
      'Pacific/Auckland',
      'Asia/Kolkata'
    ]) {
      for (let day = 0; day < 366; day++) {
        const at = Date.UTC(2026, 0, 1 + day, (day * 7) % 24, 30)
        const wall = wallTime(at, zone)
        const back = instantOf(wall, zone)!
        t.same(wallTime(back, zone), wall, `${zone} ${wall.date} ${wall.time}`)
      }
    }
    t.equal(
      instantOf({ date: '2026-03-29', time: '02:30' }, 'Europe/Paris'),
      Date.parse('2026-03-29T01:30:00Z'),
      'skipped: the hour after'
    )
    t.equal(
      instantOf({ date: '2026-10-25', time: '02:30' }, 'Europe/Paris'),
      Date.parse('2026-10-25T00:30:00Z'),
      'twice: the first'
    )
    t.same(
      [instantOf({ date: '', time: '' }, null), instantOf({ date: '2026-11-24', time: '' }, null)],
      [null, null]
    )
    t.same(addDays({ date: '2026-12-31', time: '09:00' }, 1), { date: '2027-01-01', time: '09:00' })
  }
)

tap.test('an address to open is encoded, of the same origin, and never a script', async t => {
  const values = { phone: '+33261915578', callId: 'a&b', contactId: 7, externalId: null }
  t.equal(
    expandTemplate('/contacts{?phone,callId,externalId}', values),
    '/contacts?phone=%2B33261915578&callId=a%26b'
  )
  t.equal(expandTemplate('/c/{contactId}?x=1{&callId}', values), '/c/7?x=1&callId=a%26b')
  t.equal(expandTemplate('/c{?externalId}', values), '/c')
  const page = 'https://crm.example/a/b'
  t.equal(popAddress('/contacts/7', page), 'https://crm.example/contacts/7')
  t.equal(popAddress('https://other.example/7', page), null)
  t.equal(popAddress('https://other.example/7', page, ['https://other.example']), 'https://other.example/7')
  for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'http://crm.example/7', '//['])
    t.equal(popAddress(bad, page), null, bad)
  t.equal(popAddress('/7', 'http://crm.lan/'), 'http://crm.lan/7', 'http where the page is http')
})

tap.test('no element writes a style that a strict policy blocks', async t => {
  const elements = elementSources(src)
  t.ok(elements.length >= 10)
  for (const file of sourcesOf(join(src, 'elements'))) {
    const text = readFileSync(file, 'utf8')
    t.notMatch(text, /\bstyle=|styleMap|<style|unsafeHTML|\.innerHTML/, file.slice(src.length))
    t.notMatch(text, /#[0-9a-f]{3,6}\b(?=['"; ])/i, `${file.slice(src.length)}: colours come from tokens`)
  }
})
