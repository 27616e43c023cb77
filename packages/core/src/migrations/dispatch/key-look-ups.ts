const settings = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_material: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan'
}

/** Of a session that takes turns, besides. */
const ofTurns = { synchronous_commit: 'off', 'core.in_turn': 'on' }

const each = (
  values: Readonly<Record<string, string>>,
  write: (name: string, value: string) => string
): string[] => Object.entries(values).map(([name, value]) => write(name, value))

/**
 * How dispatch reads: by keys, whatever the planner believes. Just after an import the statistics speak of empty tables,
 * and a plan that was made by them is kept by its session: with 10,000 rules that nobody had analysed yet a turn read all
 * of them for each mark, and a hand-out cost seven times as much. So these functions do not leave the choice to statistics.
 */
export const keyLookUps = `
  -- Makes the statements of these functions, and of all that they call, look rows up by index; their plans are made once.
  -- A list is joined to a table as (select p_campaign as campaign, u.* … offset 0): else a plan made while the table was
  -- tiny reads the whole campaign for each member of the list.
  create function core.dispatch_by_keys(variadic p_functions regproc[]) returns void language plpgsql as $$
  declare f oid;
  begin
    foreach f in array p_functions loop
      execute format('alter function %s ${each(settings, (name, value) => `set ${name} = ${value}`).join(' ')}', f::regprocedure);
    end loop;
  end $$;

  -- The same for a session that takes turns: once, as setting and resetting it all at each call was a fortieth of a turn
  -- (callgrind). What a turn changes is announced by who asked for it, so the triggers of 0010-realtime leave it alone; and its
  -- commit does not wait for the disk (GroupCommit). p_local: until the transaction ends.
  create function core.dispatch_session(p_local boolean default false) returns void language plpgsql as $$
  begin
    perform ${each({ ...settings, ...ofTurns }, (name, value) => `set_config('${name}', '${value}', p_local)`).join(', ')};
  end $$;

  -- Statistics follow tables that have grown to three times what is known of them, and plans made before are made again:
  -- what else reads lists need not wait for autovacuum to come by. What another session analyses already is left to it.
  -- Of a sample of 3,000 rows: an import waits for it, and with the usual 30,000 that took a quarter of its time.
  create function core.dispatch_analyze(variadic p_tables regclass[]) returns void language plpgsql
    set default_statistics_target = 10 as $$
  declare t record;
  begin
    for t in select c.oid, c.oid::regclass as name from pg_class c
              where c.oid = any(p_tables) and pg_relation_size(c.oid) > 3 * greatest(c.relpages, 10) * current_setting('block_size')::bigint
              order by c.oid loop
      continue when not pg_try_advisory_xact_lock(hashtext('core.dispatch_analyze'), t.oid::int);
      execute format('analyze %s', t.name);
    end loop;
  end $$;
`

/** Whatever is called from outside, but for the turn: its sessions are set up by core.dispatch_session. */
export const entriesByKeys = `
  select core.dispatch_by_keys('core.dispatch_admit', 'core.dispatch_place', 'core.dispatch_reclassify',
    'core.dispatch_reassign', 'core.dispatch_correct', 'core.dispatch_shuffle', 'core.dispatch_reopen', 'core.dispatch_open',
    'core.dispatch_close');
`
