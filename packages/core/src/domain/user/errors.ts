import createError from '@fastify/error'

export const LoginRefusedError = createError('CORE_LOGIN_REFUSED', 'Login or password is wrong.', 401)
export const TooManyFailuresError = createError(
  'CORE_TOO_MANY_FAILURES',
  'Too many failed attempts. Try again in %s minutes.',
  429
)
export const LastAdminError = createError(
  'CORE_LAST_ADMIN',
  'This is the last active administrator. Make another user an administrator first.',
  409
)
export const AdminOnlyError = createError(
  'CORE_ADMIN_ONLY',
  'Only an administrator may create or change administrators.',
  403
)
export const UserOnlyError = createError(
  'CORE_USER_ONLY',
  'This is for signed-in users; API keys cannot do it.',
  403
)
export const SiteInUseError = createError(
  'CORE_SITE_IN_USE',
  'This site is still in use. Move its users to another site first.',
  409
)
