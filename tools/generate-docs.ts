// Writes the generated parts of docs/reference from the catalogues and manifests; --check only compares, and fails on a
// difference. Run from anywhere:
//   node --import=#typescript --conditions=@evscallpro/source tools/generate-docs.ts [--check]
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { coreDomain, type Plugin } from '@evscallpro/core'
import { ami } from '@evscallpro/plugin-ami'
import { extensions } from '@evscallpro/plugin-extensions'
import { quotas } from '@evscallpro/plugin-quotas'
import { trunks } from '@evscallpro/plugin-trunks'
import * as coreHistoryErrors from '../packages/core/src/domain/call/history-errors.ts'
import * as coreEmbedErrors from '../packages/core/src/domain/embed/errors.ts'
import * as coreDomainErrors from '../packages/core/src/domain/errors.ts'
import * as coreUserErrors from '../packages/core/src/domain/user/errors.ts'
import * as coreWebhookErrors from '../packages/core/src/domain/webhook/errors.ts'
import * as kernelErrors from '../packages/core/src/kernel/errors.ts'
import { kernelPermissions } from '../packages/core/src/kernel/permissions.ts'
import * as amiErrors from '../packages/plugin-ami/src/errors.ts'
import * as extensionErrors from '../packages/plugin-extensions/src/errors.ts'
import * as quotaErrors from '../packages/plugin-quotas/src/errors.ts'
import * as trunkErrors from '../packages/plugin-trunks/src/errors.ts'

const root = join(import.meta.dirname, '..')
const plugins: readonly Plugin[] = [coreDomain(), ami(), quotas(), extensions(), trunks()]

interface CatalogueEntry {
  readonly code: string
  readonly status: number
  readonly message: string
}

/** The errors that a module exports, in their order; `%s` and `%d` stay where arguments would be. */
function catalogue(module: Readonly<Record<string, unknown>>): CatalogueEntry[] {
  const entries: CatalogueEntry[] = []
  for (const exported of Object.values(module)) {
    if (typeof exported !== 'function') continue
    const entry = instance(exported)
    if (entry) entries.push(entry)
  }
  return entries.sort((a, b) => (a.code < b.code ? -1 : 1))
}

function instance(exported: object): CatalogueEntry | undefined {
  if (!('prototype' in exported) || !(exported.prototype instanceof Error)) return undefined
  const make = exported as new (...texts: string[]) => Error // its prototype says so
  const bare = new make()
  // A subclass passes its arguments on by name, so its template is seen only with arguments.
  const error = bare.message.includes('undefined') ? new make('%s', '%s') : bare
  if (!('code' in error && 'statusCode' in error)) return undefined
  return { code: String(error.code), status: Number(error.statusCode), message: error.message }
}

/** The codes of a package whose catalogue is a type: a list of literals, its messages written where they are thrown. */
function codesOfType(path: string): string[] {
  const codes = [...readFileSync(join(root, path), 'utf8').matchAll(/^ {2}\| '([A-Z_]+)'$/gm)].map(
    ([, code]) => code!
  )
  if (codes.length === 0) throw new Error(`${path} lists no codes any more: mend tools/generate-docs.ts`)
  return codes
}

/** Characters that would end a cell, or be taken for HTML. */
const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.map(cell).join(' | ')} |`).join('\n')

const errorTable = (module: Readonly<Record<string, unknown>>): string =>
  table(
    ['Code', 'Status', 'Sentence'],
    catalogue(module).map(({ code, status, message }) => [
      `\`${code}\``,
      String(status),
      message === '%s' ? '(says what was wrong in each case)' : message.replaceAll(/%[sd]/g, '…')
    ])
  )

const codeList = (path: string): string =>
  codesOfType(path)
    .map(code => `- \`${code}\``)
    .join('\n')

const errors = (): string => `# Errors

A refused or failed request is answered as problem details (RFC 9457, \`application/problem+json\`): \`type\`, \`title\`,
\`status\`, \`code\`, \`detail\` (below 500 only), \`instance\` (the request's id, as in the log) and, where fields are wrong,
\`errors\` with part, JSON pointer and sentence. Clients look at \`code\`: it does not change, sentences may. The
kernel's errors of status 500 that speak of a plugin are never sent: they stop the start.

## Kernel

${errorTable(kernelErrors)}

An error that no catalogue knows is answered as \`CORE_INTERNAL\` (500), without a detail; the log has the rest. Codes that
begin with \`FST_\` are Fastify's own, such as \`FST_ERR_CTP_BODY_TOO_LARGE\` (413).

## Domain

${errorTable(coreDomainErrors)}

## Users, sites, keys and tokens

${errorTable({ ...coreUserErrors, ...coreEmbedErrors })}

## Call history and webhooks

${errorTable({ ...coreHistoryErrors, ...coreWebhookErrors })}

## ami

${errorTable(amiErrors)}

## quotas

${errorTable(quotaErrors)}

## extensions

${errorTable(extensionErrors)}

## trunks

${errorTable(trunkErrors)}

## Packages without HTTP

These throw errors with a \`code\` and a sentence of the moment.

embedded-postgres:

${codeList('packages/embedded-postgres/src/errors.ts')}

asterisk-sandbox:

${codeList('packages/asterisk-sandbox/src/errors.ts')}
`

