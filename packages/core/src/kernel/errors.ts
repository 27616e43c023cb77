import createError from '@fastify/error'

/** `%s` takes the arguments of the constructor in turn. */
const define = <C extends string, S extends number>(code: C, status: S, message: string) =>
  createError<C, S, (string | number)[]>(code, message, status)

/**
 * The kernel's catalogue: one code per condition. Start-up refusals name the plugin and the mend;
 * refusals of a request say what was expected. Domain and plugins keep catalogues of their own.
 */

// Start-up: the list of plugins
export const BadPluginNameError = define(
  'CORE_BAD_PLUGIN_NAME',
  500,
  "Plugin name '%s' is not kebab-case. Rename it: small letters, digits and single hyphens, a letter first, at most 40 characters."
)
export const DuplicatePluginError = define(
  'CORE_DUPLICATE_PLUGIN',
  500,
  "Two plugins are named '%s'. Remove one of them from the list of plugins, or rename it."
)
export const MissingDependencyError = define(
  'CORE_MISSING_DEPENDENCY',
  500,
  "Plugin '%s' needs plugin '%s' (%s), which is not in the list of plugins. Add it."
)
export const BadMetricError = define('CORE_BAD_METRIC', 500, "A metric cannot be named '%s': %s.")
export const VersionMismatchError = define(
  'CORE_VERSION_MISMATCH',
  500,
  "Plugin '%s' needs '%s' in version %s, but %s is installed. Install a version in that range, or a release of '%s' made for it."
)
export const BadVersionError = define(
  'CORE_BAD_VERSION',
  500,
  "Plugin '%s': %s '%s' is not valid semver. Write it like %s."
)
export const DependencyCircleError = define(
  'CORE_DEPENDENCY_CIRCLE',
  500,
  "Plugin '%s' depends on itself: %s. Remove one of these dependencies; share through an extension point instead."
)
export const BadConfigError = define(
  'CORE_BAD_CONFIG',
  500,
  "Plugin '%s' has a bad configuration: %s. Mend these options where the plugin is created."
)

// Start-up: extension points
export const PortTakenError = define(
  'CORE_PORT_TAKEN',
  500,
  "Port '%s' is already filled by plugin '%s'; plugin '%s' wants to fill it too. Remove one of the two: a port has exactly one filler."
)
export const FillerNameTakenError = define(
  'CORE_FILLER_NAME_TAKEN',
  500,
  "Chain '%s' already has a filler named '%s', from plugin '%s'; plugin '%s' adds another of that name. Rename one of the two."
)
export const LateFillError = define(
  'CORE_LATE_FILL',
  500,
  "Plugin '%s' fills '%s' after the application is ready. Call fill() inside setup."
)
export const UnknownPointError = define(
  'CORE_UNKNOWN_POINT',
  500,
  "Plugin '%s' fills '%s', which nobody offers: %s."
)
export const RequiredPortEmptyError = define(
  'CORE_REQUIRED_PORT_EMPTY',
  500,
  "Plugin '%s' requires port '%s', and no plugin fills it. Add a plugin that does."
)
export const PortEmptyError = define(
  'CORE_PORT_EMPTY',
  503,
  "No plugin fills port '%s'. Add one to the list of plugins."
)

// Start-up: routes and permissions
export const RouteWithoutPermissionError = define(
  'CORE_ROUTE_WITHOUT_PERMISSION',
  500,
  "Plugin '%s': route %s %s declares no permission. Set config.permission to a permission of a manifest, 'authenticated' or 'public'."
)
export const UndeclaredPermissionError = define(
  'CORE_UNDECLARED_PERMISSION',
  500,
  "Plugin '%s': route %s %s asks for permission '%s', which no manifest declares. Declare it under 'permissions', or correct the name."
)
export const PermissionTakenError = define(
  'CORE_PERMISSION_TAKEN',
  500,
  "Permission '%s' of plugin '%s' is already declared by plugin '%s'. Rename one of the two."
)

export const CommandTakenError = define(
  'CORE_COMMAND_TAKEN',
  500,
  "Command '%s' is added by plugin '%s' and by plugin '%s'. Rename one of the two."
)

// Database
export const LedgerCorruptError = define(
  'CORE_LEDGER_CORRUPT',
  500,
  "Plugin '%s': this database has run migration %s, which the installed version %s does not contain. Install the version that has it, or a newer one; shipped migrations are never removed or renamed."
)
export const DatabaseUnreachableError = define('CORE_DATABASE_UNREACHABLE', 503, '%s')
export const DatabaseRefusedError = define('CORE_DATABASE_REFUSED', 500, '%s')
export const DatabaseTooOldError = define('CORE_DATABASE_TOO_OLD', 500, '%s')
export const UnsafeIntegerError = define(
  'CORE_UNSAFE_INTEGER',
  500,
  'The database returned the bigint %s, beyond 2^53: read this column as text.'
)

export const UndeclaredDecoratorError = define(
  'CORE_UNDECLARED_DECORATOR',
  500,
  "Plugin '%s' puts '%s' on the application without declaring it. Add exposes: ['%s'] to its manifest."
)

// Requests
export const InvalidRequestError = define('CORE_INVALID_REQUEST', 400, '%s')
export const InvalidFieldError = define('CORE_INVALID_FIELD', 422, '%s')
export const NotFoundError = define('CORE_NOT_FOUND', 404, '%s')
export const UnauthenticatedError = define('CORE_UNAUTHENTICATED', 401, '%s')
export const ForbiddenError = define(
  'CORE_FORBIDDEN',
  403,
  "This needs the permission '%s', which you do not hold."
)
export const NoActorError = define(
  'CORE_NO_ACTOR',
  500,
  "Route %s is public, so its request has no actor. Declare 'authenticated' or a permission."
)
export const NotReadyError = define('CORE_NOT_READY', 503, '%s')
export const IdempotencyKeyReusedError = define(
  'CORE_IDEMPOTENCY_KEY_REUSED',
  422,
  'This Idempotency-Key was used for another request. Send a new key with a new request.'
)
export const RequestInProgressError = define(
  'CORE_REQUEST_IN_PROGRESS',
  409,
  'The first request with this Idempotency-Key is still running. Ask again in a second.'
)
export const RevisionMismatchError = define(
  'CORE_REVISION_MISMATCH',
  412,
  'This was changed meanwhile: it is at revision %s, you sent %s. Read it again, then repeat your change.'
)
