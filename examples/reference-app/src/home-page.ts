import type { PluginScope } from '@evscallpro/core'
import { coreVersion } from '@evscallpro/core'
import type { AmiAccount } from './server.ts'

/** The page at `/`: what runs here and where the API is described. French or English, as the browser asks. */
export function registerHomePage(app: PluginScope, account: Pick<AmiAccount, 'pbx' | 'mode'>): void {
  app.get('/', { config: { permission: 'public' } }, async (request, reply) => {
    const french = /^\s*fr\b/i.test(request.headers['accept-language'] ?? '')
    return reply
      .type('text/html; charset=utf-8')
      .header('content-language', french ? 'fr' : 'en')
      .header('vary', 'accept-language')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'")
      .send(page(french ? fr : en, french ? 'fr' : 'en', account))
  })
}

interface Texts {
  title: string
  intro: string
  runs: string
  pbx: string
  simulator: string
  trial: string
  api: string
  apiText: string
  health: string
  healthText: string
  start: string
}

const en: Texts = {
  title: 'EVSCallPro is running',
  intro:
    'A call-centre server on Asterisk. Agents take contacts, call, talk and qualify; every call leaves one complete row.',
  runs: 'What runs here',
  pbx: 'PBX',
  simulator: 'a simulator that behaves like Asterisk 22: nobody is really called',
  trial: 'trial mode: without our dialplan, softphones only',
  api: 'API reference',
  apiText: 'every call of the API, to read and to try',
  health: 'Health',
  healthText: 'database, migrations and the link to the PBX, asked now',
  start: 'The accounts and their passwords were printed where the server was started.'
}

const fr: Texts = {
  title: 'EVSCallPro fonctionne',
  intro:
    'Un serveur de centre d’appels sur Asterisk. Les agents prennent des fiches, appellent, parlent et qualifient ; chaque appel laisse une ligne complète.',
  runs: 'Ce qui tourne ici',
  pbx: 'Autocommutateur',
  simulator: 'un simulateur qui se comporte comme Asterisk 22 : personne n’est vraiment appelé',
  trial: 'mode d’essai : sans notre plan de numérotation, softphones seulement',
  api: 'Référence de l’API',
  apiText: 'chaque appel de l’API, à lire et à essayer',
  health: 'État',
  healthText: 'base de données, migrations et lien avec l’autocommutateur, vérifiés à l’instant',
  start: 'Les comptes et leurs mots de passe ont été affichés là où le serveur a été démarré.'
}

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, char => `&#${char.charCodeAt(0)};`)

function page(text: Texts, language: string, { pbx, mode }: Pick<AmiAccount, 'pbx' | 'mode'>): string {
  const notes = [pbx === 'simulator' ? text.simulator : '', mode === 'trial' ? text.trial : ''].filter(
    Boolean
  )
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title}</title>
<style>
  :root { color-scheme: light dark; --ink: #1d2633; --soft: #55627a; --line: #d9dfe9; --page: #f5f7fa; --card: #fff; --link: #0b5cad }
  @media (prefers-color-scheme: dark) { :root { --ink: #e8edf5; --soft: #a9b5c8; --line: #344054; --page: #131922; --card: #1b232f; --link: #8cc2ff } }
  body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
  main { max-width: 42rem; margin: 0 auto; padding: 3rem 1.25rem }
  h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem }
  h2 { font-size: 1rem; margin: 0 0 .75rem }
  section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin-top: 1.5rem }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1rem; margin: 0 }
  dt { color: var(--soft) } dd { margin: 0 }
  a { color: var(--link) } a:focus-visible { outline: 3px solid; outline-offset: 2px }
  p { color: var(--soft); margin: .5rem 0 0 }
</style>
</head>
<body>
<main>
<h1>${text.title}</h1>
<p>${text.intro}</p>
<section>
<h2>${text.runs}</h2>
<dl>
<dt>EVSCallPro</dt><dd>${coreVersion}</dd>
<dt>${text.pbx}</dt><dd>${escapeHtml(pbx)}${notes.map(note => ` (${note})`).join('')}</dd>
<dt><a href="/docs">${text.api}</a></dt><dd>${text.apiText}</dd>
<dt><a href="/health/ready">${text.health}</a></dt><dd>${text.healthText}</dd>
</dl>
</section>
<p>${text.start}</p>
</main>
</body>
</html>
`
}
