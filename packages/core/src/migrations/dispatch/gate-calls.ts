/**
 * How the turn reaches the gates: by the names they registered. Callers hold the campaign's lock.
 *
 * room(campaign, marks) → (mark, free, countable): of the marks given, those with a limit: how many more contacts may be
 *   handed out now (null: any number), and how many more may count (null: any number, hand-outs reserve nothing).
 * tally(campaign, marks, reserved, completed): what the turn changed, summed by mark; closes and opens segments.
 * excluded(campaign) → int[]: marks whose contacts are not handed out although their segments are open.
 * classified(campaign) → bigint: contacts beyond this id may still carry marks of before; null: none does. Optional.
 */
export const gateCalls = `
  create function core.dispatch_room(p_campaign int, p_marks int[])
  returns table (mark int, free int, countable int) language plpgsql as $$
  declare g record;
  begin
    for g in select room from core.dispatch_gates loop
      return query execute 'select * from ' || g.room || '($1, $2)' using p_campaign, p_marks;
    end loop;
  end $$;

  -- The same for each of the marks, 1,000,000,000 for any number. Lists are joined here, no tables: not by keys.
  create function core.dispatch_limits(p_campaign int, p_marks int[])
  returns table (mark int, free int, countable int) language plpgsql set enable_hashjoin = on as $$
  #variable_conflict use_column
  begin
    return query select x.mark, coalesce(l.free, 1000000000), coalesce(l.countable, 1000000000)
      from unnest(p_marks) x(mark) left join core.dispatch_room(p_campaign, p_marks) l on l.mark = x.mark;
  end $$;

  create function core.dispatch_tally(p_campaign int, p_marks int[], p_reserved int[], p_completed int[])
  returns void language plpgsql as $$
  declare g record; v_marks int[]; v_reserved int[]; v_completed int[];
  begin
    select array_agg(x.mark), array_agg(x.reserved), array_agg(x.completed) into v_marks, v_reserved, v_completed
      from (select t.mark, sum(t.reserved)::int as reserved, sum(t.completed)::int as completed
              from unnest(p_marks, p_reserved, p_completed) as t(mark, reserved, completed)
             group by t.mark having sum(t.reserved) <> 0 or sum(t.completed) <> 0 order by t.mark) x;
    if v_marks is null then return; end if;
    for g in select tally from core.dispatch_gates order by name loop
      execute 'select ' || g.tally || '($1, $2, $3, $4)' using p_campaign, v_marks, v_reserved, v_completed;
    end loop;
  end $$;

  create function core.dispatch_excluded(p_campaign int) returns int[] language plpgsql as $$
  declare g record; one int[]; every int[] := '{}';
  begin
    for g in select excluded from core.dispatch_gates loop
      execute 'select ' || g.excluded || '($1)' into one using p_campaign;
      every := every || one;
    end loop;
    return every;
  end $$;

  -- Contacts beyond this id are classified anew before they are handed out; null: none has to be.
  create function core.dispatch_classified(p_campaign int) returns bigint language plpgsql as $$
  declare g record; one bigint; least_of_all bigint;
  begin
    for g in select classified from core.dispatch_gates where classified is not null loop
      execute 'select ' || g.classified || '($1)' into one using p_campaign;
      least_of_all := least(least_of_all, one);
    end loop;
    return least_of_all;
  end $$;

  -- How many contacts a turn classifies: the lock is held meanwhile.
  create function core.dispatch_checked_at_most() returns int language sql immutable as 'select 250';
`
