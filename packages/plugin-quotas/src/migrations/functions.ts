/**
 * The gate's side of the turn. Callers hold the campaign's lock.
 *
 * A rule is full when no more contact may be handed out: strict at completed + reserved = limit, soft at completed =
 * limit. A full rule with few segments closes them at once; one with many is put on the campaign's short list, which the
 * turn filters by (else every refused call near the limit would reopen and close thousands of segments), and only when
 * its limit is really reached does a background job close its segments, a page at a time.
 *
 * A strict rule that is made on a running campaign is held: none of its contacts is handed out before all that are
 * positive or in somebody's hands have been counted. Others are handed out meanwhile, classified in the turn itself.
 */
export const functions = `
  create function quotas.is_full(r quotas.rules) returns boolean language sql immutable as $$
    select r.state <> 'removed' and r.completed + case r.mode when 'strict' then r.reserved else 0 end >= r."limit"
  $$;

  -- One statement of SQL: the turn's own takes it in.
  create function quotas.room(p_campaign int, p_marks int[]) returns table (mark int, free int, countable int) language sql stable as $$
    select r.mark,
           case when r.mode = 'strict' then r."limit" - r.completed - r.reserved when r.completed >= r."limit" then 0 end,
           case when r.mode = 'strict' then r."limit" - r.completed end
      from quotas.rules r
     where r.campaign_id + 0 = p_campaign and r.mark = any(p_marks) and r.state <> 'removed'  -- + 0: by mark
  $$;

  create function quotas.tally(p_campaign int, p_marks int[], p_reserved int[], p_completed int[]) returns void
  language plpgsql as $$
  declare flips int[]; v_now timestamptz := clock_timestamp(); quarter interval := '15 minutes';
  begin
    with d as (select * from unnest(p_marks, p_reserved, p_completed) as x(mark, reserved, completed)),
         up as (update quotas.rules r set
                  completed = r.completed + d.completed,
                  reserved = r.reserved + d.reserved,
                  worked = r.worked + greatest(-d.reserved, 0),
                  pace_from = case when d.reserved < 0 and v_now > r.pace_from + quarter then v_now else r.pace_from end,
                  pace_before = case when d.reserved < 0 and v_now > r.pace_from + quarter then r.pace_worked else r.pace_before end,
                  pace_worked = case when d.reserved < 0 and v_now > r.pace_from + quarter then 0 else r.pace_worked end
                                + greatest(-d.reserved, 0),
                  revision = nextval('quotas.revision_seq')
                from d where r.campaign_id + 0 = p_campaign and r.mark = d.mark
               returning r.mark, r.blocked, quotas.is_full(r) as full)
    select array_agg(up.mark) into flips from up
     where case when up.full then up.blocked < 2
                else up.blocked > 0 or up.mark = any(coalesce((select c.soft from quotas.campaigns c where c.campaign_id = p_campaign), '{}')) end;
    if flips is not null then perform quotas.open_close(p_campaign, flips); end if;
  end $$;

  -- Brings the segments of these rules in line with whether the rules are full.
  create function quotas.open_close(p_campaign int, p_marks int[]) returns void language plpgsql as $$
  declare r record; was int[]; v_soft int[]; v_big boolean; eager constant int := 300;
  begin
    insert into quotas.campaigns (campaign_id) values (p_campaign) on conflict do nothing;
    select soft into was from quotas.campaigns where campaign_id = p_campaign;
    v_soft := was;
    for r in select x.mark, x.blocked, x.completed >= x."limit" as hard, quotas.is_full(x) as full from quotas.rules x
              where x.campaign_id + 0 = p_campaign and x.mark = any(p_marks) order by x.mark loop
      continue when r.full = (r.blocked = 2) and not (r.mark = any(v_soft));
      v_big := core.dispatch_mark_size(p_campaign, r.mark, eager + 1) > eager;
      if r.full and r.blocked < 2 then
        if not v_big then
          perform core.dispatch_close(p_campaign, r.mark, 2147483647);
          update quotas.rules set blocked = 2 where campaign_id = p_campaign and mark = r.mark;
          v_soft := array_remove(v_soft, r.mark);
        else
          if not (r.mark = any(v_soft)) then v_soft := v_soft || r.mark; end if;
          if r.hard and r.blocked = 0 then
            update quotas.rules set blocked = 1 where campaign_id = p_campaign and mark = r.mark;
          end if;
        end if;
      elsif not r.full then
        if r.mark = any(v_soft) then
          v_soft := array_remove(v_soft, r.mark);
          perform core.dispatch_wake(p_campaign);
        end if;
        if r.blocked > 0 and not v_big then
          perform core.dispatch_open(p_campaign, r.mark, 2147483647);
          update quotas.rules set blocked = 0 where campaign_id = p_campaign and mark = r.mark;
        elsif r.blocked = 2 then
          update quotas.rules set blocked = 1 where campaign_id = p_campaign and mark = r.mark;
        end if;
      end if;
    end loop;
    if v_soft <> was then update quotas.campaigns set soft = v_soft where campaign_id = p_campaign; end if;
  end $$;

  create function quotas.excluded(p_campaign int) returns int[] language plpgsql stable as $$
  declare v_marks int[];
  begin
    select c.soft || c.held into v_marks from quotas.campaigns c where c.campaign_id = p_campaign;
    if v_marks is null or v_marks = '{}' then return '{}'; end if;
    return (select coalesce(array_agg(r.mark), '{}') from quotas.rules r
     where r.campaign_id + 0 = p_campaign and r.mark = any(v_marks)
       and (quotas.is_full(r) or r.held and r.mode = 'strict' and r.state = 'building'));
  end $$;

  -- How far the rules of now have been applied, while contacts are taken through them.
  create function quotas.classified(p_campaign int) returns bigint language plpgsql stable as $$
  begin
    return (select case when c.held <> '{}' then 0 else c.pass_after end from quotas.campaigns c where c.campaign_id = p_campaign);
  end $$;

  -- One page of the background job: closes or opens up to p_max segments of one rule. True when there is more to do.
  create function quotas.work(p_campaign int, p_max int) returns boolean language plpgsql as $$
  declare r record; done boolean;
  begin
    perform core.dispatch_lock(p_campaign);
    select x.mark, x.state <> 'removed' and x.completed >= x."limit" as hard, quotas.is_full(x) as full into r
      from quotas.rules x where x.campaign_id = p_campaign and x.blocked = 1 order by x.mark limit 1;
    if not found then return false; end if;
    if r.hard then
      done := core.dispatch_close(p_campaign, r.mark, p_max);
      if done then
        update quotas.campaigns set soft = array_remove(soft, r.mark) where campaign_id = p_campaign;
        update quotas.rules set blocked = 2 where campaign_id = p_campaign and mark = r.mark;
      end if;
    else
      done := core.dispatch_open(p_campaign, r.mark, p_max);
      if done then
        update quotas.rules set blocked = 0 where campaign_id = p_campaign and mark = r.mark;
        if r.full then perform quotas.open_close(p_campaign, array[r.mark]); end if;
      end if;
    end if;
    return exists (select 1 from quotas.rules where campaign_id = p_campaign and blocked = 1);
  end $$;

  -- Counters recounted from the contacts: every rule whose counters differ from it. None is right.
  create function quotas.recount(p_campaign int)
  returns table (id int, completed int, reserved int, counted_completed int, counted_reserved int) language sql as $$
    select r.id, r.completed, r.reserved, coalesce(x.completed, 0)::int, coalesce(x.reserved, 0)::int
      from quotas.rules r left join (
        select m.mark, count(*) filter (where c.status = 2) as completed, count(*) filter (where c.status = 1) as reserved
          from core.contacts c join core.segments s on s.campaign_id = p_campaign and s.id = c.segment_id
         cross join lateral unnest(s.marks) m(mark)
         where c.campaign_id = p_campaign and c.status in (1, 2) group by m.mark) x on x.mark = r.mark
     where r.campaign_id = p_campaign and r.state <> 'removed'
       and (r.completed, r.reserved) is distinct from (coalesce(x.completed, 0)::int, coalesce(x.reserved, 0)::int)
  $$;

  -- tally and room are called by entries of core alone, which look up by keys themselves.
  select core.dispatch_by_keys('quotas.open_close', 'quotas.work');
`
