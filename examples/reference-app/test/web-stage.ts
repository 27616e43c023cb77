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
}

/** The reference server with its simulator and database, a real browser, and what went wrong in any page. */
export class WebStage {
  readonly server: ServerProcess
  readonly port: number
  readonly #dataDir: string
  readonly #browser: Browser
  /** Errors of pages: exceptions and violations of the content security policy. */
  readonly errors: string[] = []
  admin!: Api
  #dispositions = 0
  #tours = 0

  private constructor(server: ServerProcess, port: number, dataDir: string, browser: Browser) {
    this.server = server
    this.port = port
    this.#dataDir = dataDir
    this.#browser = browser
  }

  /** `env`: settings beside those of the demo, such as another PBX. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<WebStage> {
    await buildWeb()
    const dataDir = await mkdtemp(join(tmpdir(), 'evs-web-'))
    const port = await freePort()
    const server = new ServerProcess(port, {
      EVS_DATA_DIR: dataDir,
      EVS_DEMO: 'on',
      EVS_FLOOR: 'off',
      EVS_DESTINATIONS: '+33',
      DATABASE_URL: '',
      ...env
    })
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

  async passwordOf(login: string): Promise<string> {
    const accounts: { login: string; password: string }[] = JSON.parse(
      await readFile(join(this.#dataDir, 'demo-accounts.json'), 'utf8')
    )
    return accounts.find(each => each.login === login)!.password
  }

  /** The demo's agent of this number (1 to 6), alone in a campaign of his own whose contacts' number ends so. */
  async agent(number: number, ending = '1101', contacts = 3): Promise<TourAgent> {
    const login = `agent${number}`
    const { items } = await this.admin.get<{ items: { id: number; login: string }[] }>(
      '/api/users?role=agent&limit=100'
    )
    const { id } = items.find(each => each.login === login)!
    const campaign = await this.admin.post<{ id: number }>('/api/campaigns', {
      name: `Tour ${++this.#tours}`,
      dialMode: 'preview',
      country: 'FR',
      timeZone: 'Europe/Paris',
      dispositionSetId: this.#dispositions,
      priority: 0,
      wrapUpSeconds: 120
    })
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
    return { login, password: await this.passwordOf(login), campaignId: campaign.id }
  }

  /** A browser that has seen nothing yet. */
  async context(): Promise<BrowserContext> {
    const context = await this.#browser.newContext({ viewport: { width: 1440, height: 900 } })
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
    await page.locator('#login').fill(login)
    await page.locator('#password').fill(password)
    await page.locator('#password').press('Enter')
    await page.waitForURL(/\/(agent|supervisor|admin)/, { timeout: 60_000, waitUntil: 'commit' })
    return { context, page }
  }

  /** Another tab of the same person. */
  async tab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage()
    page.on('pageerror', error => void this.errors.push(`${page.url()}: ${error.stack ?? error.message}`))
    return page
  }

  /** What axe finds on a page, a line each. */
  async axe(page: Page): Promise<string[]> {
    await page.evaluate(axe)
    return page.evaluate(
      `axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
        .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(n => id + ': ' + n.target.join(' ') + ' ' + n.failureSummary)))`
    )
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.server.stop()
    await rm(this.#dataDir, { recursive: true, force: true })
  }
}
