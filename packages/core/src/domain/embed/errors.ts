import createError from '@fastify/error'

export const OriginInvalidError = createError(
  'CORE_ORIGIN_INVALID',
  'This is no origin of a page: write scheme, host and, where it is not the usual one, port, such as https://crm.example.com',
  422
)
export const OriginNotApprovedError = createError(
  'CORE_ORIGIN_NOT_APPROVED',
  "Pages of '%s' may not embed anything: an administrator approves origins (POST /api/origins)",
  403
)
export const EmbedTokenNotFoundError = createError(
  'CORE_EMBED_TOKEN_NOT_FOUND',
  'This token does not exist or has ended',
  404
)
export const EmbedUserError = createError('CORE_EMBED_USER', '%s', 422)
export const NoSessionError = createError(
  'CORE_NO_SESSION',
  'Sign in with login and password: only a session is exchanged for the token of a page',
  403
)
