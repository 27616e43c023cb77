import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundled } from './bundled-packages.mjs'

const folder = new URL('../node_modules/.cache/typescript/', import.meta.url)
const { version } = JSON.parse(
  readFileSync(new URL('../node_modules/ts-blank-space/package.json', import.meta.url), 'utf8')
)
mkdirSync(folder, { recursive: true })

let compiler = null

async function blank(source) {
  const key = createHash('sha1').update(version).update(source).digest('hex')
  const kept = new URL(key, folder)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    compiler ??= (await import('ts-blank-space')).default
    const result = compiler(source)
    const draft = new URL(`${key}.${randomUUID()}`, folder)
    writeFileSync(draft, result)
    renameSync(draft, kept) // never half a file, however many processes write it at once
    return result
  }
}

export async function resolve(specifier, context, nextResolve) {
  const url = await bundled(specifier)
  return url === null ? nextResolve(specifier, context) : { url, format: 'module', shortCircuit: true }
}

export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !/\.m?ts$/.test(url)) return nextLoad(url, context)
  const source = await blank(readFileSync(fileURLToPath(url), 'utf8'))
  return { format: 'module', shortCircuit: true, source: `${source}\n//# sourceURL=${url}` }
}
