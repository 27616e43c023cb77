import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../../../packages/widgets/test/chromium.ts'
import { buildWeb } from '../../../tools/build-web.ts'
import { Api } from '../src/demo/api.ts'
import { freePort, ServerProcess } from '../src/demo/server-process.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The last is the look that a page is left in. */
const looks = [
  ['fr', 'dark'],
  ['fr', 'light'],
  ['en', 'light'],
  ['en', 'dark']
] as const

const settings = (dataDir: string): Record<string, string> => ({
  EVS_DATA_DIR: dataDir,
  EVS_DEMO: 'on',
  EVS_FLOOR: 'off',
  EVS_DESTINATIONS: '+33',
  DATABASE_URL: ''
})

export type Look = { readonly language?: 'fr' | 'en'; readonly theme?: 'light' | 'dark' }

/** A person at a browser of his own. */
export interface Person {
  readonly context: BrowserContext
  readonly page: Page
}

/** An agent made for one tour, with a campaign of his own. */
export interface TourAgent {
  readonly login: string
  readonly password: string
  readonly campaignId: number
  /** Its name. */
  readonly campaign: string
}

/** The reference server with its simulator and database, a real browser, and what went wrong in any page. */
export class WebStage {
  server: ServerProcess
  readonly port: number
  readonly #dataDir: string
  readonly #browser: Browser
  /** Errors of pages: exceptions, what they log as one, and violations of the content security policy. */
  readonly errors: string[] = []
  admin!: Api
  #dispositions = 0
  #tours = 0
  /** The campaign of each agent who has one. */
  readonly #campaigns = new Map<string, number>()

  private constructor(server: ServerProcess, port: number, dataDir: string, browser: Browser) {
    this.server = server
    this.port = port
    this.#dataDir = dataDir
    this.#browser = browser
  }

  static async start(): Promise<WebStage> {
    await buildWeb()
    const dataDir = await mkdtemp(join(tmpdir(), 'evs-web-'))
    const port = await freePort()
    const server = new ServerProcess(port, settings(dataDir))
    const browser = await launchChromium()
    const stage = new WebStage(server, port, dataDir, browser)
    try {
      await server.start()
      stage.admin = await new Api(server.base).login('admin', await stage.passwordOf('admin'))
      const sets = await stage.admin.get<{ items: { id: number }[] }>('/api/disposition-sets')
      stage.#dispositions = sets.items[0]!.id
      return stage
    } catch (error) {
      await stage.close()
      throw error
    }
  }

