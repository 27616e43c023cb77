// A test process in small: takes a fresh database, says so in one line of JSON, and gives it back when its input ends.
// Not by the package's door: that loads the whole kernel, more than a second for each of these processes.
import { freshDatabase } from '../src/fresh-database.ts'

const teardowns: (() => unknown)[] = []
let migrations = 0
try {
  const { url } = await freshDatabase(
    { teardown: fn => teardowns.unshift(fn) },
    {
      key: process.argv[2] ?? '',
      migrate: async db => {
        migrations++
        await db.schema.createTable('contacts', table => table.increments('id'))
      }
    }
  )
  console.log(JSON.stringify({ url, migrations }))
} catch (error) {
  console.log(JSON.stringify({ message: error instanceof Error ? error.message : String(error) }))
}
for await (const _ of process.stdin);
for (const teardown of teardowns) await teardown()
