import createError from '@fastify/error'

export const TrunkNotFoundError = createError('TRUNKS_TRUNK_NOT_FOUND', 'Trunk %s does not exist', 404)
export const SiteNotFoundError = createError('TRUNKS_SITE_NOT_FOUND', 'Site %s does not exist', 404)
export const TrunkInUseError = createError(
  'TRUNKS_TRUNK_IN_USE',
  'Sites still go out by this trunk: take it out of their routes first',
  409
)
export const TrunkNameTakenError = createError(
  'TRUNKS_NAME_TAKEN',
  "A trunk named '%s' exists already: names are those of the PBX's endpoints, one trunk each",
  409
)
export const NoWayOutError = createError(
  'TRUNKS_NO_WAY_OUT',
  'There is no way out for this call now: %s',
  409
)
export const DatabaseUrlMissingError = createError(
  'TRUNKS_DATABASE_URL_MISSING',
  'This command needs the database: set DATABASE_URL to the URL the server uses',
  500
)
export const BadFolderError = createError(
  'TRUNKS_BAD_FOLDER',
  'Give one folder to write to: trunks-dialplan DIR',
  500
)
