import { classifyNumber, numberingPlan } from '@evscallpro/core'
import {
  type Decision,
  type DialplanData,
  decide,
  dialplanFiles,
  type SitePlan,
  type Trunk
} from '@evscallpro/plugin-trunks'
import fc from 'fast-check'
import t from 'tap'
import { siteSlug } from '../src/dialplan/sites-file.ts'
import { completesNothing } from '../src/health/answer-ratio.ts'
import { applyPrefixRules } from '../src/prefix-rules.ts'
import { phoneDials } from './dialplan-reader.ts'

const trunk = (name: string, fields: Partial<Trunk> = {}): Trunk => ({
  id: 1,
  name,
  label: name,
  siteId: 1,
  address: null,
  channels: 2,
  answerSupervision: 'real',
  dtmfMode: 'rfc4733',
  callerIdMode: 'any',
  callerIds: [],
  prefixRules: [],
  causeMap: [],
  enabled: true,
  ...fields
})
const plan = (trunks: readonly Trunk[], failOver: SitePlan['failOver'] = 'next'): SitePlan => ({
  siteId: 1,
  failOver,
  routes: trunks.map(one => ({ trunk: one, classes: null }))
})
const mobile = { number: '+33612345678', numberClass: 'mobile', country: 'FR' } as const
const bySite = { ...mobile, callerId: { number: '+33199000001', by: 'site' } } as const
const byCampaign = { ...mobile, callerId: { number: '+33199000099', by: 'campaign' } } as const
const fine = () => ({ down: null, free: 2 })
const told = ({ steps }: Decision) =>
  steps.map(({ trunk, taken, because }) => `${trunk} ${taken ? 'yes' : 'no'}: ${because}`)

t.test('a decision says for each way of the site why it is taken or refused', async t => {
  const ways: SitePlan = {
    siteId: 1,
    failOver: 'next',
    routes: [
      { trunk: trunk('trunk-off', { enabled: false }), classes: null },
      { trunk: trunk('trunk-fixed'), classes: ['fixed'] },
      { trunk: trunk('trunk-down'), classes: null },
      { trunk: trunk('trunk-full'), classes: null },
      {
        trunk: trunk('trunk-wrong', { prefixRules: [{ prefix: '336', strip: 3, prepend: '00882' }] }),
        classes: null
      },
      {
        trunk: trunk('trunk-sim', { callerIdMode: 'sim', callerIds: ['+33612000001'] }),
        classes: ['mobile']
      },
      {
        trunk: trunk('trunk-any', { prefixRules: [{ prefix: '33', strip: 2, prepend: '0' }] }),
        classes: null
      }
    ]
  }
  const decision = decide(ways, bySite, name => ({
    down: name === 'trunk-down' ? 'its gateway does not answer' : null,
    free: name === 'trunk-full' ? 0 : 1
  }))
  t.same(told(decision), [
    'trunk-off no: the trunk is switched off',
    'trunk-fixed no: not for mobile numbers',
    'trunk-down no: its gateway does not answer',
    'trunk-full no: all its channels are taken',
    'trunk-wrong no: its prefix rules make another number of this one',
    'trunk-sim yes: a SIM card shows its own number',
    'trunk-any yes: the site asks for it'
  ])
  t.same(decision.routes, [
    { trunk: 'trunk-sim', number: '33612345678', callerId: '33612000001' },
    { trunk: 'trunk-any', number: '0612345678', callerId: '33199000001' }
  ])
})

t.test(
  'the caller id is the campaign’s or the site’s, and a campaign gets no trunk that cannot show its own',
  async t => {
    const sim = trunk('trunk-sim', { callerIdMode: 'sim', callerIds: ['+33612000001'] })
    const listed = trunk('trunk-list', {
      callerIdMode: 'listed',
      callerIds: ['+33199000002', '+33199000099']
    })
    const decision = decide(plan([sim, listed, trunk('trunk-any')]), byCampaign, fine)
    t.same(told(decision), [
      'trunk-sim no: cannot show the number that the campaign asks for',
      'trunk-list yes: the campaign asks for it, and the trunk has it',
      'trunk-any yes: the campaign asks for it'
    ])
    t.same(told(decide(plan([listed]), bySite, fine)), [
      "trunk-list yes: the trunk may not show the site's number"
    ])
    t.same(told(decide(plan([trunk('trunk-any')]), { ...mobile, callerId: null }, fine)), [
      'trunk-any no: neither campaign nor site nor trunk has a number to show'
    ])
    const himself = { ...mobile, callerId: { number: mobile.number, by: 'site' } } as const
    t.same(told(decide(plan([trunk('trunk-any')]), himself, fine)), [
      'trunk-any no: would show the called party his own number'
    ])
  }
)

