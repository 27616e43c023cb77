import type { ErrorObject } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { type TProperties, Type } from 'typebox'
import { compileOnce } from './compile-once.ts'
import { BadConfigError } from './errors.ts'
import type { Plugin } from './plugin.ts'
import { addFormats, closeObjects } from './schema.ts'

const secretName = /secret|password|token|key|credential/i

const compile = compileOnce(() => {
  const ajv = addFormats(new Ajv2019({ allErrors: true, useDefaults: true, strict: false, verbose: true }))
  return schema => ajv.compile(schema)
})({})

/**
 * The options of a plugin with defaults applied. Options are neither converted nor dropped.
 * Throws CORE_BAD_CONFIG with every issue: where, what was found, what was expected. Secrets are not quoted.
 */
export function parseConfig({ manifest, options }: Plugin): unknown {
  const validate = compile(closeObjects(Type.Object(manifest.config ?? ({} as TProperties))))
  const config: unknown = structuredClone(options)
  if (validate(config)) return config
  const issues = (validate.errors ?? []).map(error => describe(error, Object.keys(manifest.config ?? {})))
  throw new BadConfigError(manifest.name, [...new Set(issues)].join('; '))
}

function describe(error: ErrorObject, known: readonly string[]): string {
  const { keyword, instancePath, params, data, message = 'is wrong' } = error
  if (keyword === 'required') return `${instancePath}/${params.missingProperty} is missing`
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
    const name = String(params.additionalProperty ?? params.unevaluatedProperty)
    const hint = instancePath === '' ? ` (known: ${known.join(', ') || 'none'})` : ''
    return `${instancePath}/${name} is not an option${hint}`
  }
  const allowed = keyword === 'enum' ? ` (${JSON.stringify(params.allowedValues)})` : ''
  return `${instancePath || '/'} ${message}${allowed}, found ${found(instancePath, data)}`
}

function found(path: string, value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object') return 'an object'
  if (typeof value !== 'string') return String(value)
  return secretName.test(path) ? `a string of ${value.length} characters` : JSON.stringify(value.slice(0, 60))
}
