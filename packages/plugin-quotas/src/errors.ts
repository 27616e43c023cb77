import createError from '@fastify/error'

export const RuleNotFoundError = createError('QUOTAS_RULE_NOT_FOUND', 'Quota rule %s does not exist', 404)
export const CampaignUnknownError = createError('QUOTAS_CAMPAIGN_UNKNOWN', 'Campaign %s does not exist', 404)
export const DatabaseUrlMissingError = createError(
  'QUOTAS_DATABASE_URL_MISSING',
  'This command needs the database: set DATABASE_URL to the URL the server uses',
  500
)
