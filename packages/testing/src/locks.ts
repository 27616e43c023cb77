/** Advisory locks of the tests in the maintenance database, as the two numbers PostgreSQL takes. */
export const locks = {
  /** Held shared by every process that uses the server, alone by whoever is about to stop it. */
  lease: [1_163_285_328, 1],
  /** Held by the session that stops the server. */
  guard: [1_163_285_328, 2],
  /** Held while databases are made from templates or cleared away. */
  making: [1_163_285_328, 3]
}

/** First number of the lock that says a database has a living owner; the second is a hash of its name. */
export const ownedDatabase = 1_163_285_329
