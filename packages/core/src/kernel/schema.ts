import type { Ajv } from 'ajv'
import ajvFormats from 'ajv-formats'

type Json = Readonly<Record<string, unknown>>

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Adds the formats of JSON Schema (date-time, email, uuid, uri …) to an Ajv instance. */
export function addFormats<T extends Pick<Ajv, 'addFormat'>>(ajv: T): T {
  // The package is CommonJS: under nodenext its callable export is `default`; it asks for Ajv and works on all of its dialects.
  ajvFormats.default(ajv as unknown as Ajv)
  return ajv
}

/**
 * A copy of a schema in which objects that say nothing about further properties refuse them. Members of an
 * `allOf` see only a part of the value, so there the surrounding schema refuses what no member has evaluated.
 */
export function closeObjects<T>(schema: T, insideAllOf = false): T {
  if (Array.isArray(schema)) return schema.map(item => closeObjects(item)) as T // same shape, closed
  if (!isJson(schema)) return schema
  const closed: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    closed[key] = literalKeywords.has(key) ? value : closeMember(key, value)
  }
  const saysSo = 'additionalProperties' in schema || 'unevaluatedProperties' in schema
  if (!saysSo && !insideAllOf) {
    if (Array.isArray(schema.allOf)) closed.unevaluatedProperties = false
    else if (isJson(schema.properties) && schema.type === 'object') closed.additionalProperties = false
  }
  return closed as T // same shape, closed
}

/** Keywords whose value is data, not a schema. */
const literalKeywords = new Set(['default', 'const', 'enum', 'examples', 'example', 'required'])

function closeMember(key: string, value: unknown): unknown {
  if (key === 'allOf' && Array.isArray(value)) return value.map(member => closeObjects(member, true))
  if (key === 'properties' || key === '$defs' || key === 'definitions' || key === 'patternProperties') {
    if (!isJson(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closeObjects(member)]))
  }
  return closeObjects(value)
}
