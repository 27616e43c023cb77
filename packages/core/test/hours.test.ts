import t from 'tap'
import {
  afterOpenTime,
  alwaysOpen,
  type Calendar,
  type Hours,
  hoursPresets,
  inRegion,
  isOpen,
  localHourTomorrow,
  nextChange,
  nextOpening,
  noHolidays,
  openZones,
  parseCalendar,
  parseHours,
  regionOf,
  UnknownZoneError,
  whyClosed
} from '../src/domain/hours/index.ts'

const paris = 'Europe/Paris'
const reunion = 'Indian/Reunion'
const { hours: legal, calendar: french } = hoursPresets.find(({ id }) => id === 'fr_prospecting')!
const on = (iso: string) => new Date(iso)
const iso = (date: Date | null) => date?.toISOString() ?? null

const calendarOf = (input: unknown): Calendar => {
  const parsed = parseCalendar(input)
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues))
  return parsed.value
}
const hoursOf = (input: unknown): Hours => {
  const parsed = parseHours(input)
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues))
  return parsed.value
}

t.test(
  'calls are allowed by the clock of the zone, from the first minute of an interval up to its end',
  async t => {
    const cases: [at: string, zone: string, open: boolean][] = [
      ['2026-01-14T09:00:00Z', paris, true], // Wednesday 10:00
      ['2026-01-14T08:59:59Z', paris, false],
      ['2026-01-14T11:59:59Z', paris, true],
      ['2026-01-14T12:00:00Z', paris, false], // 13:00
      ['2026-01-14T13:00:00Z', paris, true],
      ['2026-01-14T19:00:00Z', paris, false], // 20:00
      ['2026-07-15T08:00:00Z', paris, true], // summer time
      ['2026-01-17T10:00:00Z', paris, false], // Saturday
      ['2026-01-14T06:00:00Z', reunion, true], // 10:00
      ['2026-01-14T16:30:00Z', reunion, false], // 20:30 there, 17:30 in Paris
      ['2026-01-14T16:30:00Z', 'America/Guadeloupe', true], // 12:30
      ['2026-01-14T17:30:00Z', 'America/Guadeloupe', false] // 13:30
    ]
    for (const [at, zone, open] of cases) t.equal(isOpen(legal, french, on(at), zone), open, `${at} ${zone}`)
    t.throws(() => isOpen(legal, french, on('2026-01-14T09:00:00Z'), 'Europe/Pari'), UnknownZoneError)
    t.throws(() => isOpen(legal, french, on('2026-01-14T09:00:00Z'), '+02:00'), /Europe\/Paris/)
  }
)

t.test('an interval may end at midnight, and the next day go on', async t => {
  const night = hoursOf({
    friday: [{ from: '22:00', to: '24:00' }],
    saturday: [{ from: '00:00', to: '02:00' }]
  })
  t.equal(isOpen(night, noHolidays, on('2026-01-16T22:59:00Z'), paris), true)
  t.equal(isOpen(night, noHolidays, on('2026-01-16T23:00:00Z'), paris), true)
  t.equal(iso(nextChange(night, noHolidays, on('2026-01-16T21:30:00Z'), paris)), '2026-01-17T01:00:00.000Z')
})

t.test("France's public holidays close the day, in any year and where they hold", async t => {
  // Public lists of the ministry; Easter Sundays 2008-03-23, 2024-03-31, 2025-04-20, 2026-04-05, 2038-04-25.
  const closed = (date: string, region: string | null) =>
    whyClosed(alwaysOpen, inRegion(french, region), on(`${date}T10:00:00Z`), paris)
  const national = [
    '2026-01-01',
    '2026-04-06',
    '2026-05-01',
    '2026-05-08',
    '2026-05-14',
    '2026-05-25',
    '2026-07-14'
  ]
  national.push('2026-08-15', '2026-11-01', '2026-11-11', '2026-12-25')
  national.push('2008-03-24', '2024-04-01', '2025-04-21', '2025-05-29', '2025-06-09', '2038-04-26')
  for (const date of national) t.match(closed(date, null), { reason: 'holiday', date }, date)
  const regional: [postalCode: string, date: string, name: RegExp][] = [
    ['67000', '2026-04-03', /Vendredi saint/],
    ['57 000', '2026-12-26', /Étienne/],
    ['97600', '2026-04-27', /Abolition/],
    ['97200', '2026-05-22', /Abolition/],
    ['97110', '2026-05-27', /Abolition/],
    ['97150', '2026-05-28', /Abolition/],
    ['97300', '2026-06-10', /Abolition/],
    ['97133', '2026-10-09', /Abolition/],
    ['97400', '2026-12-20', /Abolition/]
  ]
  for (const [postalCode, date, name] of regional) {
    t.match(
      closed(date, regionOf('FR', postalCode)?.id ?? null),
      { reason: 'holiday', date, name },
      postalCode
    )
    t.equal(closed(date, null), null, `${date} elsewhere`)
  }
  let days = 0
  for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2027, 0, 1); day += 86_400_000)
    if (whyClosed(alwaysOpen, inRegion(french, 'FR-ALSACE-MOSELLE'), new Date(day), 'UTC')) days++
  t.equal(days, 13)
})

