import type { Knex } from 'knex'
import type { Progress } from '../fact-writer.ts'

/** How far the journals of the PBXs are written, one row for each journal; part of the plugin's first migration. */
export const checkpointsTable = `
  create table ami.journals (
    pbx text not null,
    journal uuid not null,                 -- of the folder on the machine that wrote it
    written_to bigint not null,            -- place up to which every fact is in the database
    needed_from bigint not null,           -- place from which reading gives the state there
    updated_at timestamptz not null,
    primary key (pbx, journal)
  )`

/** The checkpoint of one journal; `null` for one that nothing was written from. */
export async function readCheckpoint(db: Knex, pbx: string, journal: string): Promise<Progress | null> {
  const row = await db('ami.journals').where({ pbx, journal }).first('written_to', 'needed_from')
  return row ? { place: row.written_to, neededFrom: row.needed_from } : null
}

/** Moves a checkpoint on; one that is further already stays (a process that lost its lease may be late). */
export async function writeCheckpoint(
  trx: Knex.Transaction,
  key: { pbx: string; journal: string },
  { place, neededFrom }: Progress,
  now: Date
): Promise<void> {
  await trx.raw(
    `insert into ami.journals as j (pbx, journal, written_to, needed_from, updated_at) values (?, ?, ?, ?, ?)
     on conflict (pbx, journal) do update set written_to = excluded.written_to, needed_from = excluded.needed_from,
            updated_at = excluded.updated_at where j.written_to < excluded.written_to`,
    [key.pbx, key.journal, place, neededFrom, now]
  )
}
