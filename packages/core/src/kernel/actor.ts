/** Who makes a request: a signed-in user, the holder of an API key, or the server itself. */
export interface Actor {
  readonly kind: 'user' | 'api-key' | 'system'
  /** Id of the user or of the API key; 0 for the server itself. */
  readonly id: number
  readonly role: Role | null
  readonly siteId: number | null
  readonly permissions: ReadonlySet<string>
  /** Whose rows he sees; without it everybody's. */
  readonly scope?: RowScope
  /** The token of a page, when that is what he came with. */
  readonly embedToken?: { readonly id: string; readonly expiresAt: Date }
  /** The session of a user, when that is what he came with. */
  readonly sessionId?: string
}

/** Limits of what an actor sees; null: no limit of this kind. */
export interface RowScope {
  readonly siteIds: readonly number[] | null
  readonly campaignIds: readonly number[] | null
}

/** What a row belongs to, for comparing it with a scope. */
export interface RowOwner {
  /** null: no site, so that nobody who sees certain sites only sees it; `every`: all of them share it. */
  readonly siteId: number | null | 'every'
  readonly campaignIds: readonly number[]
}

/** The scope of an actor who has none of his own: everything. */
export const wholeScope: RowScope = { siteIds: null, campaignIds: null }

/** A supervisor who belongs to a site sees that site; administrators, and supervisors of no site, see all. */
export const scopeOfUser = (role: Role, siteId: number | null): RowScope =>
  role === 'supervisor' && siteId !== null ? { siteIds: [siteId], campaignIds: null } : wholeScope

/** Whether a row lies within a scope. */
export const isWithin = (scope: RowScope, { siteId, campaignIds }: RowOwner): boolean =>
  (scope.siteIds === null || siteId === 'every' || (siteId !== null && scope.siteIds.includes(siteId))) &&
  (scope.campaignIds === null || campaignIds.some(id => scope.campaignIds!.includes(id)))

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
    /** The session cookie of the server's own pages is accepted here, too. */
    cookie?: boolean
  }
}
