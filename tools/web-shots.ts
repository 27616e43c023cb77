// Pictures of every page of the reference app in its main states, from a server that runs: agent, supervisor and
// administrator, wide and narrow, light and dark, French and English; then of the two examples that embed elements, which
// have a language of their own. Says what is wider than its screen.
//   npm start                                      (in another terminal)
//   node --import=#typescript --conditions=@evscallpro/source tools/web-shots.ts FOLDER [BASE] [DATA-DIR] [LOOK]
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectCrm, createCrm } from '@evscallpro/embed-crm'
import { createPlainPage } from '@evscallpro/embed-html'
import type { Browser, Page } from 'playwright-core'
import { freePort } from '../examples/reference-app/src/demo/server-process.ts'
import { launchChromium } from '../packages/widgets/test/chromium.ts'

const [folder = 'shots', base = 'http://127.0.0.1:3000', dataDir = '.evscallpro', only = ''] =
  process.argv.slice(2)
const accounts: readonly { login: string; password: string }[] = JSON.parse(
  readFileSync(join(dataDir, 'demo-accounts.json'), 'utf8')
)
const passwordOf = (login: string): string => accounts.find(each => each.login === login)?.password ?? ''

/** Each has an agent of its own: what one does on his desk is not in another's picture. */
const looks = [
  { name: '1440-fr', agent: 'agent1', width: 1440, language: 'fr', theme: 'light' },
  { name: '1440-en', agent: 'agent2', width: 1440, language: 'en', theme: 'light' },
  { name: '1280-en-dark', agent: 'agent3', width: 1280, language: 'en', theme: 'dark' },
  { name: '1024-fr-dark', agent: 'agent4', width: 1024, language: 'fr', theme: 'dark' },
  { name: '390-fr', agent: 'agent5', width: 390, language: 'fr', theme: 'light' },
  { name: '390-en-dark', agent: 'agent6', width: 390, language: 'en', theme: 'dark' }
] as const
type Look = (typeof looks)[number]
type Take = (name: string) => Promise<void>
/** In the page: a note in its language. */
const note =
  "document.documentElement.lang === 'fr' ? 'Préfère la fin de journée, après 18 h.' : 'Prefers the end of the day, after six.'"

mkdirSync(folder, { recursive: true })
for (const look of looks.filter(({ name }) => name.startsWith(only))) {
  const browser = await launchChromium()
  await person(browser, look, '', async (page, take) => {
    await page.goto(base)
    await page.locator('form').waitFor()
    await take('sign-in')
  })
  await person(browser, look, look.agent, desk)
  await person(browser, look, 'superviseur', floor)
  await person(browser, look, 'admin', administration)
  await examples(browser, look)
  await browser.close()
}

/** The CRM with a page load at every click and the plain page, each on the origin that was approved for them. */
async function examples(browser: Browser, look: Look): Promise<void> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const admin = { login: 'admin', password: passwordOf('admin') }
  const callCentre = { url: base, apiKey: await connectCrm(base, admin, origin) }
  const hangUp = /^(?:Hang up|Raccrocher)/
  const crm = await createCrm(callCentre, [{ name: 'MARCHAND Sonia', agentLogin: look.agent }])
  await crm.listen({ host: '127.0.0.1', port })
  await person(browser, look, '', async (page, take) => {
    await page.goto(`${origin}/connexion`)
    await take('crm-sign-in')
    await button(page, /^Entrer/).click()
    await button(page, /^Prendre mon poste/).waitFor()
    await take('crm-off-duty')
    await button(page, /^Prendre mon poste/).click()
    const ready = page.locator('evs-call-bar').getByText('Disponible').first()
    await ready.waitFor()
    await page.goto(`${origin}/clients/004217`)
    await ready.waitFor()
    await take('crm-customer')
    await page.goto(`${origin}/clients`)
    await button(page, /^Fiche suivante/).waitFor()
    await take('crm-list')
    await endShift(page)
  })
  await crm.close()
  const plain = createPlainPage(callCentre, look.agent)
  await plain.listen({ host: '127.0.0.1', port })
  await person(browser, look, '', async (page, take) => {
    await page.goto(origin)
    await button(page, /^Start my shift/).waitFor()
    await take('plain-off-duty')
    await button(page, /^Start my shift/).click()
    await button(page, /^Start my shift/).waitFor({ state: 'hidden' })
    await page.locator('evs-click-to-dial').click()
    await button(page, hangUp).waitFor()
    await page.locator('evs-call-bar [role=timer]').first().waitFor()
    await take('plain-call')
    await button(page, hangUp).click()
    await button(page, hangUp).waitFor({ state: 'hidden' })
  })
  await plain.close()
}