t.test('a contact has a region by country and postal code, or none', async t => {
  t.match(regionOf('FR', '97434'), { id: 'FR-974', zone: reunion })
  t.match(regionOf('RE', null), { id: 'FR-974' })
  t.match(regionOf('FR', '97133'), { id: 'FR-977' })
  for (const [country, code] of [
    ['FR', '75001'],
    ['FR', '6700'],
    ['FR', null],
    ['DE', '67000'],
    [null, '67000']
  ] as const)
    t.equal(regionOf(country, code), null, `${country} ${code}`)
})

t.test('a campaign adds days of its own, and countries theirs', async t => {
  const calendar = calendarOf({
    holidays: [
      { name: 'Constitution', month: 6, day: 5 },
      { name: 'Great Prayer Day', easter: 26, regions: ['DK'] }
    ],
    closures: [{ from: '2026-08-10', to: '2026-08-14', name: 'Summer' }, { from: '2026-12-24' }]
  })
  const why = (date: string, region: string | null = null) =>
    whyClosed(alwaysOpen, inRegion(calendar, region), on(`${date}T10:00:00Z`), 'Europe/Copenhagen')
  t.same(why('2026-08-10'), { reason: 'closure', date: '2026-08-10', name: 'Summer' })
  t.match(why('2026-08-14'), { reason: 'closure' })
  t.equal(why('2026-08-15'), null)
  t.same(why('2026-12-24'), { reason: 'closure', date: '2026-12-24', name: '2026-12-24' })
  t.match(why('2030-06-05'), { name: 'Constitution' })
  t.equal(why('2026-05-01'), null)
  t.match(why('2026-05-01', 'DK'), { name: 'Great Prayer Day' })
  t.same(whyClosed(legal, french, on('2026-01-14T12:30:00Z'), paris), { reason: 'outside_hours' })
})

t.test('the next opening skips nights, weekends and holidays, and is now when open', async t => {
  const next = (from: string, zone = paris, calendar = french) =>
    iso(nextOpening(legal, calendar, on(from), zone))
  t.equal(next('2026-01-14T09:30:00.123Z'), '2026-01-14T09:30:00.123Z')
  t.equal(next('2026-01-14T12:10:00Z'), '2026-01-14T13:00:00.000Z')
  t.equal(next('2026-01-16T19:00:00Z'), '2026-01-19T09:00:00.000Z')
  t.equal(next('2026-12-24T19:00:00Z'), '2026-12-28T09:00:00.000Z')
  t.equal(next('2026-03-27T19:00:00Z'), '2026-03-30T08:00:00.000Z', 'over the change to summer time')
  t.equal(next('2026-01-14T16:30:00Z', reunion), '2026-01-15T06:00:00.000Z')
  const away = calendarOf({ closures: [{ from: '2026-01-01', to: '2027-12-31' }] })
  t.equal(next('2026-01-14T12:10:00Z', paris, away), null, 'never within 370 days')
  t.equal(nextOpening({}, noHolidays, on('2026-01-14T12:10:00Z'), paris), null)
  t.equal(nextChange(alwaysOpen, noHolidays, on('2026-01-14T12:10:00Z'), paris), null)
})

