// Pictures of every page of the reference app, from a server that runs: agent, supervisor and administrator, wide and
// narrow, light and dark, French and English.
//   npm start                                      (in another terminal)
//   node --import=#typescript --conditions=@evscallpro/source tools/web-shots.ts FOLDER [BASE] [DATA-DIR]
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { launchChromium } from '../packages/widgets/test/chromium.ts'

const [folder = 'shots', base = 'http://127.0.0.1:3000', dataDir = '.evscallpro'] = process.argv.slice(2)
const accounts: readonly { login: string; password: string }[] = JSON.parse(
  readFileSync(join(dataDir, 'demo-accounts.json'), 'utf8')
)
const passwordOf = (login: string): string => accounts.find(each => each.login === login)?.password ?? ''

const looks = [
  { name: '1440-fr', width: 1440, language: 'fr', theme: 'light' },
  { name: '1440-en-dark', width: 1440, language: 'en', theme: 'dark' },
  { name: '390-fr', width: 390, language: 'fr', theme: 'light' },
  { name: '390-en-dark', width: 390, language: 'en', theme: 'dark' }
] as const
const views = {
  supervisor: ['floor', 'calls', 'campaigns', 'quotas', 'history'],
  admin: ['users', 'sites', 'trunks', 'extensions', 'embedding']
} as const

mkdirSync(folder, { recursive: true })
const browser = await launchChromium()
try {
  for (const look of looks) {
    await picture(look, '', async (page, take) => {
      await page.goto(base)
      await page.locator('form').waitFor()
      await take('sign-in')
    })
    await picture(look, `agent${looks.indexOf(look) + 1}`, async (page, take) => {
      await page.waitForTimeout(1500)
      await take('agent')
      const press = (name: RegExp): Promise<void> =>
        page.getByRole('button', { name }).first().click({ timeout: 20_000 })
      await press(/Start my shift|Prendre mon poste/)
      await press(/^Next contact|^Fiche suivante/)
      await page.waitForTimeout(1000)
      await take('agent-contact')
      const call = page.getByRole('button', { name: /^Call [\d+]|^Appeler le/ }).first()
      if (await call.isVisible()) await call.click()
      await page.waitForTimeout(9000)
      await take('agent-call')
      await page.locator('evs-wrap-up label').nth(1).click()
      await press(/^Finalise|^Finaliser|^Save and|^Enregistrer et/)
      await page.waitForTimeout(1500)
      await take('agent-after')
    })
    for (const [name, login] of [
      ['supervisor', 'superviseur'],
      ['admin', 'admin']
    ] as const)
      await picture(look, login, async (page, take) => {
        for (const view of views[name]) {
          await page.goto(`${base}/${name}#${view}`)
          await page.waitForTimeout(1500)
          await take(`${name}-${view}`)
        }
      })
  }
} finally {
  await browser.close()
}

async function picture(
  look: (typeof looks)[number],
  login: string,
  work: (page: Page, take: (name: string) => Promise<void>) => Promise<void>
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: look.width, height: 900 } })
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
  await work(page, async name => {
    await page.screenshot({ path: join(folder, `${name}-${look.name}.png`) })
  })
  await context.close()
}