/** A shift at the desk: every state of a call. */
async function desk(page: Page, take: Take): Promise<void> {
  const start = button(page, /Start my shift|Prendre mon poste/)
  const state = page.locator('evs-agent-state .me')
  await start.or(state).first().waitFor()
  await page.waitForTimeout(500)
  // At work already, from an earlier run.
  if (await state.isVisible()) await endShift(page)
  await take('agent-sign-on')
  await start.click()
  const next = button(page, /^Next contact|^Fiche suivante/)
  await next.waitFor()
  await take('agent-ready')
  await page.locator('evs-agent-state .me').click()
  await take('agent-menu')
  await page.keyboard.press('Escape')
  await next.click()
  const call = button(page, /^Call [\d+]|^Appeler le/)
  const keypad = button(page, /^Keypad|^Clavier/)
  const save = button(page, /^Save and|^Enregistrer et/)
  const choices = page.locator('evs-wrap-up label')
  await call.waitFor()
  await take('agent-contact')
  for (;;) {
    await call.click()
    await button(page, /^(?:Hang up|Cancel the call|Raccrocher|Annuler l’appel)/).waitFor()
    await take('agent-dialling')
    await keypad.or(save).first().waitFor()
    if (await keypad.isVisible()) break
    // Not everybody answers.
    await take('agent-no-answer')
    await choices.filter({ hasText: /^No answer|^Pas de/ }).click()
    await save.click()
    await next.click()
  }
  await page.waitForTimeout(3000)
  await take('agent-call')
  await keypad.click()
  await take('agent-keypad')
  await keypad.click()
  await button(page, /^Hold|^Mettre en attente/).click()
  await button(page, /^Resume|^Reprendre/).waitFor()
  await take('agent-held')
  await button(page, /^Resume|^Reprendre/).click()
  await page.locator('evs-agent-state .me').click()
  await take('agent-menu-in-call')
  await page.keyboard.press('Escape')
  await choices.filter({ hasText: /^Callback|^Rappel/ }).click()
  await page
    .locator('evs-wrap-up .btn')
    .filter({ hasText: /^Tomorrow|^Demain/ })
    .click()
  await page.locator('evs-wrap-up textarea').fill(await page.evaluate<string>(note))
  await page.locator('evs-wrap-up .saved').waitFor()
  await take('agent-callback')
  const hangUp = button(page, /^Hang up|^Raccrocher/)
  if (await hangUp.isVisible()) await hangUp.click()
  await save.waitFor()
  await take('agent-wrap-up')
  await choices.filter({ hasText: /^Refus/ }).click()
  await save.click()
  await next.waitFor()
  await page.goto(`${base}/agent#history`)
  await page.locator('evs-call-history tbody tr').first().waitFor()
  await take('agent-history')
  await page.goto(`${base}/agent#desk`)
  await endShift(page)
}

async function endShift(page: Page): Promise<void> {
  await page.locator('evs-agent-state .me').click()
  await page.getByRole('menuitem', { name: /^End my shift|^Terminer ma journée/ }).click()
  await button(page, /Start my shift|Prendre mon poste/).waitFor()
}

