import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import tap, { type Test } from 'tap'
import { boardWork, budget, sizes } from '../../../bench/widgets/measure.ts'
import { buildElements } from '../../../tools/build-elements.ts'
import { elementSources } from '../../../tools/elements/element-sources.ts'
import { launchChromium, withoutChromium } from './chromium.ts'
import { openDesk } from './desk.ts'
import { openStage } from './stage-server.ts'

const skip = withoutChromium
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const stage = skip ? null : await openStage()
const browser = skip ? null : await launchChromium()
tap.teardown(async () => {
  await browser?.close()
  await stage?.close()
})

/** A page with the stage on it, closed after the test; nothing it shows may breach the policy or throw. */
async function open(
  t: Test,
  { lang = 'fr', theme = 'light', width = 1200, kit = 'kit' } = {}
): Promise<Page> {
  const page = await browser!.newPage({
    viewport: { width, height: 900 },
    locale: lang === 'fr' ? 'fr-FR' : 'en-GB',
    timezoneId: 'Europe/Paris'
  })
  t.teardown(() => page.close())
  await page.goto(`${stage!.url}?lang=${lang}&theme=${theme}&kit=${kit}`)
  await page.waitForSelector('html[data-ready]', { state: 'attached' })
  return page
}
const show = (page: Page, scene: string): Promise<unknown> =>
  page.evaluate(`stage.show(${JSON.stringify(scene)})`)
const sent = (page: Page): Promise<unknown> => page.evaluate('stage.session.mock.sent')
/** What has the focus, through shadow roots: the text of its label or of itself. */
const focused = (page: Page): Promise<unknown> =>
  page.evaluate(`(() => {
    let at = document.activeElement
    while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
    return at.getAttribute('aria-label') ?? at.textContent.trim().replace(/\\s+/g, ' ')
  })()`)
const clean = async (t: Test, page: Page): Promise<void> => {
  t.same(await page.evaluate('stage.violations'), [], 'no breach of the policy, no error')
}

/** Gives all that can be clicked, in shadow roots too, the look that it has under the pointer. */
async function pointAtEverything(page: Page): Promise<() => Promise<void>> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('DOM.enable')
  await devtools.send('CSS.enable')
  return async () => {
    const { nodes } = await devtools.send('DOM.getFlattenedDocument', { depth: -1, pierce: true })
    for (const { nodeId, nodeName } of nodes)
      if (['BUTTON', 'A', 'LABEL', 'TR'].includes(nodeName))
        await devtools.send('CSS.forcePseudoState', { nodeId, forcedPseudoClasses: ['hover'] })
  }
}

tap.test(
  'axe finds nothing on any element in any state, light and dark, French and English',
  { skip, timeout: 240_000 },
  async t => {
    for (const lang of ['fr', 'en']) {
      for (const theme of ['light', 'dark']) {
        const page = await open(t, { lang, theme })
        await page.evaluate(axe)
        const underPointer = await pointAtEverything(page)
        const names = (await page.evaluate('stage.scenes')) as string[] // see stage.ts
        for (const element of new Set(names.map(name => name.split(' ')[0]!))) {
          await page.evaluate(`stage.showAll('${element}')`)
          const found = await page.evaluate(
            `axe.run(document.querySelector('main'), { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
            .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary)))`
          )
          t.same(found, [], `${element}, ${lang}, ${theme}`)
          if (lang === 'en') continue
          await underPointer()
          const faint = await page.evaluate(
            `axe.run(document.querySelector('main'), { resultTypes: ['violations'], runOnly: { type: 'rule', values: ['color-contrast'] } })
            .then(({ violations }) => violations.flatMap(({ nodes }) => nodes.map(({ target }) => target.join(' '))))`
          )
          t.same(faint, [], `${element} under the pointer, ${theme}`)
        }
        await clean(t, page)
      }
    }
  }
)

tap.test(
  'the bar shows only what the server can do with this call, and gives those commands',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    await show(page, 'call-bar dialling')
    t.equal(await page.getByRole('button', { name: 'Hold' }).count(), 0)
    await show(page, 'call-bar talking')
    await page.getByRole('button', { name: 'Hold' }).click()
    await page.getByRole('button', { name: 'Hang up, Hélène Lefèvre' }).click()
    const callId = '0192e4a0-0000-7000-8000-000000000001'
    t.same(await sent(page), [
      { name: 'hold', input: { callId } },
      { name: 'hangup', input: { callId } }
    ])
    await clean(t, page)
  }
)

tap.test('a host may prevent what a click asks for', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  await show(page, 'call-bar talking')
  await page.evaluate(
    "document.querySelector('evs-call-bar').addEventListener('evs-call-action', e => e.preventDefault())"
  )
  await page.getByRole('button', { name: 'Hold' }).click()
  t.same(await sent(page), [])
})