t.test('without fail-over the call stands or falls with the first way that is meant for it', async t => {
  const ways = [trunk('trunk-a'), trunk('trunk-b')]
  const downA = (name: string) => ({
    down: name === 'trunk-a' ? 'its gateway does not answer' : null,
    free: 1
  })
  t.same(
    decide(plan(ways, 'next'), bySite, downA).routes.map(route => route.trunk),
    ['trunk-b']
  )
  const decision = decide(plan(ways, 'none'), bySite, downA)
  t.same(decision.routes, [])
  t.same(told(decision), [
    'trunk-a no: its gateway does not answer',
    "trunk-b no: the site's fail-over is off: only its first way counts"
  ])
})

t.test('whatever the trunks are like, a decision takes only what fits, in the order of the site', async t => {
  const number = fc.stringMatching(/^[1-9]\d{8}$/).map(digits => `+33${digits}`)
  const one = fc.record({
    enabled: fc.boolean(),
    mode: fc.constantFrom('any', 'listed', 'sim' as const),
    ids: fc.subarray(['+33199000001', '+33199000002', '+33199000099'], { minLength: 1 }),
    rules: fc.subarray([
      { prefix: '33', strip: 2, prepend: '0' },
      { prefix: '336', strip: 0, prepend: '00' },
      { prefix: '', strip: 0, prepend: '9' }
    ]),
    down: fc.boolean(),
    free: fc.nat(2)
  })
  const callerId = fc.option(
    fc.record({
      number: fc.constantFrom('+33199000001', '+33199000099'),
      by: fc.constantFrom('campaign' as const, 'site' as const)
    })
  )
  fc.assert(
    fc.property(
      number,
      fc.array(one, { maxLength: 5 }),
      callerId,
      fc.constantFrom('next' as const, 'none' as const),
      (number, given, callerId, failOver) => {
        const numberClass = classifyNumber(number, 'FR')
        if (numberClass === 'short') return true
        const ways = given.map((some, index) =>
          trunk(`trunk-${index}`, {
            enabled: some.enabled,
            callerIdMode: some.mode,
            callerIds: some.ids,
            prefixRules: some.rules
          })
        )
        const conditionOf = (name: string) => {
          const some = given[Number(name.slice(6))]!
          return { down: some.down ? 'down' : null, free: some.free }
        }
        const destination = { number, numberClass, country: 'FR', callerId }
        const decision = decide(plan(ways, failOver), destination, conditionOf)
        t.same(decide(plan(ways, failOver), destination, conditionOf), decision, 'pure')
        const taken = decision.routes.map(route => Number(route.trunk.slice(6)))
        return (
          decision.steps.length === ways.length &&
          decision.steps.filter(step => step.taken).length === taken.length &&
          taken.every((at, place) => place === 0 || at > taken[place - 1]!) &&
          (failOver === 'next' || taken.length <= 1) &&
          decision.routes.every(({ trunk, number: dialled, callerId: shown }) => {
            const { enabled, down, free, mode, ids } = given[Number(trunk.slice(6))]!
            return (
              enabled &&
              !down &&
              free > 0 &&
              dialled.endsWith(number.slice(4)) &&
              `+${shown}` !== number &&
              (callerId?.by !== 'campaign' || `+${shown}` === callerId.number) &&
              (mode !== 'sim' || `+${shown}` === ids[0]) &&
              (mode === 'any' || ids.includes(`+${shown}`))
            )
          })
        )
      }
    ),
    { numRuns: 500 }
  )
})

t.test('the longest prefix decides how a trunk wants a number', async t => {
  const rules = [
    { prefix: '33', strip: 2, prepend: '0' },
    { prefix: '336', strip: 0, prepend: '+' },
    { prefix: '', strip: 0, prepend: '00' }
  ]
  t.equal(applyPrefixRules(rules, '+33199001005'), '0199001005')
  t.equal(applyPrefixRules(rules, '+33612345678'), '+33612345678')
  t.equal(applyPrefixRules(rules, '+32470123456'), '0032470123456')
  t.equal(applyPrefixRules([], '+32470123456'), '32470123456')
})