t.test(
  'the next change is the one that trying every minute finds, also around changes of clocks',
  async t => {
    const everyDay = (...intervals: { from: string; to: string }[]) =>
      hoursOf(Object.fromEntries(Object.keys(alwaysOpen).map(day => [day, intervals])))
    const all = [
      everyDay(
        { from: '02:30', to: '03:00' },
        { from: '03:00', to: '04:00' },
        { from: '23:15', to: '24:00' }
      ),
      everyDay({ from: '00:00', to: '00:30' }, { from: '01:45', to: '02:15' }),
      everyDay({ from: '00:00', to: '24:00' }),
      hoursOf({ saturday: [{ from: '22:00', to: '24:00' }], sunday: [{ from: '00:00', to: '02:45' }] })
    ]
    const closing = calendarOf({ closures: [{ from: '2026-03-29' }, { from: '2026-10-26' }] })
    // [zone, day before a change of its clocks]
    const changes: [string, string][] = [
      [paris, '2026-03-28T12:00:00Z'],
      [paris, '2026-10-24T12:00:00Z'],
      ['America/Havana', '2026-03-07T12:00:00Z'], // 00:00 → 01:00
      ['America/Havana', '2026-10-31T12:00:00Z'],
      ['Australia/Lord_Howe', '2026-04-04T02:00:00Z'], // half an hour
      ['Australia/Lord_Howe', '2026-10-03T02:00:00Z'],
      ['America/Nuuk', '2026-03-28T12:00:00Z'], // on Saturday evening
      ['America/Nuuk', '2026-10-24T12:00:00Z'],
      ['Asia/Kathmandu', '2026-03-28T12:00:00Z'],
      ['Pacific/Kiritimati', '2026-03-28T12:00:00Z']
    ]
    for (const [zone, day] of changes) {
      for (const hours of all) {
        const start = on(day).getTime()
        const states = Array.from({ length: 3 * 1440 }, (_, minute) =>
          isOpen(hours, closing, new Date(start + minute * 60_000), zone)
        )
        const wrong = []
        for (let minute = 0; minute < 2 * 1440; minute += 7) {
          const change = states.findIndex((open, later) => later > minute && open !== states[minute])
          const found = nextChange(hours, closing, new Date(start + minute * 60_000), zone)
          const expected = change === -1 ? null : start + change * 60_000
          const ok =
            expected === null
              ? !found || found.getTime() >= start + states.length * 60_000
              : found?.getTime() === expected
          if (!ok) wrong.push({ minute, found, expected })
        }
        t.same(wrong.slice(0, 2), [], `${zone} ${day}`)
      }
    }
  }
)

t.test('many zones are checked at once; a wrong zone stops none of them', async t => {
  const at = on('2026-01-14T07:00:00Z')
  const zones = [paris, reunion, 'America/Guadeloupe', 'Moon/Base', paris, '']
  t.same(openZones(legal, french, at, zones), {
    open: [reunion],
    unknown: ['Moon/Base', ''],
    nextChange: on('2026-01-14T09:00:00Z')
  })
  t.same(openZones(legal, french, at, []), { open: [], unknown: [], nextChange: null })
})

t.test('work that rests outside the hours is done after so much open time', async t => {
  const hour = 3_600_000
  const done = (from: string, hours: number) =>
    iso(afterOpenTime(legal, french, on(from), hours * hour, paris))
  t.equal(done('2026-01-14T09:00:00Z', 2), '2026-01-14T11:00:00.000Z')
  t.equal(done('2026-01-14T11:00:00Z', 2), '2026-01-14T14:00:00.000Z', 'over the break')
  t.equal(done('2026-01-14T11:00:00Z', 1), '2026-01-14T12:00:00.000Z', 'up to the closing')
  t.equal(done('2026-01-16T18:00:00Z', 1.5), '2026-01-19T09:30:00.000Z', 'over the weekend')
  t.equal(done('2026-01-17T10:00:00Z', 0.5), '2026-01-19T09:30:00.000Z', 'from a closed moment')
  t.equal(
    iso(afterOpenTime(alwaysOpen, noHolidays, on('2026-01-14T09:00:00Z'), hour, paris)),
    '2026-01-14T10:00:00.000Z'
  )
  t.equal(afterOpenTime({}, noHolidays, on('2026-01-14T09:00:00Z'), hour, paris), null)
})

t.test('tomorrow at this hour is the same hour on the wall, also over a change of clocks', async t => {
  const cases: [at: string, zone: string, days: number, then: string][] = [
    ['2026-01-14T16:40:10.5Z', paris, 1, '2026-01-15T16:40:10.500Z'],
    ['2026-03-28T16:40:00Z', paris, 1, '2026-03-29T15:40:00.000Z'],
    ['2026-10-24T15:40:00Z', paris, 1, '2026-10-25T16:40:00.000Z'],
    ['2026-03-28T01:30:00Z', paris, 1, '2026-03-29T01:30:00.000Z'], // 02:30 is skipped: 03:30
    ['2026-10-24T00:30:00Z', paris, 1, '2026-10-25T00:30:00.000Z'], // 02:30 comes twice: the first
    ['2026-10-25T01:30:00Z', paris, 1, '2026-10-26T01:30:00.000Z'], // from the second 02:30
    ['2026-03-28T23:30:00Z', paris, 1, '2026-03-29T22:30:00.000Z'], // 00:30 before, 00:30 after
    ['2026-03-01T16:40:00Z', paris, 30, '2026-03-31T15:40:00.000Z'],
    ['2026-03-30T15:40:00Z', paris, -2, '2026-03-28T16:40:00.000Z'],
    ['2026-10-02T16:10:00Z', 'Australia/Lord_Howe', 1, '2026-10-03T15:40:00.000Z'], // 02:40 and 02:40
    ['2011-12-29T22:00:00Z', 'Pacific/Apia', 1, '2011-12-30T22:00:00.000Z'], // the day is skipped
    ['2026-01-14T16:40:00Z', reunion, 1, '2026-01-15T16:40:00.000Z']
  ]
  for (const [at, zone, days, then] of cases)
    t.equal(iso(localHourTomorrow(on(at), zone, days)), then, `${at} ${zone} ${days}`)
  t.throws(() => localHourTomorrow(on('2026-01-14T16:40:00Z'), paris, 0.5), RangeError)
})

