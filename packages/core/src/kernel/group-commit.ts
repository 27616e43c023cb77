import type { Knex } from 'knex'
import { sessionsBeside } from './database.ts'
import { prepared } from './prepared-statement.ts'

/**
 * Says when what was committed without waiting for the disk is safe: one wait serves everybody who asks meanwhile.
 *
 * A transaction that waits for the disk at its commit keeps its locks meanwhile (PostgreSQL lets go of them after it). One
 * that commits with `synchronous_commit = off` does not; whoever did so tells nobody before `kept` resolves. Nothing is lost
 * by that: the log is written in order, so that no later commit can be on disk without the earlier ones.
 */
export class GroupCommit {
  readonly #session: Knex
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null

  constructor(db: Knex) {
    this.#session = sessionsBeside(db, 1)
  }

  /** Resolves when all that has been committed up to now, in any session, is on disk. Rejects with the database's error. */
  kept(): Promise<void> {
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = null
        this.#running = this.#flush()
        return this.#running
      })
    return this.#next
  }

  /** Ends its session. */
  async close(): Promise<void> {
    await this.#session.destroy()
  }

  /** A record of its own in the log, committed as the session commits: that is, flushed with all that lies before it. */
  async #flush(): Promise<void> {
    await prepared(this.#session, {
      name: 'core.group_commit',
      text: `select pg_logical_emit_message(true, 'evscallpro', '')`
    })
  }
}
