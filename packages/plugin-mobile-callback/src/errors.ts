import createError from '@fastify/error'

/** The number in the agent's profile is needed and is not there. */
export const MobileNumberMissingError = createError(
  'MOBILE_NUMBER_MISSING',
  'There is no mobile number in this profile: enter one first',
  409
)
/** Too many calls to check one number. */
export const VerificationLimitError = createError(
  'MOBILE_VERIFICATION_LIMIT',
  'Your number was called %s times within an hour: wait, or ask an administrator to vouch for it',
  429
)
/** The number cannot be reached from this agent's site. */
export const MobileUnreachableError = createError(
  'MOBILE_UNREACHABLE',
  'Your mobile cannot be called: %s',
  409
)