t.test('bad hours are refused with every wrong field and what to do', async t => {
  const refusals: [input: unknown, field: string, detail: RegExp][] = [
    [null, 'hours', /must be an object/],
    [[], 'hours', /must be an object/],
    [{ lundi: [] }, 'hours/lundi', /use monday/],
    [{ monday: {} }, 'hours/monday', /must be a list/],
    [{ monday: Array(25).fill({ from: '10:00', to: '11:00' }) }, 'hours/monday', /more than 24/],
    [{ monday: ['10-13'] }, 'hours/monday/0', /must be/],
    [
      {
        monday: [
          { from: '10:00', to: '13:00' },
          { from: '1400', to: '20:00' }
        ]
      },
      'hours/monday/1/from',
      /HH:MM/
    ],
    [{ monday: [{ from: '24:00', to: '24:00' }] }, 'hours/monday/0/from', /00:00 to 23:59/],
    [{ monday: [{ from: '10:00', to: '24:01' }] }, 'hours/monday/0/to', /00:01 to 24:00/],
    [{ monday: [{ from: '22:00', to: '06:00' }] }, 'hours/monday/0/to', /for a night/],
    [{ monday: [{ from: '10:00', to: '10:00' }] }, 'hours/monday/0/to', /after 'from'/],
    [
      {
        monday: [
          { from: '10:00', to: '13:00' },
          { from: '12:00', to: '20:00' }
        ]
      },
      'hours/monday/1/from',
      /without overlap/
    ]
  ]
  for (const [input, field, detail] of refusals)
    t.match(parseHours(input), { issues: [{ field, detail }] }, field)
  const two = parseHours({ monday: [{ from: 'x', to: 'y' }] })
  t.match(two, { issues: [{ field: 'hours/monday/0/from' }, { field: 'hours/monday/0/to' }] })
  t.same(parseHours(legal), { value: legal })
})

t.test('a bad calendar is refused with every wrong field and what to do', async t => {
  const holiday = (change: object) => ({ holidays: [{ name: 'A', month: 2, day: 1, ...change }] })
  const refusals: [input: unknown, field: string, detail: RegExp][] = [
    ['FR', 'calendar', /must be an object/],
    [{ dates: [] }, 'calendar/dates', /use holidays and closures/],
    [{ holidays: 'XX' }, 'calendar/holidays', /\(FR\) or a list/],
    [{ holidays: 'constructor' }, 'calendar/holidays', /\(FR\)/],
    [holiday({ name: '' }), 'calendar/holidays/0/name', /1 to 100/],
    [holiday({ month: 13 }), 'calendar/holidays/0/month', /1 to 12/],
    [holiday({ day: 30 }), 'calendar/holidays/0/day', /1 to 29/],
    [holiday({ easter: 1.5 }), 'calendar/holidays/0/easter', /whole number/],
    [holiday({ regions: [] }), 'calendar/holidays/0/regions', /leave it out/],
    [{ closures: {} }, 'calendar/closures', /must be a list/],
    [{ closures: ['2026-01-01'] }, 'calendar/closures/0', /must be an object/],
    [{ closures: Array(501).fill({ from: '2026-01-01' }) }, 'calendar/closures', /more than 500/],
    [{ closures: [{ from: '2026-02-29' }] }, 'calendar/closures/0/from', /date that exists/],
    [{ closures: [{ from: '2026-02-01', to: '1/3' }] }, 'calendar/closures/0/to', /YYYY-MM-DD/],
    [{ closures: [{ from: '2026-02-01', to: '2026-01-01' }] }, 'calendar/closures/0/to', /swap/]
  ]
  for (const [input, field, detail] of refusals)
    t.match(parseCalendar(input), { issues: [{ field, detail }] }, field)
  t.same(parseCalendar({ holidays: 'FR' }), { value: french })
  t.same(parseCalendar({}), { value: noHolidays })
})
