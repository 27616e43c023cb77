/**
 * How the turn reaches the gates: by the names they registered. Callers hold the campaign's lock. What each turn calls for its
 * effect it calls by an assignment: perform sets up an executor for every call.
 *
 * room(campaign, marks) → (mark, free, countable): of the marks given, those with a limit: how many more contacts may be
 *   handed out now (null: any number), and how many more may count (null: any number, hand-outs reserve nothing).
 * tally(campaign, marks, reserved, completed): what the turn changed, summed by mark; closes and opens segments.
 * excluded(campaign) → int[]: marks whose contacts are not handed out although their segments are open, whatever room they have.
 * classified(campaign) → bigint: contacts beyond this id may still carry marks of before; null: none does. Optional.
 */
export const gateCalls = `
  -- Writes the four functions by which the turn calls the gates: with the gates' names in them, as what is put together at
  -- each call is parsed and planned at each call. Run when the gates change; without any there is no limit.
  create function core.dispatch_wire() returns void language plpgsql as $$
  declare v_room text; v_tally text; v_excluded text; v_classified text;
  begin
    select string_agg(format('select * from %s(p_campaign, p_marks)', room), ' union all ' order by name),
           string_agg(format('done := %s(p_campaign, p_marks, p_reserved, p_completed);', tally), ' ' order by name),
           string_agg(format('%s(p_campaign)', excluded), ' || ' order by name),
           string_agg(format('%s(p_campaign)', classified), ', ' order by name) filter (where classified is not null)
      into v_room, v_tally, v_excluded, v_classified from core.dispatch_gates;
    execute format('create or replace function core.dispatch_room(p_campaign int, p_marks int[]) '
      'returns table (mark int, free int, countable int) language sql stable as %L',
      coalesce(v_room, 'select null::int, null::int, null::int where false'));
    execute format('create or replace function core.dispatch_gates_tally(p_campaign int, p_marks int[], p_reserved int[], p_completed int[]) '
      'returns void language plpgsql as %L', 'declare done text; begin ' || coalesce(v_tally, 'return;') || ' end');
    execute format('create or replace function core.dispatch_excluded(p_campaign int) returns int[] language sql as %L',
      'select ' || coalesce(v_excluded, '''{}''::int[]'));
    -- Contacts beyond this id are classified anew before they are handed out; null: none has to be.
    execute format('create or replace function core.dispatch_classified(p_campaign int) returns bigint language sql as %L',
      'select ' || coalesce('least(' || v_classified || ')', 'null::bigint'));
  end $$;
  select core.dispatch_wire();

  -- Changes of which several may name the same mark. (One contact's hand-out or end names each once: straight to the gates.)
  create function core.dispatch_tally(p_campaign int, p_marks int[], p_reserved int[], p_completed int[])
  returns void language plpgsql as $$
  declare v_marks int[]; v_reserved int[]; v_completed int[]; done text;
  begin
    select array_agg(x.mark), array_agg(x.reserved), array_agg(x.completed) into v_marks, v_reserved, v_completed
      from (select t.mark, sum(t.reserved)::int as reserved, sum(t.completed)::int as completed
              from unnest(p_marks, p_reserved, p_completed) as t(mark, reserved, completed)
             group by t.mark having sum(t.reserved) <> 0 or sum(t.completed) <> 0) x;
    if v_marks is null then return; end if;
    done := core.dispatch_gates_tally(p_campaign, v_marks, v_reserved, v_completed);
  end $$;

  -- How many contacts a turn classifies: the lock is held meanwhile.
  create function core.dispatch_checked_at_most() returns int language sql immutable as 'select 250';
`
