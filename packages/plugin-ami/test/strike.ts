import type { PluginScope } from '@evscallpro/core'

/** At which of its statements a process dies, from 0, and whether it has. */
export interface Strike {
  readonly statement: number
  struck: boolean
}

/**
 * From that statement on this process does nothing any more: its connections are gone before the statement is sent, and
 * what was not committed is rolled back. Struck before a BEGIN it has committed and nobody has learnt of it.
 */
export function arm({ kernel: { db } }: PluginScope, strike: Strike, onStruck: () => void): () => void {
  let count = 0
  const listener = (): void => {
    if (!strike.struck && count++ < strike.statement) return
    strike.struck = true
    onStruck()
    for (const { resource } of db.client.pool.used) resource.connection.stream.destroy()
  }
  db.on('query', listener)
  return () => void db.removeListener('query', listener)
}
