import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { buildElements } from '../../../tools/build-elements.ts'

/** The policy that the documentation promises to run under, Trusted Types included. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "media-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html'
].join('; ')

const page = (lang: string, theme: string, kit: string): string => `<!doctype html>
<html lang="${lang}" data-evs-theme="${theme}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Elements</title>
<link rel="stylesheet" href="/elements/tokens.css"><link rel="stylesheet" href="/stage.css">
<script type="module" src="/elements/${kit}.js"></script><script type="module" src="/stage.js"></script></head>
<body><main></main></body>
</html>`

const sheet = `body { margin: 0; background: var(--evs-color-page); color: var(--evs-color-text); font: 14px/1.45 var(--evs-font); }
main { display: grid; gap: 16px; padding: 16px; }
h2 { font-size: 12px; font-weight: 400; margin: 0 0 4px; color: var(--evs-color-text-muted); }`

/** A page that shows the elements, built from the sources, on a free port of loopback. */
export async function openStage(): Promise<{ url: string; close(): Promise<void> }> {
  const folder = await buildElements()
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page/stage.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['@evscallpro/source']
  })
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const send = (type: string, body: string | Uint8Array): void => {
      response.writeHead(200, { 'content-type': type, 'content-security-policy': contentSecurityPolicy })
      response.end(body)
    }
    if (url.pathname === '/stage.js') return send('text/javascript', outputFiles[0]!.contents)
    if (url.pathname === '/stage.css') return send('text/css', sheet)
    const file = /^\/elements\/((?:[\w-]+\/)?[\w-]+\.(?:js|css))$/.exec(url.pathname)?.[1]
    if (file)
      return send(file.endsWith('.css') ? 'text/css' : 'text/javascript', readFileSync(join(folder, file)))
    if (url.pathname === '/')
      return send(
        'text/html',
        page(
          url.searchParams.get('lang') ?? 'fr',
          url.searchParams.get('theme') ?? 'light',
          url.searchParams.get('kit') ?? 'kit'
        )
      )
    response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // listens on TCP
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}
