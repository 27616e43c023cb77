import { type ErrorObject, type Options, Ajv as StandardAjv } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import type { FastifySchemaValidationError, FastifyServerOptions } from 'fastify'
import { compileOnce } from './compile-once.ts'
import { InvalidRequestError } from './errors.ts'
import type { Issue } from './problem.ts'
import { addFormats, closeObjects } from './schema.ts'

/** Upper bound of a request body in bytes, so that `allErrors` cannot be made to work on megabytes. */
export const bodyLimit = 1024 * 1024

type Factories = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>
type ValidatorFactory = NonNullable<Factories['buildValidator']>

/** What a schema is called (`$id`) is its own affair: another application in the process may call another one so. */
const common: Options = { allErrors: true, strict: false, useDefaults: true, addUsedSchema: false }

/**
 * Builds the validators of one scope. A body is JSON and means what it says: no conversion, unknown fields
 * refused, defaults applied. Query, params and headers are text: converted to the declared types.
 * (Fastify's own Ajv converts bodies, `"1"` to 1, and silently drops unknown fields.)
 */
export const buildValidator = ((externalSchemas: unknown) => {
  const [strict, coercing] = [strictCompiler(externalSchemas), coercingCompiler(externalSchemas)]
  return ({ schema, httpPart }: { schema: object; httpPart?: string }) =>
    httpPart === 'body' ? strict(schema) : coercing(schema)
}) as ValidatorFactory // its type knows only Fastify's own compiler package, which passes other options

const strictCompiler = compileOnce(shared => {
  const ajv = addFormats(new Ajv2019(common))
  for (const [id, schema] of Object.entries(shared)) ajv.addSchema(closeObjects(schema), id)
  return schema => ajv.compile(closeObjects(schema))
})

const coercingCompiler = compileOnce(shared => {
  const ajv = addFormats(new StandardAjv({ ...common, coerceTypes: 'array' }))
  for (const [id, schema] of Object.entries(shared)) ajv.addSchema(schema, id)
  return schema => ajv.compile(schema)
})

/** CORE_INVALID_REQUEST whose sentence and `issues` name each field. Values are not repeated. */
export function formatValidationErrors(errors: FastifySchemaValidationError[], part: string): Error {
  const issues = errors.filter(error => error.keyword !== 'if').map(error => issueOf(error, part))
  const sentence = issues.map(({ pointer, detail }) => `${pointer || part} ${detail}`).join('; ')
  return Object.assign(new InvalidRequestError(sentence), { issues })
}

function issueOf(error: FastifySchemaValidationError | ErrorObject, part: string): Issue {
  const { keyword, instancePath, params, message = 'is wrong' } = error
  switch (keyword) {
    case 'required':
      return { in: part, pointer: `${instancePath}/${params.missingProperty}`, detail: 'is required' }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = String(params.additionalProperty ?? params.unevaluatedProperty)
      return { in: part, pointer: `${instancePath}/${name}`, detail: 'is not a known field' }
    }
    case 'enum': {
      const allowed: unknown = params.allowedValues
      const list = Array.isArray(allowed) ? allowed.map(value => JSON.stringify(value)).join(', ') : ''
      return { in: part, pointer: instancePath, detail: `must be one of ${list}` }
    }
    default:
      return { in: part, pointer: instancePath, detail: message }
  }
}
