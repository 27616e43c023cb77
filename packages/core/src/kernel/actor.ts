/** Who makes a request: a signed-in user, the holder of an API key, or the server itself. */
export interface Actor {
  readonly kind: 'user' | 'api-key' | 'system'
  /** Id of the user or of the API key; 0 for the server itself. */
  readonly id: number
  readonly role: Role | null
  readonly siteId: number | null
  readonly permissions: ReadonlySet<string>
}

export const roles = ['agent', 'supervisor', 'admin'] as const
export type Role = (typeof roles)[number]

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route whose permission is not `public`. */
    actor: Actor
  }
  interface FastifyContextConfig {
    /** A permission some manifest declares, `public`, or `authenticated` for any signed-in actor. */
    permission?: string
  }
}