tap.test('a refusal is said where the command was given, in the language of the place', { skip }, async t => {
  const page = await open(t)
  await show(page, 'call-bar talking')
  await page.evaluate(
    "stage.session.mock.answer('hold', { ok: false, code: 'unsupported', message: '', retryable: false })"
  )
  await page.getByRole('button', { name: 'Mettre en attente' }).click()
  await page.getByRole('alert').filter({ hasText: 'La téléphonie d’ici ne sait pas le faire.' }).waitFor()
  await page.evaluate("document.documentElement.lang = 'en'")
  await page.getByRole('alert').filter({ hasText: 'The telephone system here cannot do this.' }).waitFor()
})

tap.test('the bar is worked by the keyboard alone', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  await show(page, 'call-bar talking')
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await press('Tab')
  t.equal(await focused(page), 'Hold')
  await press('ArrowRight', 'ArrowRight')
  t.equal(await focused(page), 'Keypad')
  await press('Enter')
  await page.getByRole('group', { name: 'Keypad' }).waitFor()
  await press('1', '2', '#')
  await page.getByText('Sent: 12#').waitFor()
  await press('Escape')
  t.equal(await focused(page), 'Keypad', 'focus comes back to where it was')
  await press('Tab')
  t.equal(await focused(page), 'Hang up, Hélène Lefèvre')
  await press('Enter')
  t.same(
    ((await sent(page)) as { name: string }[]).map(({ name }) => name),
    ['sendDigits', 'sendDigits', 'sendDigits', 'hangup']
  )
})

tap.test(
  'the state menu is worked by the keyboard alone; a pause in a call comes after it',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    await show(page, 'agent-state pause after this call')
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    t.match(await focused(page), /^Ready/)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    t.match(await focused(page), /^Lunch/)
    await page.keyboard.press('Enter')
    t.same(await sent(page), [{ name: 'pause', input: { reason: 'lunch' } }])
    t.equal(await page.getByRole('menu').count(), 0)
    t.match(await focused(page), /^Talking/)
  }
)

tap.test(
  'the keyboard goes on in the element whose button has gone away by its own command',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    const after = {
      ended: "{ call: null, agent: { ...agent, state: 'wrap_up' } }",
      free: "{ call: null, handout: null, agent: { ...agent, state: 'ready' } }",
      lost: "{ call: null, agent: { ...agent, state: 'phone_lost' } }"
    }
    for (const [scene, name, next, inside] of [
      ['call-bar talking', 'Hang up, Hélène Lefèvre', after.ended, 'evs-call-bar'],
      ['call-bar next contact ready', 'Call Hélène Lefèvre', after.lost, 'evs-call-bar'],
      ['call-bar accept here', 'Accept the call', after.free, 'evs-call-bar'],
      ['incoming-call with a bar', 'Accept the call', after.free, 'evs-call-bar'],
      ['next-contact in hand', 'Call 02 61 91 55 78', after.lost, 'evs-next-contact'],
      ['next-contact in hand', 'Skip', after.free, 'evs-next-contact'],
      ['contact-card in hand', 'Call 02 61 91 55 78', after.free, 'evs-contact-card'],
      ['wrap-up in the call', 'Finalise the call', after.free, 'evs-wrap-up']
    ] as const) {
      await show(page, scene)
      if (scene.startsWith('wrap-up')) await page.getByLabel('Agreed').check()
      await page.getByRole('button', { name }).last().focus()
      await page.keyboard.press('Enter')
      t.equal(((await sent(page)) as unknown[]).length, 1)
      await page.evaluate(
        `(() => { const agent = stage.session.agent.value; stage.session.mock.setMe(${next}) })()`
      )
      await page.evaluate('stage.settle()')
      t.equal(await page.evaluate('document.activeElement.localName'), inside, `${scene}: ${name}`)
    }
    await clean(t, page)
  }
)

tap.test('the menu of states and the list of stations open under their button', { skip }, async t => {
  for (const width of [1200, 390]) {
    const page = await open(t, { width })
    await show(page, 'agent-state open')
    const place = async (part: string): Promise<{ x: number; width: number }> =>
      (await page.locator(`evs-agent-state ${part}`).boundingBox())!
    const button = await place('.me')
    const states = await place('.menu')
    t.ok(states.x >= 0 && states.x < button.x, 'it is wider than its button and stays on the page')
    await page.evaluate('stage.session.mock.setMe({ stations: stage.session.stations.value.slice(0, 2) })')
    await page.getByRole('menuitem', { name: 'Changer de poste' }).click()
    await page.getByRole('menuitemradio', { name: 'Mobile' }).waitFor()
    const stations = await place('.menu')
    t.equal(
      Math.round(stations.x + stations.width),
      Math.round(button.x + button.width),
      'ends where it ends'
    )
    await clean(t, page)
  }
})