  /** The same server, people and data at another PBX: `env` says where that is. */
  async moveTo(env: Readonly<Record<string, string>>): Promise<void> {
    await this.server.stop()
    this.server = new ServerProcess(this.port, { ...settings(this.#dataDir), ...env })
    await this.server.start()
  }

  async passwordOf(login: string): Promise<string> {
    const accounts: { login: string; password: string }[] = JSON.parse(
      await readFile(join(this.#dataDir, 'demo-accounts.json'), 'utf8')
    )
    return accounts.find(each => each.login === login)!.password
  }

  async idOf(login: string): Promise<number> {
    const { items } = await this.admin.get<{ items: { id: number; login: string }[] }>(
      '/api/users?role=agent&limit=100'
    )
    return items.find(each => each.login === login)!.id
  }

  /** Lets a person take calls on a mobile of his own as well. */
  async allowMobile(login: string): Promise<void> {
    const id = await this.idOf(login)
    await this.admin.patch(`/api/users/${id}`, { mobileNumber: '+33639981234', mobileAllowed: true })
    await this.admin.put(`/api/mobile-callback/users/${id}/verification`, { reason: 'Seen in the test' })
  }

  /**
   * The demo's agent of this number (1 to 6), not at work, alone in a new campaign whose contacts' number ends so; the
   * campaign that was made for him before is closed.
   */
  async agent(number: number, ending = '1101', contacts = 3): Promise<TourAgent> {
    const login = `agent${number}`
    const password = await this.passwordOf(login)
    const id = await this.idOf(login)
    await (await new Api(this.server.base).login(login, password)).delete('/api/agent/session')
    const before = this.#campaigns.get(login)
    if (before !== undefined) await this.admin.patch(`/api/campaigns/${before}`, { active: false })
    const name = `Tour ${++this.#tours}`
    const campaign = await this.admin.post<{ id: number }>('/api/campaigns', {
      name,
      dialMode: 'preview',
      country: 'FR',
      timeZone: 'Europe/Paris',
      dispositionSetId: this.#dispositions,
      priority: 0,
      wrapUpSeconds: 120
    })
    this.#campaigns.set(login, campaign.id)
    await this.admin.put(`/api/campaigns/${campaign.id}/agents`, { agentIds: [id] })
    await this.admin.post(`/api/campaigns/${campaign.id}/contacts`, {
      contacts: Array.from({ length: contacts }, (_, i) => ({
        externalId: `${number}-${i}`,
        firstName: 'Hélène',
        lastName: `Lefèvre ${i + 1}`,
        phones: [`+3319900${ending}`],
        city: 'Angers',
        postalCode: '49100'
      }))
    })
    return { login, password, campaignId: campaign.id, campaign: name }
  }

  /** A browser that has seen nothing yet. */
  async context(): Promise<BrowserContext> {
    const viewport = { width: 1440, height: 900 }
    const context = await this.#browser.newContext({ viewport, reducedMotion: 'reduce' })
    context.setDefaultTimeout(30_000)
    return context
  }

  /** Opens a browser for one person, signed in by the form. */
  async person(
    { login, password }: { login: string; password: string },
    { language = 'en', theme = 'light' }: Look = {},
    base = this.server.base
  ): Promise<Person> {
    const context = await this.context()
    await context.addCookies([
      { name: 'evs_language', value: language, url: base },
      { name: 'evs_theme', value: theme, url: base }
    ])
    await context.exposeFunction('tellViolation', (what: string) => void this.errors.push(what))
    await context.addInitScript(
      `addEventListener('securitypolicyviolation', e => tellViolation('CSP ' + e.violatedDirective + ' ' + e.blockedURI + ' at ' + location.pathname))`
    )
    const page = await this.tab(context)
    await page.goto(`${base}/`)
    await this.signIn(page, { login, password })
    return { context, page }
  }

  /** Fills in the form of the sign-in page; resolves when another page opens. */
  async signIn(page: Page, { login, password }: { login: string; password: string }): Promise<void> {
    await page.locator('#login').fill(login)
    await page.locator('#password').fill(password)
    await page.locator('#password').press('Enter')
    await page.waitForURL(/\/(agent|supervisor|admin)/, { timeout: 60_000, waitUntil: 'commit' })
  }

  /** Another tab of the same person. */
  async tab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage()
    page.on('pageerror', error => void this.errors.push(`${page.url()}: ${error.stack ?? error.message}`))
    page.on('console', message => {
      // A refused request, or a server that is away, is told to the person; the browser logs it all the same.
      const expected = /^Failed to load resource|^WebSocket connection to/
      if (message.type() === 'error' && !expected.test(message.text()))
        this.errors.push(`${page.url()}: ${message.text()}`)
    })
    return page
  }

  /** Changes language and colours on the page itself, by its own controls. */
  async look(page: Page, language: 'fr' | 'en', theme: 'light' | 'dark'): Promise<void> {
    await page.evaluate(`(async () => {
      for (const value of ['${language}', '${theme}']) {
        const select = document.querySelector('select:has(option[value=' + value + ']):has(option[value=fr], option[value=auto])')
        if (select.value === value && (document.documentElement.lang === value || document.documentElement.dataset.evsTheme === value)) continue
        select.value = value
        select.dispatchEvent(new Event('change', { bubbles: true }))
      }
      for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)
    })()`)
  }

  /** What axe finds by all its rules on a page as it stands, a line each: in French and in English, light and dark. */
  async axe(page: Page, state: string): Promise<string[]> {
    const found: string[] = []
    for (const [language, theme] of looks) {
      await this.look(page, language, theme)
      found.push(...(await runAxe(page, `${state}, ${language} ${theme}`)))
    }
    return found
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.server.stop()
    await rm(this.#dataDir, { recursive: true, force: true })
  }
}

/** What axe finds by all its rules on a page as it stands, a line each. */
export async function runAxe(page: Page, state: string): Promise<string[]> {
  if (!(await page.evaluate('window.axe !== undefined'))) await page.evaluate(axe)
  const wrong = await page.evaluate<string[]>(
    `axe.run(document, { resultTypes: ['violations'] })
      .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(n => id + ': ' + n.target.join(' ') + ' ' + n.failureSummary)))`
  )
  return wrong.map(each => `${state}: ${each}`)
}
