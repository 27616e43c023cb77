import swagger, { type SwaggerTransform } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { problemResponse } from './problem.ts'
import { closeObjects } from './schema.ts'
import { coreVersion } from './version.ts'

/** Serves the OpenAPI 3.1 document of all routes at `/docs/json` and Swagger UI at `/docs`, from local files only. */
export async function serveOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'EVSCallPro', version: coreVersion, license: { name: 'MIT', identifier: 'MIT' } },
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'Session token of a user, or an API key (evs_…)'
          }
        }
      },
      security: [{ bearer: [] }]
    },
    transform: describeRoute,
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, i) => String($id ?? `schema-${i}`) }
  })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, logLevel: 'warn' })
}

/** Completes the schema of one route of `plugin`: tags, `operationId` = `<plugin>.<name>`, Problem answers. */
export function completeSchema(route: RouteOptions, plugin: string): void {
  const schema: FastifySchema = route.schema ?? {}
  const name = schema.operationId
  const prefixed = name === undefined || name.includes('.') ? name : `${plugin}.${name}`
  route.schema = {
    ...schema,
    tags: schema.tags ?? [plugin],
    ...(prefixed !== undefined && { operationId: prefixed }),
    response: { '4xx': problemResponse, '5xx': problemResponse, ...asRecord(schema.response) }
  }
}

const describeRoute: SwaggerTransform = ({ schema, url, route }) => {
  const permission = route.config?.permission
  const described: FastifySchema & Record<string, unknown> = { ...schema }
  if (schema?.body) described.body = closeObjects(schema.body) // as it is enforced
  if (permission === 'public') described.security = []
  else if (permission) described['x-permission'] = permission
  return { schema: described, url }
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