tap.test('a row of the board that moves keeps the focus of its button', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  await show(page, 'live-board')
  await page.getByRole('button', { name: 'Actions for Thomas Girard' }).focus()
  await page.evaluate(`(() => {
    const row = stage.session.board.rows.get(2)
    stage.session.mock.putBoard([{ ...row, state: 'disconnected_ui', revision: 2 }])
  })()`)
  await page.getByRole('row').nth(2).filter({ hasText: 'Thomas Girard' }).waitFor()
  t.equal(await focused(page), 'Actions for Thomas Girard')
})

tap.test(
  'properties set before an element is defined are kept, and a provider that is moved keeps its session',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    const early = await page.evaluate(`(async () => {
    customElements.define('early-bar', class extends customElements.get('evs-call-bar') {})
    await stage.show('call-bar talking')
    const { session } = stage
    const late = document.createElement('late-bar')
    late.session = session
    late.controls = 'digits'
    document.querySelector('main').append(late)
    customElements.define('late-bar', class extends customElements.get('evs-call-bar') {})
    await late.updateComplete
    return [...late.shadowRoot.querySelectorAll('.ctl')].map(each => each.textContent)
  })()`)
    t.same(early, ['Keypad'])
    const moved = await page.evaluate(`(async () => {
    await stage.show('call-bar talking')
    let ended = 0
    const { session } = stage
    const { disconnect } = session
    session.disconnect = () => { ended++; disconnect() }
    const provider = document.querySelector('main evs-provider')
    const elsewhere = document.createElement('div')
    document.querySelector('main').append(elsewhere)
    elsewhere.append(provider)
    await new Promise(resolve => setTimeout(resolve, 1200))
    const bar = provider.querySelector('evs-call-bar')
    return { ended, same: provider.session === session, talking: bar.shadowRoot.textContent.includes('Talking') }
  })()`)
    t.same(moved, { ended: 0, same: true, talking: true })
    await clean(t, page)
  }
)

tap.test(
  'the menu of states stays in the page where its element stands at the beginning',
  { skip },
  async t => {
    const page = await open(t, { lang: 'fr' })
    await show(page, 'agent-state open')
    const begin = await page
      .locator('evs-agent-state .menu')
      .evaluate(menu => menu.getBoundingClientRect().left)
    t.ok(begin >= 0, `it begins at ${begin} px`)
  }
)

tap.test('without a session an element says so, and a number is a plain link', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  const text = await page.evaluate(`(async () => {
    const bar = document.createElement('evs-call-bar')
    const number = document.createElement('evs-click-to-dial')
    number.number = '+33 2 61 91 55 78'
    document.querySelector('main').replaceChildren(bar, number)
    await number.updateComplete
    return [bar.shadowRoot.textContent.trim(), number.shadowRoot.querySelector('a').getAttribute('href')]
  })()`)
  t.same(text, ['Not connected to the call centre', 'tel:+33261915578'])
})

tap.test(
  'the screen pops in the elected tab only, at the moment asked for, to allowed addresses only',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    const pops = await page.evaluate(`(async () => {
    await stage.show('call-bar talking')
    const provider = document.querySelector('evs-provider')
    const seen = []
    provider.addEventListener('evs-screen-pop', event => seen.push(event.detail.url))
    const effect = milestone => stage.session.mock.sideEffect({ eventId: 'e:' + milestone, milestone, occurredAt: '', callId: 'c 1', handoutId: 1, campaignId: 3, contactId: 4217, externalId: null, number: '+33261915578' })
    provider.setAttribute('screen-pop', '/contacts{?phone,callId,externalId}')
    effect('ringing')
    effect('connected')
    provider.setAttribute('screen-pop', 'javascript:alert({contactId})')
    effect('connected')
    provider.setAttribute('screen-pop', 'https://evil.example/{contactId}')
    effect('connected')
    return seen.map(url => url && url.replace(location.origin, ''))
  })()`)
    t.same(pops, ['/contacts?phone=%2B33261915578&callId=c%201', null, null])
  }
)

tap.test(
  'what was typed survives a page load; a digit chooses; finishing sends it and forgets it',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    await show(page, 'wrap-up in the call')
    await page.keyboard.press('Tab')
    await page.keyboard.press('4')
    await page.getByLabel('Note').fill('Not before spring')
    await page.reload()
    await page.waitForSelector('html[data-ready]', { state: 'attached' })
    await show(page, 'wrap-up in the call')
    t.equal(await page.getByLabel('Note').inputValue(), 'Not before spring')
    t.ok(await page.getByLabel('Refused').isChecked())
    await page.getByRole('button', { name: 'Finalise the call' }).click()
    const qualification = { dispositionId: 4, note: 'Not before spring' }
    t.same(await sent(page), [{ name: 'finalise', input: { handoutId: 31, qualification } }])
    await show(page, 'wrap-up in the call')
    t.equal(await page.getByLabel('Note').inputValue(), '')
    await clean(t, page)
  }
)

