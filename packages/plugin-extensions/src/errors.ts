import createError from '@fastify/error'

export const AccountNotFoundError = createError(
  'EXTENSIONS_ACCOUNT_NOT_FOUND',
  'User %s has no SIP account: create one with POST /api/extensions/accounts',
  404
)
export const AccountExistsError = createError(
  'EXTENSIONS_ACCOUNT_EXISTS',
  'User %s has a SIP account already: for a new secret use POST /api/extensions/accounts/%s/secret',
  409
)
export const DeviceGoneError = createError(
  'EXTENSIONS_DEVICE_GONE',
  'This device is not registered any more: read the list again',
  409
)
export const PbxAwayError = createError(
  'EXTENSIONS_PBX_AWAY',
  'The PBX cannot be asked for the registered devices now: the link to it is down',
  503
)
export const ProvisioningLinkGoneError = createError(
  'EXTENSIONS_LINK_GONE',
  'This link was used already or is too old: have a new secret made, which makes a new one',
  404
)
export const DatabaseUrlMissingError = createError(
  'EXTENSIONS_DATABASE_URL_MISSING',
  'This command needs the database: set DATABASE_URL to the URL the server uses',
  500
)
export const NoMd5DigestError = createError(
  'EXTENSIONS_NO_MD5_DIGEST',
  "Extension %s has only a SHA-256 digest, which an Asterisk that needs md5_cred cannot read: make its account anew with digest 'md5'",
  409
)
