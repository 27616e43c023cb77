import pg from 'pg'
import { locks } from './locks.ts'

/** Seconds without any lease after which the server stops: time for the next test file to come in. */
const idleSeconds = 5

/*
 * The server watches itself: sessions are what it knows best, whatever way their processes end, and a session needs no
 * process that could be left behind. One session runs this loop and goes on when its client is gone. When nobody
 * holds a lease for a while it takes the lock for good, so that a newcomer waits and finds the server gone, and tells
 * the postmaster to stop (as a superuser may, by COPY TO PROGRAM).
 */
const loop = `
do $guard$
declare
  idle int := 0;
begin
  if not pg_try_advisory_lock(${locks.guard}) then return; end if;
  while idle < ${idleSeconds} loop
    perform pg_sleep(1);
    commit;
    if pg_try_advisory_lock(${locks.lease}) then
      idle := idle + 1;
      if idle < ${idleSeconds} then perform pg_advisory_unlock(${locks.lease}); end if;
    else
      idle := 0;
    end if;
  end loop;
  execute format('copy (select 1) to program %L', 'kill -INT ' || split_part(pg_read_file('postmaster.pid'), E'\\n', 1));
  perform pg_sleep(60);
end $guard$`

/** Sends the loop to the server; where one runs already the new one ends at once. Does not keep our process alive. */
export async function sendGuard(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'evs test guard' })
  client.on('error', () => {}) // the server ends this session when it stops
  await client.connect()
  client.query(loop).then(
    () => client.end(),
    () => client.end()
  )
  ;(client as pg.Client & { unref(): void }).unref() // there since pg 8.0, but not in its types
}
