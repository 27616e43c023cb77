import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createPlainPage } from '@evscallpro/embed-html'
import type { BrowserContext, Page } from 'playwright-core'
import t from 'tap'
import { withoutChromium } from '../../../packages/widgets/test/chromium.ts'
import { runAxe, WebStage } from '../../reference-app/test/web-stage.ts'
import { connectCrm, createCrm } from '../src/index.ts'

const hangUp = (page: Page) =>
  page.locator('evs-call-bar').getByRole('button', { name: /^(Raccrocher|Hang up)/ })

/** A free port, so that the origin is known before the CRM asks for its key. */
async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo // listening on TCP
  await new Promise(done => server.close(done))
  return port
}

/** The header that the guide tells the developer of a CRM to send, for a call centre at this address. */
function documentedPolicy(url: string): string {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/embed.md'), 'utf8')
  const policy = /^default-src .+$/m.exec(guide)?.[0] ?? ''
  return policy
    .replaceAll('https://cc.example', url)
    .replaceAll('wss://', 'ws://')
    .replaceAll('ws://cc.example', url.replace('http', 'ws'))
}

t.test(
  'widgets in pages of others, in a real browser',
  { skip: withoutChromium, timeout: 300_000 },
  async t => {
    const stage = await WebStage.start()
    t.teardown(() => stage.close())
    const admin = { login: 'admin', password: await stage.passwordOf('admin') }
    const url = stage.server.base

    /** A browser that notes every violation of the policy and every exception. */
    async function browse(context: BrowserContext): Promise<{ page: Page; wrong: string[] }> {
      const wrong: string[] = []
      await context.exposeFunction('tellViolation', (what: string) => void wrong.push(what))
      await context.addInitScript(
        `addEventListener('securitypolicyviolation', e => tellViolation(e.violatedDirective + ' ' + e.blockedURI))`
      )
      const page = await context.newPage()
      page.on('response', response => {
        const sent = response.headers()['content-security-policy']
        if (response.request().isNavigationRequest() && response.ok() && sent !== documentedPolicy(url))
          wrong.push(`${response.url()} is sent with another policy than the guide's: ${sent}`)
      })
      page.on('pageerror', error => void wrong.push(error.message))
      return { page, wrong }
    }

    t.test('a call, its timer and what was typed survive twenty page loads of a CRM', async t => {
      const agent = await stage.agent(1)
      const port = await freePort()
      const origin = `http://127.0.0.1:${port}`
      const apiKey = await connectCrm(url, admin, origin)
      const crm = await createCrm({ url, apiKey }, [{ name: 'MARCHAND Sonia', agentLogin: agent.login }])
      t.teardown(() => crm.close())
      await crm.listen({ host: '127.0.0.1', port })
      const context = await stage.context()
      t.teardown(() => context.close())
      const { page, wrong } = await browse(context)

      const found: string[] = []
      await page.goto(`${origin}/clients`)
      t.match(page.url(), /connexion/, 'the CRM has its own door')
      found.push(...(await runAxe(page, 'sign-in')))
      await page.getByRole('button', { name: 'Entrer' }).click()
      await page.getByRole('button', { name: 'Prendre mon poste' }).waitFor()
      found.push(...(await runAxe(page, 'before the shift')))
      await page.getByRole('button', { name: 'Prendre mon poste' }).click()
      await page.getByRole('button', { name: /Fiche suivante/ }).click()
      await page
        .getByRole('button', { name: /^Appeler/ })
        .first()
        .click()
      await hangUp(page).waitFor()
      await page.waitForURL(/phone=/, { timeout: 30_000 })
      await hangUp(page).waitFor()
      t.match(
        await page.locator('h1').textContent(),
        /Numéro inconnu|Fiche client/,
        'the CRM opens who is called'
      )
      const note = page.locator('evs-wrap-up textarea')
      await note.fill('Préfère être appelée le soir')
      found.push(...(await runAxe(page, 'in a call')))

      const seconds = (): Promise<number> =>
        page
          .locator('evs-call-bar [role=timer]')
          .first()
          .innerText()
          .then(text => {
            const [minutes, rest] = text.split(':').map(Number)
            return minutes! * 60 + rest!
          })
      let last = await seconds()
      const took: number[] = []
      const notes: string[] = []
      const round = [
        ['Clients', /clients$/],
        ['LEFÈVRE Hélène', /clients\/\d+$/],
        ['Devis', /devis$/],
        ['Factures', /factures$/],
        ['Agenda', /agenda$/]
      ] as const
      for (let i = 0; i < 20; i++) {
        const [name, address] = round[i % round.length]!
        const from = Date.now()
        await page.getByRole('link', { name, exact: true }).click()
        await page.waitForURL(address, { waitUntil: 'commit' })
        await hangUp(page).waitFor()
        took.push(Date.now() - from)
        notes.push(await note.inputValue())
        const now = await seconds()
        if (now < last) t.fail(`page ${i}: the timer went back from ${last} to ${now}`)
        last = now
        if (i === 1) found.push(...(await runAxe(page, 'a customer, in a call')))
      }
      took.sort((a, b) => a - b)
      t.comment(`bar after ${took[10]} ms (median), ${took[19]} ms at worst`)
      t.same(new Set(notes), new Set(['Préfère être appelée le soir']), 'what was typed stands on each page')
      await page.locator('evs-wrap-up').getByText('Refus').click()
      await page.getByRole('button', { name: 'Finaliser l’appel' }).click()
      await page.getByRole('button', { name: /Fiche suivante/ }).waitFor()
      const { items } = await stage.admin.get<{ items: { outcome: string; note: string | null }[] }>(
        `/api/call-history?campaignId=${agent.campaignId}`
      )
      t.equal(items.length, 1, 'twenty pages, one call')
      t.equal(items[0]!.outcome, 'answered')
      t.same(found, [], 'axe finds nothing')
      t.same(wrong, [], 'no violation of the policy of the guide, no exception')
    })

    t.test('a plain page needs one script tag and three elements to call', async t => {
      const agent = await stage.agent(2)
      const port = await freePort()
      const origin = `http://127.0.0.1:${port}`
      const plain = createPlainPage({ url, apiKey: await connectCrm(url, admin, origin) }, agent.login)
      t.teardown(() => plain.close())
      await plain.listen({ host: '127.0.0.1', port })
      const context = await stage.context()
      t.teardown(() => context.close())
      const { page, wrong } = await browse(context)
      const found: string[] = []
      // The server behind the page is away for a moment: the page asks again.
      let asked = 0
      await page.route('**/token', route => (++asked === 1 ? route.abort() : route.continue()))
      await page.goto(origin)
      const bar = page.locator('evs-call-bar')
      await bar.getByText(/You are not at work/).waitFor()
      found.push(...(await runAxe(page, 'off duty')))
      await page.getByRole('button', { name: 'Start my shift' }).click()
      await page.getByRole('button', { name: 'Start my shift' }).waitFor({ state: 'hidden' })
      for (const time of ['first', 'second']) {
        await page.locator('evs-click-to-dial').click()
        await bar.getByText('Talking').first().waitFor()
        found.push(...(await runAxe(page, `${time} call`)))
        await hangUp(page).click()
        // The button goes at once; the call is over when its state goes.
        await bar.getByText('Talking').first().waitFor({ state: 'hidden' })
      }
      const { items } = await stage.admin.get<{ items: { outcome: string }[] }>(
        `/api/call-history?agentId=${await stage.idOf(agent.login)}&outcome=answered`
      )
      t.equal(items.length, 2, 'the number was called, and once more')
      t.same(found, [], 'axe finds nothing')
      t.same(wrong, [], 'no violation of the policy of the guide, no exception')
    })

    t.test('a page whose origin nobody approved is given no token', async t => {
      const origin = `http://127.0.0.1:${await freePort()}`
      const apiKey = await connectCrm(url, admin, origin)
      const crm = await createCrm({ url, apiKey }, [{ name: 'A', agentLogin: 'agent3' }])
      t.teardown(() => crm.close())
      const signedIn = await crm.inject({ method: 'POST', url: '/connexion', payload: { user: 'agent3' } })
      const cookies = { crm: signedIn.cookies[0]!.value }
      const ask = (from: string) =>
        crm.inject({ method: 'POST', url: '/evs-token', headers: { origin: from }, cookies })
      t.equal((await ask('https://evil.example')).statusCode, 500)
      t.match((await ask(origin)).body, /^evt_/)
    })
  }
)
