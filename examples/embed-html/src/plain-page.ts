import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CallCentre, contentSecurityPolicy, embedToken } from '@evscallpro/embed-crm'
import Fastify, { type FastifyInstance } from 'fastify'

const files = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css'],
  ['/glue.js', 'glue.js', 'text/javascript']
] as const

/** Serves the page and gives it the tokens of one agent: whoever opens it is he, so keep it on your own machine. */
export function createPlainPage(callCentre: CallCentre, agentLogin: string): FastifyInstance {
  const app = Fastify()
  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', contentSecurityPolicy(callCentre.url))
  })
  for (const [path, name, type] of files) {
    app.get(path, async (_request, reply) => {
      const text = await readFile(join(import.meta.dirname, '../public', name), 'utf8')
      return reply.type(type).send(text.replaceAll('{{call-centre}}', callCentre.url))
    })
  }
  app.post('/token', async (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined) return reply.code(403).send()
    return reply.type('text/plain').send(await embedToken(callCentre, agentLogin, origin))
  })
  return app
}