/** The supervisor's views, a form in each that has one, and the menu of an agent. */
async function floor(page: Page, take: Take): Promise<void> {
  await visit(page, 'supervisor#floor', 'evs-live-board tbody tr')
  await page.locator('evs-quota-board li').first().waitFor()
  await page.waitForTimeout(500)
  await take('supervisor-floor')
  await page.locator('evs-live-board').getByRole('button').first().click()
  await take('supervisor-menu')
  await page.keyboard.press('Escape')
  await visit(page, 'supervisor#calls', 'tbody tr')
  await take('supervisor-calls')
  await form(page, take, 'supervisor#campaigns', 'supervisor-campaign')
  await visit(page, 'supervisor#quotas', '.table tbody tr')
  await take('supervisor-quotas')
  await form(page, take, 'supervisor#quotas', 'supervisor-rule')
  await visit(page, 'supervisor#history', 'evs-call-history tbody tr')
  await take('supervisor-history')
  await page.locator('details.account summary').click()
  await take('supervisor-account')
}

async function administration(page: Page, take: Take): Promise<void> {
  for (const [view, name] of [
    ['users', 'user'],
    ['sites', 'site'],
    ['trunks', 'trunk']
  ] as const) {
    await visit(page, `admin#${view}`, 'tbody tr')
    await take(`admin-${view}`)
    await form(page, take, `admin#${view}`, `admin-${name}`)
  }
  await visit(page, 'admin#trunks', 'tbody tr')
  await page.locator('#route-number').fill('+33199001010')
  await page.locator('app-route-test button').click()
  await page.locator('app-route-test li').first().waitFor()
  await take('admin-route')
  await visit(page, 'admin#extensions', 'tbody tr')
  await take('admin-extensions')
  await visit(page, 'admin#embedding', 'h2')
  await button(page, /^Add|^Ajouter/).click()
  await page.locator('form input').first().waitFor()
  await button(page, /^Save|^Enregistrer/).click()
  await page.locator('form .msg').first().waitFor()
  await take('admin-refused')
}

/** The first record of a view, opened to be changed. */
async function form(page: Page, take: Take, view: string, name: string): Promise<void> {
  await visit(page, view, '.table tbody tr')
  await page.locator('.table tbody button').first().click()
  await page.locator('form input').first().waitFor()
  await page.waitForTimeout(300)
  await take(name)
}

async function visit(page: Page, view: string, ready: string): Promise<void> {
  await page.goto(`${base}/${view}`)
  await page.locator(ready).first().waitFor()
}

function button(page: Page, name: RegExp) {
  return page.getByRole('button', { name }).first()
}

/** Plays what one person does; what breaks off is in a picture of its own, and the rest goes on. */
async function person(
  browser: Browser,
  look: Look,
  login: string,
  work: (page: Page, take: Take) => Promise<void>
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    locale: look.language,
    colorScheme: look.theme,
    timezoneId: 'Europe/Paris'
  })
  await context.addCookies([
    { name: 'evs_language', value: look.language, url: base },
    { name: 'evs_theme', value: look.theme, url: base }
  ])
  const page = await context.newPage()
  page.on('console', message => {
    if (message.type() === 'error') console.error(`${login} ${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', error => console.error(`${login} ${page.url()}: ${error.stack}`))
  if (login !== '') {
    await page.goto(base)
    await page.locator('#login').fill(login)
    await page.locator('#password').fill(passwordOf(login))
    await page.locator('form button').click()
    await page.waitForURL(/agent|supervisor|admin/)
  }
  try {
    await work(page, async name => {
      await page.evaluate('scrollTo(0, 0)')
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      if (wide > 0) console.error(`${name}-${look.name}: ${wide} px wider than the screen`)
      await page.screenshot({ path: join(folder, `${name}-${look.name}.png`), fullPage: true })
    })
  } catch (error) {
    console.error(`${login} at ${page.url()}: ${error instanceof Error ? error.message : String(error)}`)
    await page.screenshot({ path: join(folder, `broken-${login}-${look.name}.png`), fullPage: true })
    process.exitCode = 1
  }
  await context.close()
}