tap.test('typing is saved on the server when it pauses, and says so', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  await show(page, 'wrap-up in the call')
  await page.getByLabel('Agreed').check()
  await page.getByText('Saved at').waitFor()
  t.same(await sent(page), [
    { name: 'setDisposition', input: { handoutId: 31, qualification: { dispositionId: 1, note: null } } }
  ])
})

tap.test(
  'nothing is finished without a disposition, a callback not without its date; its hour is the contact’s',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    await show(page, 'wrap-up callback')
    await page.evaluate(
      'stage.session.mock.setMe({ handout: { ...stage.session.handout.value, id: 32, dispositionId: null, callbackAt: null } })'
    )
    const save = page.getByRole('button', { name: 'Save and finish' })
    await save.click()
    await page.getByRole('alert').filter({ hasText: 'Choose a disposition' }).waitFor()
    t.equal(
      await page.evaluate("document.querySelector('evs-wrap-up').shadowRoot.activeElement.name"),
      'disposition'
    )
    await page.getByLabel('Call back').check()
    await save.click()
    await page.getByRole('alert').filter({ hasText: 'Choose date and time' }).waitFor()
    await page.getByLabel('Date', { exact: true }).fill('2026-11-20')
    await page.getByLabel('Contact’s time').fill('10:00')
    await save.click()
    await page.getByRole('alert').filter({ hasText: 'has passed' }).waitFor()
    await page.getByRole('button', { name: 'Monday 09:00' }).click()
    await page.getByLabel('The team').check()
    await save.click()
    t.match(((await sent(page)) as unknown[]).at(-1), {
      name: 'finalise',
      // 9:00 on Réunion is 5:00 UTC.
      input: {
        qualification: { dispositionId: 2, callbackAt: '2026-11-23T05:00:00.000Z', callbackPersonal: false }
      }
    })
  }
)

tap.test(
  'with no contact to call it says why, and asks again by itself when the server announces work',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    await show(page, 'next-contact none')
    await page.getByText('No contact to call now').waitFor()
    await page.getByText('Monday 23 November').first().waitFor()
    t.equal(((await sent(page)) as unknown[]).length, 1)
    await page.evaluate('stage.session.mock.announceWork()')
    await page.waitForFunction('stage.session.mock.sent.length === 2')
  }
)

tap.test('a contact in hand is called at the number chosen, or skipped', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  await show(page, 'next-contact countdown')
  await page.getByText('The call starts in').waitFor()
  await page.getByRole('button', { name: 'Do not dial yet' }).click()
  await page.getByRole('button', { name: '06 39 98 41 20' }).click()
  await page.getByRole('button', { name: 'Skip' }).click()
  t.same(await sent(page), [
    { name: 'stopCountdown', input: { handoutId: 31 } },
    { name: 'dialContact', input: { handoutId: 31, number: '+33639984120' } },
    { name: 'skipContact', input: { handoutId: 31 } }
  ])
})

tap.test('an agent chooses the campaigns of his shift: all at first, one at least', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  await show(page, 'agent-login')
  const start = page.getByRole('button', { name: 'Start my shift' })
  await start.click()
  const campaigns = page.getByRole('group', { name: 'Your campaigns' }).getByRole('checkbox')
  await campaigns.nth(0).uncheck()
  await start.click()
  t.equal(await campaigns.count(), 2)
  await campaigns.nth(1).uncheck()
  await page.getByText('Choose at least one campaign.').waitFor()
  t.ok(await start.isDisabled())
  t.same(await sent(page), [
    { name: 'login', input: { station: 'extension', campaignIds: null } },
    { name: 'login', input: { station: 'extension', campaignIds: [4] } }
  ])
  await clean(t, page)
})

tap.test('why a station cannot be used is said in the language of the place', { skip }, async t => {
  const page = await open(t)
  const [french, english] = [/Aucun téléphone n’est enregistré/, /No phone is registered/]
  for (const scene of ['agent-login', 'agent-state-stations']) {
    await page.evaluate("document.documentElement.lang = 'fr'")
    await show(page, scene)
    await page.getByText(french).waitFor()
    t.equal(await page.getByText(english).count(), 0, scene)
    await page.evaluate("document.documentElement.lang = 'en'")
    await page.getByText(english).waitFor()
    t.equal(await page.getByText(french).count(), 0, scene)
  }
  await clean(t, page)
})

