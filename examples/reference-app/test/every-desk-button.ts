import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { Api } from '../src/demo/api.ts'
import { noteCommands } from './commands-given.ts'
import { button, nextContact, talking } from './tours.ts'
import type { TourAgent, WebStage } from './web-stage.ts'

interface OwnState {
  readonly state: string
  readonly pauseReason: string | null
  readonly pauseRequested: string | null
}
interface HandoutNow {
  readonly handout: {
    readonly id: number
    readonly callId: string | null
    readonly note: string | null
    readonly callbackAt: string | null
    readonly callbackPersonal: boolean
  } | null
}
interface LiveState {
  readonly live: { readonly held: boolean; readonly muted: boolean } | null
}

/** How long the server may take to be in the state that a press asked for, ms. */
const limitMs = 30_000

/**
 * Presses every button of the desk in a whole shift. After each press the server is asked whether its state is the one that
 * was asked for; no command may be refused.
 */
export async function everyDeskButton(t: Test, stage: WebStage, page: Page, agent: TourAgent): Promise<void> {
  const api = await new Api(stage.server.base).login(agent.login, agent.password)
  /** Until what the server says of `path` is so. */
  const server = async <T>(path: string, what: string, holds: (answer: T) => boolean): Promise<T> => {
    for (const deadline = Date.now() + limitMs; ; ) {
      const answer = await api.get<T>(path)
      if (holds(answer)) return answer
      if (Date.now() > deadline) throw new Error(`not ${what}: ${JSON.stringify(answer)}`)
      await page.waitForTimeout(50)
    }
  }
  const me = (what: string, holds: (mine: OwnState) => boolean): Promise<OwnState> =>
    server('/api/agent/state', what, holds)
  const inHand = (what: string, holds: (now: HandoutNow['handout']) => boolean): Promise<HandoutNow> =>
    server<HandoutNow>('/api/handouts/current', what, ({ handout }) => holds(handout))
  const press = (name: string | RegExp): Promise<void> => button(page, name).click()
  const menu = page.locator('evs-agent-state').getByRole('menu')
  const choose = async (...names: string[]): Promise<void> => {
    await page.locator('evs-agent-state .me').click()
    for (const name of names) await menu.getByText(name, { exact: true }).click()
  }

  const given = await noteCommands(page)
  await press('Start my shift')
  await me('at work', ({ state }) => state === 'ready')
  // The server tells the station over the connection only.
  const reachedAt = async (station: string): Promise<void> => {
    const script = "document.querySelector('evs-provider').session.agent.value.station"
    for (const deadline = Date.now() + limitMs; (await page.evaluate(script)) !== station; ) {
      if (Date.now() > deadline) throw new Error(`the server does not reach him at ${station}`)
      await page.waitForTimeout(50)
    }
  }
  await reachedAt('extension')
  await choose('Change station …', 'Mobile')
  await reachedAt('mobile')
  await choose('Change station …', 'Extension')
  await reachedAt('extension')
  await choose('Break')
  await me('paused', ({ state, pauseReason }) => state === 'paused' && pauseReason === 'break')
  await choose('Ready')
  await me('ready again', ({ state }) => state === 'ready')
  await nextContact(page)
  const { handout: first } = await inHand('a contact in hand', now => now !== null)
  await press('Skip')
  await inHand('given back', now => now === null)
  await nextContact(page)
  await inHand('another contact', now => now !== null && now.id !== first?.id)

  await press(/^Call [\d+]/)
  await talking(page)
  const { callId } = (await inHand('called', now => now?.callId != null)).handout!
  const call = (what: string, holds: (live: NonNullable<LiveState['live']>) => boolean) =>
    server<LiveState>(`/api/calls/${callId}`, what, ({ live }) => live !== null && holds(live))
  const bar = page.locator('evs-call-bar').getByRole('button')
  t.same(
    await bar.allInnerTexts(),
    ['Hold', 'Mute my microphone', 'Keypad', 'Hang up'],
    'nothing else is there'
  )
  await press('Mute my microphone')
  await call('muted', ({ muted }) => muted)
  await press('Unmute my microphone')
  await call('heard again', ({ muted }) => !muted)
  await press('Keypad')
  const keypad = page.getByRole('group', { name: 'Keypad' })
  for (const key of ['4', '2']) await keypad.getByRole('button', { name: key, exact: true }).click()
  await page.getByText('Sent: 42').waitFor()
  await press('Keypad')
  await press('Hold')
  await call('held', ({ held }) => held)
  await press('Resume the call')
  await call('taken back', ({ held }) => !held)
  await choose('Lunch')
  await me('a pause after this call', ({ pauseRequested }) => pauseRequested === 'lunch')
  await choose('Ready')
  await me('no pause after it', ({ pauseRequested }) => pauseRequested === null)
  await choose('Lunch')
  await page.locator('evs-agent-state .me').click()
  t.equal(await menu.getByText('Change station …').count(), 0, 'no other station in a call')
  await page.keyboard.press('Escape')

  const wrapUp = page.locator('evs-wrap-up')
  await wrapUp.getByText('Callback').click()
  await wrapUp.getByRole('button', { name: /^Tomorrow/ }).click()
  await wrapUp.getByText('Me', { exact: true }).click()
  await wrapUp.locator('textarea').fill('Prefers the evening')
  const kept = await inHand('kept', now => now?.note === 'Prefers the evening' && now.callbackPersonal)
  const promised = new Date(kept.handout!.callbackAt!)
  t.ok(promised.getTime() > Date.now(), 'the date is on the server before he finishes')
  await press(/^Hang up/)
  await server<LiveState>(`/api/calls/${callId}`, 'over', ({ live }) => live === null)
  const extended = (): Promise<string | null> =>
    page.evaluate("document.querySelector('evs-provider').session.wrapUp.value?.deadline ?? null")
  await button(page, /s more \(2 left\)/).waitFor()
  const before = await extended()
  await press(/s more \(2 left\)/)
  await button(page, /s more \(1 left\)/).waitFor()
  t.ok(before !== null && ((await extended()) ?? '') > before, 'the server moved the end of wrap-up time')
  await press('Save and finish')
  await me(
    'in the pause he asked for',
    ({ state, pauseReason }) => state === 'paused' && pauseReason === 'lunch'
  )
  const { items } = await api.get<{ items: { dueAt: string; agentId: number | null }[] }>(
    '/api/callbacks?limit=20'
  )
  t.match(
    items,
    [{ dueAt: promised.toISOString(), agentId: await stage.idOf(agent.login) }],
    'his callback is promised'
  )
  await choose('End my shift')
  await me('at home', ({ state }) => state === 'offline')
  await button(page, 'Start my shift').waitFor()

  const all = await given()
  // An answer that a busy machine gives too late is none of the desk's: the server was asked after each press.
  const refused = all.filter(each => each.refused !== null && each.refused !== 'timeout')
  t.same(refused, [], 'no command was refused')
  t.same(
    [...new Set(all.map(({ name }) => name))].sort(),
    [
      'dialContact',
      'extendWrapUp',
      'finalise',
      'hangup',
      'hold',
      'login',
      'logout',
      'mute',
      'pause',
      'ready',
      'requestNext',
      'resume',
      'sendDigits',
      'setDisposition',
      'skipContact',
      'unmute'
    ],
    'these are all that a desk gives'
  )
}
