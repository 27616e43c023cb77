import { createRequire } from 'node:module'
import type { FastifyServerOptions } from 'fastify'
import { compileOnce } from './compile-once.ts'

type Factories = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>
type SerializerFactory = NonNullable<Factories['buildSerializer']>

// Fastify's own compiler, the very one it takes when none is given, from where Fastify finds it.
const ofFastify = createRequire(createRequire(import.meta.url).resolve('fastify'))
const { SerializerSelector }: { SerializerSelector(): SerializerFactory } = ofFastify(
  '@fastify/fast-json-stringify-compiler'
)
const build = SerializerSelector()

const compiler = compileOnce(
  shared => schema => build(shared)({ schema, method: '', url: '', httpStatus: '' })
)

/** Builds the serialisers of one scope as Fastify does, each schema once. Options of serialisation are not passed on. */
export const buildSerializer: SerializerFactory = externalSchemas => {
  const compile = compiler(externalSchemas)
  return ({ schema }) => compile(schema as object)
}