tap.test(
  'a supervisor who listens can stop it after a reload and in another tab; another supervisor is told of nothing',
  { skip, timeout: 180_000 },
  async t => {
    const desk = await openDesk(t, browser!)
    const { pbx } = desk.day
    const agent = await desk.tab()
    const callId = await desk.dial(agent)
    await pbx.talk(callId)
    const open = await desk.supervisor('1098')
    const [first, second, another] = [await open(), await open(), await (await desk.supervisor('1099'))()]
    const choose = async (page: Page, name: string): Promise<void> => {
      await page.getByRole('button', { name: /^Actions for/ }).click()
      await page.getByRole('menuitem', { name }).click()
    }
    const offers = async (page: Page): Promise<readonly string[]> => {
      await page.getByRole('button', { name: /^Actions for/ }).click()
      const names = await page.getByRole('menuitem').allInnerTexts()
      await page.keyboard.press('Escape')
      return names.map(name => name.trim())
    }
    const stop = (page: Page): Promise<void> =>
      page.getByRole('menuitem', { name: 'Stop listening' }).waitFor({ state: 'attached' })
    await choose(first, 'Whisper')
    await first.getByRole('button', { name: /^Actions for/ }).click()
    await stop(first)
    await first.reload()
    await second.getByRole('button', { name: /^Actions for/ }).click()
    await stop(second)
    await second.keyboard.press('Escape')
    t.notMatch(await offers(another), ['Stop listening'])
    t.match(await offers(second), ['Stop listening'])
    await choose(first, 'Stop listening')
    await second.getByRole('button', { name: /^Actions for/ }).click()
    await second.getByRole('menuitem', { name: 'Listen' }).waitFor()
    await pbx.end(callId)
  }
)

tap.test('a board of 500 rows draws only the rows that have changed', { skip }, async t => {
  const page = await open(t)
  const work = await boardWork(page)
  t.ok(work.drawn <= work.changed, `${work.drawn} drawn of ${work.changed} changed`)
  t.ok(work.drawn > 0)
  await clean(t, page)
})

tap.test(
  'two tabs give one ring and one screen pop; when the leading one is closed the other takes over',
  { skip, timeout: 180_000 },
  async t => {
    const desk = await openDesk(t, browser!)
    const { pbx } = desk.day
    const talk = async (page: Page, callId: string): Promise<void> => {
      await pbx.leg(callId, 'agent', 'created', 'ringing')
      await page.waitForFunction('seen.rings > 0')
      await pbx.talk(callId)
      await page.waitForFunction('seen.pops.length > 0')
    }
    const tabs = [await desk.tab(), await desk.tab()]
    for (const tab of tabs) await tab.waitForFunction('seen.role.tabs === 2')
    const [first, second] = tabs as [Page, Page]
    const callId = await desk.dial(first)
    await talk(first, callId)
    for (const tab of tabs) await tab.getByRole('button', { name: 'Hang up' }).waitFor()
    const [led, followed] = [await desk.seen(first), await desk.seen(second)]
    t.match(led, { rings: 1, pops: [callId], role: { leader: true, tabs: 2 } }, 'the tab that was worked in')
    t.match(
      followed,
      { rings: 0, pops: [], role: { leader: false, tabs: 2 } },
      'the other only shows the call'
    )

    await first.close()
    await second.waitForFunction('seen.role.leader')
    t.match(await desk.seen(second), { rings: 0, pops: [] }, 'what the first has done is not done again')
    await second.getByRole('button', { name: 'Hang up' }).click()
    await pbx.end(callId)
    const next = await desk.dial(second)
    await talk(second, next)
    t.match(await desk.seen(second), { rings: 1, pops: [next] })
  }
)