const permissions = (): string => `# Permissions

Declared by the manifests. Roles are sets of permissions; \`admin\` holds every one. API keys carry a list of their own.
Which route needs which permission stands at \`/docs\` (\`x-permission\`). Two more need no declaration: \`public\`
(everybody) and \`authenticated\` (anyone who has proved who he is).

${perPlugin(({ name, permissions = {} }) =>
  table(
    ['Permission', 'Allows', 'Roles'],
    Object.entries({ ...(name === 'core' && kernelPermissions), ...permissions }).map(
      ([name, { description, roles }]) => [`\`${name}\``, description, [...roles, 'admin'].join(', ')]
    )
  )
)}`

const events = (): string => `# Events

Facts in the past tense, delivered in the process that committed them, after the commit. See
[the plugin contract](plugin-contract.md#events).

${perPlugin(({ emits = [] }) =>
  table(
    ['Event', 'Payload'],
    emits.map(({ name, schema }) => [
      `\`${name}\``,
      Object.entries(schema.properties)
        .map(([field, of]) => `\`${field}\`: ${typeOf(of)}`)
        .join(', ')
    ])
  )
)}`

const config = (): string => `# Options of the plugins

What goes into \`coreDomain({ … })\`, \`ami({ … })\`. Options are checked when the application is created; nothing is
converted and an unknown option stops the start. The settings of the reference server are in
[Getting started](../guides/getting-started.md#settings).

${perPlugin(({ config = {} }) => table(['Option', 'Type', 'Default', 'Meaning'], optionRows(config, '')))}`

function optionRows(properties: object, prefix: string): string[][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const inner = field(schema, 'properties')
    if (typeof inner === 'object' && inner !== null) return optionRows(inner, `${prefix}${name}.`)
    const fallback = field(schema, 'default')
    return [
      [
        `\`${prefix}${name}\``,
        typeOf(schema),
        fallback === undefined ? 'required' : `\`${JSON.stringify(fallback)}\``,
        String(field(schema, 'description') ?? '')
      ]
    ]
  })
}

const field = (schema: unknown, name: string): unknown =>
  typeof schema === 'object' && schema !== null
    ? Object.entries(schema).find(([key]) => key === name)?.[1]
    : undefined

/** A JSON schema in a few words. */
function typeOf(schema: unknown): string {
  const members = field(schema, 'anyOf')
  if (Array.isArray(members)) return members.map(typeOf).join(' or ')
  const constant = field(schema, 'const')
  if (constant !== undefined) return `\`${JSON.stringify(constant)}\``
  const type = String(field(schema, 'type'))
  if (type === 'array') return `array of ${typeOf(field(schema, 'items'))}`
  const [from, to] = [field(schema, 'minimum'), field(schema, 'maximum')]
  const range = from !== undefined && to !== undefined ? ` ${from} to ${to}` : ''
  const pattern = field(schema, 'pattern')
  return `${type}${range}${pattern === undefined ? '' : ` \`${pattern}\``}`
}

/** A section for each plugin of which `describe` has something to say: a table with rows. */
function perPlugin(describe: (manifest: Plugin['manifest']) => string): string {
  const sections = plugins.map(({ manifest }) => ({ name: manifest.name, text: describe(manifest) }))
  return sections
    .filter(({ text }) => text.split('\n').length > 2)
    .map(({ name, text }) => `## ${name}\n\n${text}\n`)
    .join('\n')
}

/** Settings that the reference server reads and the guide does not explain. */
function unexplainedSettings(): string[] {
  const source = readFileSync(join(root, 'examples/reference-app/src/config.ts'), 'utf8')
  const guide = readFileSync(join(root, 'docs/guides/getting-started.md'), 'utf8')
  const names = new Set(source.match(/\b(?:EVS_[A-Z_]+|DATABASE_URL)\b/g))
  return [...names].filter(name => !guide.includes(`\`${name}\``))
}

const note = '<!-- Generated by tools/generate-docs.ts; do not edit. -->\n\n'
const pages = { errors, permissions, events, config }
const check = process.argv.includes('--check')
const problems: string[] = []
for (const [name, write] of Object.entries(pages)) {
  const path = join(root, 'docs/reference', `${name}.md`)
  const text = note + write()
  if (!check) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text)
    problems.push(`docs/reference/${name}.md is out of date: run tools/generate-docs.ts`)
}
for (const name of unexplainedSettings())
  problems.push(`docs/guides/getting-started.md does not explain ${name}`)
for (const problem of problems) console.error(problem)
console.log(`docs: ${Object.keys(pages).length} generated pages, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0
