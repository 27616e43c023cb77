import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { coreVersion, type PluginScope } from '@evscallpro/core'
import fastifyStatic from '@fastify/static'
import type { AmiAccount } from '../server.ts'
import { escapeHtml, type Language, lookOf, page, pageHeaders } from './page.ts'

/** The pages, and the kit of elements that each needs: an agent on a bad line loads no boards. */
const pages = {
  agent: { elements: ['agent-kit'], title: { fr: 'Mon poste', en: 'My desk' } },
  supervisor: { elements: ['kit'], title: { fr: 'Plateau', en: 'Floor' } },
  admin: {
    elements: ['provider', 'connection-status'],
    title: { fr: 'Administration', en: 'Administration' }
  }
} as const

const notBuilt =
  'The pages are not built: stop this server and run npm start, which builds them. The API works: /docs\n'

/** Folder of the elements that `tools/build-elements.ts` builds, beside the sources or the compiled package. */
export function elementsFolder(): string {
  const index = fileURLToPath(import.meta.resolve('@evscallpro/widgets'))
  return join(dirname(dirname(index)), 'dist/browser')
}

/** Folder of the pages' own scripts and styles, which `tools/build-web.ts` builds. */
export const webFolder = (): string => join(import.meta.dirname, '../../dist/pages')

/**
 * The web app: sign-in at `/`, the agent's desk, the supervisor's and the administrator's page. They are public files;
 * everything on them comes from the API, with the rights of who has signed in. Without built files `/` says what to do,
 * and the API works.
 */
export async function registerPages(
  app: PluginScope,
  account: Pick<AmiAccount, 'pbx' | 'mode'>
): Promise<void> {
  const folders = [
    { root: elementsFolder(), prefix: '/elements/', decorateReply: false },
    { root: webFolder(), prefix: '/app/', decorateReply: false }
  ]
  if (!folders.every(({ root }) => existsSync(root))) {
    app.get('/', { config: { permission: 'public' } }, async (_request, reply) =>
      reply.code(503).type('text/plain; charset=utf-8').send(notBuilt)
    )
    return
  }
  for (const folder of folders) {
    await app.register(fastifyStatic, {
      ...folder,
      index: false,
      preCompressed: true,
      setHeaders(reply) {
        reply.header('x-content-type-options', 'nosniff')
        // A CRM of another origin loads the elements as modules.
        if (folder.prefix === '/elements/') reply.header('access-control-allow-origin', '*')
      }
    })
  }
  app.get('/', { config: { permission: 'public' } }, async ({ headers }, reply) => {
    const look = lookOf(headers)
    const title = look.language === 'fr' ? 'Connexion' : 'Sign in'
    return reply
      .headers(pageHeaders)
      .header('content-language', look.language)
      .send(page(look, title, ['/app/sign-in.js'], signIn(look.language, account)))
  })
  for (const [name, { elements, title }] of Object.entries(pages)) {
    app.get(`/${name}`, { config: { permission: 'public' } }, async ({ headers }, reply) => {
      const look = lookOf(headers)
      const scripts = [...elements.map(file => `/elements/${file}.js`), `/app/${name}.js`]
      const body = `<app-${name}></app-${name}>`
      return reply
        .headers(pageHeaders)
        .header('content-language', look.language)
        .send(page(look, title[look.language], scripts, body))
    })
  }
}

function signIn(language: Language, { pbx, mode }: Pick<AmiAccount, 'pbx' | 'mode'>): string {
  const text = language === 'fr' ? fr : en
  const notes = [pbx === 'simulator' ? text.simulator : '', mode === 'trial' ? text.trial : '']
  const about = notes
    .filter(Boolean)
    .map(note => ` (${note})`)
    .join('')
  return `<app-sign-in></app-sign-in>
<footer class="foot">
<p>${text.runs} EVSCallPro ${coreVersion} · ${text.pbx} ${escapeHtml(pbx)}${about}</p>
<p><a href="/docs">${text.api}</a> · <a href="/health/ready">${text.health}</a></p>
<noscript><p>${text.script}</p></noscript>
</footer>`
}

const en = {
  runs: 'What runs here:',
  pbx: 'PBX',
  simulator: 'it behaves like Asterisk 22 and calls nobody',
  trial: 'trial mode: without our dialplan, softphones only',
  api: 'API reference',
  health: 'Health',
  script: 'These pages need JavaScript.'
}
const fr: typeof en = {
  runs: 'Ce qui fonctionne ici :',
  pbx: 'autocommutateur',
  simulator: 'il se comporte comme Asterisk 22 et n’appelle personne',
  trial: 'mode d’essai : sans notre plan de numérotation, softphones seulement',
  api: 'Référence de l’API',
  health: 'État',
  script: 'Ces pages ont besoin de JavaScript.'
}
