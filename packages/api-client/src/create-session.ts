import { openSession, type SessionOptions } from './open-session.ts'
import type { Session } from './session.ts'
import { createTables } from './tables.ts'

/** Connects a page to the server, with everything a session can tell. Nothing happens before `connect()`. */
export const createSession = (options: SessionOptions): Session => openSession(options, () => createTables)