t.test('a trunk that takes calls and completes none is passed over, on evidence only', async t => {
  t.equal(completesNothing({ attempts: 19, answered: 0 }), null)
  t.match(completesNothing({ attempts: 25, answered: 0 }), /0 of its last 25 calls/)
  t.equal(completesNothing({ attempts: 25, answered: 1 }), null)
})

const data = (fields: Partial<DialplanData> = {}): DialplanData => {
  const a = trunk('trunk-a', { siteId: 1, prefixRules: [{ prefix: '33', strip: 2, prepend: '0' }] })
  const b = trunk('trunk-b', {
    siteId: 2,
    callerIdMode: 'sim',
    callerIds: ['+33612000002'],
    causeMap: [{ gives: 34, means: 17 }]
  })
  const ways = [a, b].map(one => ({ trunk: one, classes: null }))
  const site = { country: 'FR', callerId: '+33199000001', emergencyNumbers: ['112', '15'] }
  return {
    sites: [
      { ...site, id: 1, name: 'Paris Étoile', failOver: 'next', routes: ways },
      { ...site, id: 2, name: '2', failOver: 'none', routes: [...ways].reverse() }
    ],
    trunks: [a, b],
    classes: ['fixed', 'mobile'],
    most: ['fixed', 'mobile', 'international'],
    allow: ['+33', '+32'],
    deny: ['+3370'],
    ...fields
  }
}
const sitesText = (given: DialplanData): string => dialplanFiles(given)[0]!.text

t.test('the generated dialplan holds sites, ways by class, caller ids and emergency numbers', async t => {
  const text = sitesText(data())
  for (const line of [
    'EVS_CLASSES=fixed:mobile',
    'EVS_ALLOW=^(33|32)',
    'EVS_DENY=^(3370)',
    'EVS_SITE_paris-etoile=1',
    'EVS_TRUNKS_1_mobile=trunk-a|trunk-b',
    'EVS_TRUNKS_2_mobile=trunk-b',
    'EVS_EMERGENCY_TRUNKS_2=trunk-b|trunk-a',
    'EVS_CID_1_trunk-a=33199000001',
    'EVS_CID_1_trunk-b=33612000002',
    'EVS_CAUSE_trunk-b_34=17',
    'exten => 15,1,Return()',
    `exten => _33.,1,Set(EVS_NUM=0\${EXTEN:2})`,
    `exten => _X.,1,Set(EVS_NUM=\${EXTEN:0})`
  ])
    t.ok(text.split('\n').includes(line), line)
  t.notMatch(text, /EVS_SITE_2=/, 'a name of digits would be taken for an id')
  t.match(sitesText(data({ allow: [], deny: [] })), /EVS_ALLOW=\^none\$/)
  t.equal(siteSlug(' Été – 12 '), 'ete-12')
  const [, pjsip] = dialplanFiles(
    data({ trunks: [trunk('trunk-a', { address: '10.0.0.11:5060' }), trunk('trunk-b')] })
  )
  t.match(pjsip?.text, /contact = sip:10\.0\.0\.11:5060/)
  t.match(pjsip?.text, /direct_media = no\nallow_transfer = no/)
  t.match(pjsip?.text, /match = 10\.0\.0\.11\n/)
  t.notMatch(pjsip?.text, /trunk-b/)
})

t.test('a phone’s number has the class in the dialplan that the server would give it', async _t => {
  for (const country of ['FR', 'UZ', 'GB', 'US']) {
    const text = sitesText(data({ sites: [{ ...data().sites[0]!, country }] }))
    const { callingCode, nationalPrefix } = numberingPlan(country)
    const national = fc.stringMatching(/^\d{4,11}$/)
    const foreign = fc.stringMatching(/^[1-9]\d{7,13}$/)
    const dialled = fc.oneof(
      national.map(digits => `+${callingCode}${digits}`),
      national.map(digits => `${nationalPrefix ?? ''}${digits}`),
      foreign.map(digits => `+${digits}`)
    )
    fc.assert(
      fc.property(dialled, number => {
        const { e164, numberClass } = phoneDials(text, country, number)
        if (numberClass === 'other') return true
        return numberClass === classifyNumber(`+${e164}`, country)
      }),
      { numRuns: 400 }
    )
  }
})
