import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type CallCentre, embedToken } from './call-centre.ts'
import { customerAt, customerOf, customers, searchCustomers } from './customers.ts'
import type { Html } from './html.ts'
import {
  type CrmUser,
  customerPage,
  emptyPage,
  listPage,
  page,
  signInPage,
  unknownNumberPage
} from './pages.ts'

/** The CRM's users and who they are at the call centre; here those of the demo. */
const demoUsers: readonly CrmUser[] = [
  { name: 'MARCHAND Sonia', agentLogin: 'agent1' },
  { name: 'LEROY Benoît', agentLogin: 'agent2' },
  { name: 'GARNIER Chloé', agentLogin: 'agent3' }
]

/** What a page is asked with: fields of its address. */
type Given = Readonly<Record<string, string | undefined>>

/** Everything the pages may load; the call centre's server is the one foreign place. */
export function contentSecurityPolicy(callCentreUrl: string): string {
  const { origin, host, protocol } = new URL(callCentreUrl)
  const socket = `${protocol === 'https:' ? 'wss' : 'ws'}://${host}`
  return [
    "default-src 'none'",
    `script-src 'self' ${origin}`,
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${origin} ${socket}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html'
  ].join('; ')
}

/** A CRM that writes each page on the server, with the widgets of the call centre in its frame. */
export async function createCrm(callCentre: CallCentre, users = demoUsers): Promise<FastifyInstance> {
  const app = Fastify()
  const sessions = new Map<string, CrmUser>()
  await app.register(cookie)
  await app.register(formbody)
  const csp = contentSecurityPolicy(callCentre.url)
  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', csp).header('cache-control', 'no-store')
  })

  const publicFiles = [
    ['crm.css', 'text/css'],
    ['evs-glue.js', 'text/javascript']
  ] as const
  for (const [name, type] of publicFiles) {
    app.get(`/${name}`, async (_request, reply) =>
      reply.type(type).send(await readFile(join(import.meta.dirname, '../public', name)))
    )
  }

  const signedIn = (request: FastifyRequest): CrmUser | undefined => sessions.get(request.cookies.crm ?? '')
  const send = (reply: FastifyReply, content: Html): FastifyReply =>
    reply.type('text/html; charset=utf-8').send(content.text)

  /** A page of the CRM; who is not signed in is sent to the door. */
  const get = (at: string, title: string, write: (given: Given) => Html | undefined): void => {
    app.get<{ Querystring: Given; Params: Given }>(at, (request, reply) => {
      const user = signedIn(request)
      if (!user) return reply.redirect('/connexion')
      const content = write({ ...request.query, ...request.params })
      const frame = { title, at, user, callCentre: callCentre.url }
      return send(reply.code(content ? 200 : 404), page(frame, content ?? emptyPage('Page introuvable')))
    })
  }
  get('/', 'Accueil', () => emptyPage('Bienvenue'))
  get('/clients', 'Clients', ({ q, phone }) => {
    if (phone === undefined) return listPage(q === undefined ? customers : searchCustomers(q))
    const found = customerAt(phone)
    return found ? customerPage(found) : unknownNumberPage(phone)
  })
  get('/clients/:id', 'Fiche client', ({ id }) => {
    const found = customerOf(id)
    return found && customerPage(found)
  })
  for (const [at, title] of [
    ['/devis', 'Devis'],
    ['/factures', 'Factures'],
    ['/agenda', 'Agenda']
  ] as const)
    get(at, title, () => emptyPage(title))

  app.get('/connexion', (_request, reply) => send(reply, signInPage(users)))
  app.post<{ Body: { user?: string } }>('/connexion', (request, reply) => {
    const user = users.find(({ agentLogin }) => agentLogin === request.body.user)
    if (!user) return reply.redirect('/connexion', 303)
    const id = randomUUID()
    sessions.set(id, user)
    return reply.setCookie('crm', id, { httpOnly: true, sameSite: 'lax', path: '/' }).redirect('/', 303)
  })
  app.post('/deconnexion', (request, reply) => {
    sessions.delete(request.cookies.crm ?? '')
    return reply.clearCookie('crm', { path: '/' }).redirect('/connexion', 303)
  })

  // The one request that was added for the call centre: the page asks its own server, which asks the call centre.
  app.post('/evs-token', async (request, reply) => {
    const user = signedIn(request)
    const { origin } = request.headers
    if (!user) return reply.code(401).send()
    if (origin === undefined) return reply.code(400).send()
    return reply.type('text/plain').send(await embedToken(callCentre, user.agentLogin, origin))
  })
  return app
}