tap.test(
  'a token that runs out in mid-call is renewed without a word, also when the machine slept over its end',
  { skip, timeout: 180_000 },
  async t => {
    const desk = await openDesk(t, browser!)
    const page = await desk.context.newPage()
    await page.clock.install()
    await page.goto(desk.page)
    await page.waitForFunction('seen.role')
    const callId = await desk.dial(page)
    await desk.day.pbx.talk(callId)
    const hangUp = page.getByRole('button', { name: 'Hang up' })
    await hangUp.waitFor()
    await page.evaluate("document.querySelector('evs-call-bar').kept = true")
    const me = async (token: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}`, origin: desk.url }
      return (await desk.day.app.inject({ url: '/api/agent/state', headers })).statusCode
    }
    const until = async (holds: () => boolean): Promise<void> => {
      for (const deadline = Date.now() + 60_000; !holds() && Date.now() < deadline; )
        await page.evaluate('new Promise(requestAnimationFrame)')
    }

    const minutes = 60_000
    desk.advance(8 * minutes)
    await page.clock.fastForward(8 * minutes)
    await until(() => desk.tokens.length === 2)
    t.equal(desk.tokens.length, 2, 'another is asked for before it ends')
    desk.advance(3 * minutes)
    t.equal(await me(desk.tokens[0]!), 401, 'the first has run out')
    t.equal(await me(desk.tokens[1]!), 200)
    t.same([...new Set((await desk.seen(page)).connection)], ['online'], 'the connection stands')

    desk.advance(11 * minutes) // the page's timers did not run
    await until(() => desk.tokens.length === 3)
    await page.waitForFunction("seen.connection.at(-1) === 'online'")
    t.equal(await me(desk.tokens[1]!), 401)
    t.notOk((await desk.seen(page)).connection.includes('refused'))
    t.ok(await page.evaluate("document.querySelector('evs-call-bar').kept"), 'it is the same bar')
    await hangUp.click()
    await page.getByText('Hanging up').waitFor()
    t.same(desk.day.pbx.hangups, [callId])
  }
)

tap.test('what a page loads stays within its budget', async t => {
  const measured = await sizes()
  for (const name of ['call', 'agent', 'boards'] as const)
    t.ok(measured[name] <= budget[name], `${name}: ${measured[name]} of ${budget[name]} bytes`)
})

tap.test(
  'a supervisor sees trouble first, finds an agent, and acts on him as far as he may',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    await show(page, 'live-board')
    t.match(await page.getByRole('row').nth(1).textContent(), /Nadia Roussel.*Phone lost.*3:41.*over 1:00/)
    await page.getByRole('searchbox').fill('ines')
    t.equal(await page.getByRole('row').count(), 2)
    await page.getByRole('searchbox').fill('thomas')
    await page.getByRole('button', { name: 'Actions for Thomas Girard' }).click()
    t.same(await page.getByRole('menuitem').allTextContents(), [
      'Pause after this work',
      'End wrap-up (not qualified)',
      'End the shift'
    ])
    const press = async (key: string): Promise<unknown> => {
      await page.keyboard.press(key)
      return focused(page)
    }
    t.equal(await press('End'), 'End the shift')
    t.equal(await press('ArrowDown'), 'Pause after this work')
    t.equal(await press('Escape'), 'Actions for Thomas Girard')
    t.equal(await press('Enter'), 'Pause after this work')
    t.equal(await press('Shift+Tab'), 'Agents now', 'Tab leaves the menu from where it was opened')
    t.equal(await page.getByRole('menuitem').count(), 0)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    t.same(await sent(page), [{ name: 'forceAgent', input: { agentId: 2, action: 'end_wrap_up' } }])
    await clean(t, page)
  }
)

tap.test(
  'figures that are not brought up to date say of when they are, and stand still',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    await show(page, 'live-board stale')
    await page.getByText('Figures of 14:32:16.').waitFor()
    t.match(await page.getByRole('row').nth(1).textContent(), /3:41/)
  }
)

tap.test('a quota board shows the server’s figures, and a full cell says so', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  await show(page, 'quota-board')
  t.equal(
    await page.getByRole('meter', { name: 'Ouest · 18–34' }).getAttribute('aria-valuetext'),
    '87 + 9 / 150'
  )
  t.equal(await page.getByText('Full: no more calls').count(), 1)
  await page.evaluate(
    `stage.session.mock.putQuotas(3, [{ ...stage.session.quotas(3).rows.get(1), completed: 150, reserved: 0, remaining: 0 }])`
  )
  await page.getByText('Full: no more calls').nth(1).waitFor()
})

tap.test('finished calls are searched, turned and paged by the server', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  await show(page, 'call-history of all')
  await page.getByRole('button', { name: 'Older calls' }).click()
  await page.getByRole('row').nth(5).waitFor()
  await page.getByRole('button', { name: 'Date' }).click()
  await page.locator('th[aria-sort=ascending]').waitFor()
  await page.getByRole('button', { name: 'Date' }).click()
  await page.getByLabel('Outcome').selectOption('busy')
  await page.getByLabel('Number ends with').fill('41 20')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByText('No call matches').waitFor()
  const number = page.getByLabel('Number ends with')
  const fits = (): Promise<boolean> =>
    number.evaluate(node => (node as unknown as { validity: { valid: boolean } }).validity.valid) // an input; this file has no DOM
  await number.fill('06 39 98 41 20')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByText('No call matches').waitFor()
  t.equal(await page.getByRole('alert').count(), 0, 'as it is shown it is found by its end without the 0')
  await number.fill('+33 6 39.98-41 20')
  t.ok(await fits())
  for (const wrong of ['412', '0123 4567 8901 2345']) {
    await number.fill(wrong)
    t.notOk(await fits(), `${wrong} is said at the field`)
  }
  await clean(t, page)
})

tap.test(
  'a history of all names its agents in a kit without boards too, by what the server says',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en', kit: 'agent-kit' })
    await show(page, 'call-history of all')
    await page.evaluate(`(() => {
    const { session } = stage
    Object.defineProperty(session, 'board', { get() { throw new Error('No board is loaded') } })
    session.mock.setProfile({ ...session.profile.value, userId: 99 })
    const history = document.createElement('evs-call-history')
    history.scope = 'all'
    history.session = session
    document.querySelector('main').replaceChildren(history)
  })()`)
    await page.getByRole('cell', { name: 'Sonia Marchand' }).first().waitFor()
    await page.getByRole('cell', { name: 'Jeanne Robin' }).waitFor()
    await clean(t, page)
  }
)

tap.test('work announced while the question is under way is asked for', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  await show(page, 'next-contact ready')
  await page.evaluate(`void stage.session.mock.answer('requestNext', new Promise(resolve => {
    window.none = () => resolve({ ok: true, value: { handout: null, reasons: [], askAgainAt: null } })
  }))`)
  await page.getByRole('button', { name: 'Next contact' }).click()
  await page.evaluate('(stage.session.mock.announceWork(), none())')
  await page.getByText('No contact to call now').waitFor()
  t.equal(((await sent(page)) as unknown[]).length, 2)
})

tap.test('nothing is offered or said that the server does not do or know', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  const me = (changes: string): Promise<unknown> =>
    page.evaluate(`(() => {
      const { agent, call, handout } = stage.session
      stage.session.mock.setMe(${changes})
      return stage.settle()
    })()`)
  const offline = "stage.session.mock.setConnection({ state: 'offline', since: Date.now() - 24000 })"
  const timers = (): Promise<number> => page.getByRole('timer').count()

  await show(page, 'agent-state phone lost')
  await page.getByRole('button', { name: 'Phone lost' }).click()
  const ready = page.getByRole('menuitemradio', { name: 'Ready' })
  t.equal(await ready.count(), 0, 'a lost phone is not taken back by a click')
  await me("{ agent: { ...agent.value, pauseRequested: 'lunch' } }")
  t.equal(await ready.count(), 1, 'a pause that is to come is')
  await page.evaluate(
    `(document.querySelector('evs-agent-state').disabled = true, ${offline}, stage.settle())`
  )
  t.equal(await timers(), 0, 'offline the time in a state does not run on')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Phone lost' }).click({ force: true })
  t.equal(await page.getByRole('menu').count(), 0, 'what is disabled does nothing and looks so')

  await show(page, 'call-bar keypad')
  await page.getByRole('group', { name: 'Keypad' }).waitFor()
  await me("{ call: { ...call.value, callId: '0192e4a0-0000-7000-8000-000000000002' } }")
  t.equal(await page.getByRole('group', { name: 'Keypad' }).count(), 0, 'the next call has its own')

  await show(page, 'incoming-call press 1')
  t.equal(await timers(), 1)
  await page.evaluate(`(${offline}, stage.settle())`)
  await page.getByText('Offline for 0:2').waitFor()
  t.equal(await timers(), 0, 'whether it still rings is not known')

  await show(page, 'connection-status online')
  t.notMatch(await page.locator('evs-connection-status [part=text]').textContent(), /phone/)
  await show(page, 'connection-status on the line')
  t.match(await page.locator('evs-connection-status [part=text]').textContent(), /phone reached/)

  await show(page, 'quota-board of no campaign')
  await page.getByText('No campaign is chosen.').waitFor()

  await show(page, 'wrap-up nothing chosen')
  await page.getByText('Then “not qualified”, and you are ready').waitFor()
  await me("{ agent: { ...agent.value, pauseRequested: 'lunch' } }")
  await page.getByText('Then “not qualified”, and you are paused').waitFor()

  await show(page, 'contact-card while the phone rings')
  await page.locator('evs-contact-card').getByText('02 61 91 55 78').waitFor()
  t.equal(await page.getByText('On the line').count(), 0, 'nobody has called the contact yet')
  await show(page, 'contact-card on the line')
  await page.getByText('On the line').waitFor()
  await show(page, 'contact-card in hand')
  const later = Date.parse('2026-11-21T13:59:30Z')
  await page.evaluate(`void (stage.session.now = () => ${later})`)
  await page.getByText('14:59').waitFor()
  await clean(t, page)
})

tap.test('a ring stops with the link and goes on with it while the phone still rings', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  const seen = await page.evaluate(`(async () => {
    const seen = []
    HTMLMediaElement.prototype.play = async () => { seen.push('play') }
    HTMLMediaElement.prototype.pause = () => { seen.push('pause') }
    await stage.show('incoming-call press 1')
    const { mock, call } = stage.session
    document.querySelector('evs-provider').ringtoneSrc = '/ring.wav'
    mock.sideEffect({ eventId: 'e', milestone: 'ringing', occurredAt: '', callId: call.value.callId, handoutId: 31, campaignId: 3, contactId: 4217, externalId: null, number: '+33261915578' })
    mock.setConnection({ state: 'degraded' })
    mock.setConnection({ state: 'offline' })
    mock.setConnection({ state: 'connecting' })
    mock.setConnection({ state: 'online' })
    mock.setMe({ call: null })
    return seen
  })()`)
  t.same(seen, ['play', 'pause', 'play', 'pause'])
})

tap.test('when one of two providers goes the other serves the page', { skip }, async t => {
  const page = await open(t, { lang: 'en' })
  const text = await page.evaluate(`(async () => {
    await stage.show('call-bar talking')
    const { session } = stage
    const [first, second] = [document.createElement('evs-provider'), document.createElement('evs-provider')]
    first.session = second.session = session
    const bar = document.createElement('evs-call-bar')
    document.querySelector('main').replaceChildren(first, second, bar)
    await bar.updateComplete
    first.remove()
    await new Promise(resolve => setTimeout(resolve, 1200))
    await bar.updateComplete
    return bar.shadowRoot.textContent
  })()`)
  t.match(text, /Talking/)
})

tap.test(
  'what is said aloud has its place before the first sentence, and again in a new body',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    const places = await page.evaluate(`(async () => {
    const count = () => document.querySelectorAll('body > [aria-live]').length
    await stage.show('wrap-up in the call')
    const first = count()
    const body = document.createElement('body')
    body.append(document.createElement('main'))
    document.body.replaceWith(body)
    const gone = count()
    await stage.show('wrap-up in the call')
    return [first, gone, count()]
  })()`)
    t.same(places, [2, 0, 2])
  }
)

tap.test(
  'a class defines no tag, another version gives one warning, and every element is described',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en', kit: 'classes/call-bar' })
    const warnings: string[] = []
    page.on('console', message => warnings.push(message.text()))
    const tag = await page.evaluate(`(async () => {
    const before = customElements.get('evs-call-bar')
    customElements.define('evs-call-bar', class extends HTMLElement { static version = '0.0.9' })
    const { EvsCallBar } = await import('/elements/classes/call-bar.js')
    customElements.define('own-bar', class extends EvsCallBar {})
    await import('/elements/call-bar.js')
    return { before: before === undefined, own: document.createElement('own-bar') instanceof EvsCallBar }
  })()`)
    t.same(tag, { before: true, own: true })
    t.same(warnings, [
      '<evs-call-bar> is already defined by version 0.0.9; version 0.1.0 is not used. Load one of the two.'
    ])
    const whole = await open(t, { lang: 'en' })
    const drawn = await whole.evaluate(`(async () => {
    const { registerIcons } = await import('/elements/kit.js')
    await stage.show('call-bar talking')
    registerIcons({ hangup: 'M1 2h3' })
    const bar = document.querySelector('evs-call-bar')
    bar.requestUpdate()
    await bar.updateComplete
    return bar.shadowRoot.querySelectorAll('[d="M1 2h3"]').length
  })()`)
    t.equal(drawn, 1, 'a host may have its own icons')
    const folder = await buildElements()
    const manifest = readFileSync(join(folder, 'custom-elements.json'), 'utf8')
    const jsx = readFileSync(join(folder, 'jsx.d.ts'), 'utf8')
    for (const { tag } of elementSources(join(import.meta.dirname, '../src'))) {
      t.ok(manifest.includes(`"tagName": "${tag}"`), `${tag} stands in custom-elements.json`)
      t.ok(jsx.includes(`'${tag}': `), `${tag} stands in jsx.d.ts`)
    }
  }
)

tap.test(
  'a provider with getToken opens a session of its own, and says when the token is refused',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    const seen = await page.evaluate(`(async () => {
    const provider = document.createElement('evs-provider')
    const refused = new Promise(resolve => provider.addEventListener('evs-auth-required', event => resolve(event.detail.reason)))
    provider.getToken = async () => { throw Object.assign(new Error('signed out'), { status: 401 }) }
    provider.append(document.createElement('evs-call-bar'))
    document.querySelector('main').replaceChildren(provider)
    const reason = await refused
    await provider.firstChild.updateComplete
    return [reason, provider.firstChild.shadowRoot.textContent.trim()]
  })()`)
    t.same(seen, ['signed out', 'Not connected to the call centre'])
  }
)

tap.test(
  'a ringing phone lies over the page while it rings, is said once, and takes no focus',
  { skip },
  async t => {
    const page = await open(t, { lang: 'en' })
    await show(page, 'incoming-call press 1')
    const seen = await page.evaluate(`(async () => {
    const element = document.querySelector('evs-incoming-call')
    const call = stage.session.call.value
    stage.session.mock.setMe({ call: null })
    element.placement = 'bottom-end'
    await element.updateComplete
    const field = document.createElement('input')
    document.querySelector('main').append(field)
    field.focus()
    const said = []
    const region = document.querySelector('[data-evs-announcer=assertive]')
    new MutationObserver(() => region.textContent && said.push(region.textContent)).observe(region, { childList: true })
    stage.session.mock.setMe({ call })
    await element.updateComplete
    await new Promise(resolve => setTimeout(resolve, 1300))
    const during = [element.matches(':popover-open'), document.activeElement === field]
    stage.session.mock.setMe({ call: null })
    await element.updateComplete
    return { during, after: element.matches(':popover-open'), said }
  })()`)
    t.same(seen, {
      during: [true, true],
      after: false,
      said: ['Your mobile rings. Answer, then press 1 so that the call goes to Hélène Lefèvre.']
    })
    await clean(t, page)
  }
)
