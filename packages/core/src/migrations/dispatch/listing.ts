/** The list: the first ready contacts of all open segments, for as many agents as ask. */
export const listing = `
  -- The first p_max contacts of open segments without a shut mark, in their order. The first p_max heads bound how far
  -- each of their segments has to be read: whatever lies in another segment comes later.
  create function core.dispatch_first(p_campaign int, p_shut int[], p_max int)
  returns table (id bigint, segment_id int, zone_id smallint, marks int[], priority smallint, rank bigint)
  language plpgsql as $$
  #variable_conflict use_column
  begin
    return query with heads as materialized (
           select s.* from core.dispatch_zones z
            cross join lateral (
              select g.id, g.zone_id, g.marks, g.head_priority, g.head_rank, g.head_id from core.segments g
               where g.campaign_id = p_campaign and g.zone_id = z.id and g.blocked = 0 and g.head_id is not null
                 and (g.head_priority, g.head_rank, g.head_id) >= (z.low_priority, z.low_rank, z.low_id)
                 and not (g.marks && p_shut)
               order by g.campaign_id, g.zone_id, g.head_priority, g.head_rank, g.head_id limit p_max) s
            where z.campaign_id = p_campaign and z.open
            order by s.head_priority, s.head_rank, s.head_id limit p_max),
         bound as (select case when count(*) < p_max then 32767 else (array_agg(head_priority order by head_priority desc, head_rank desc, head_id desc))[1] end as priority,
                          case when count(*) < p_max then 9223372036854775807 else (array_agg(head_rank order by head_priority desc, head_rank desc, head_id desc))[1] end as rank,
                          case when count(*) < p_max then 9223372036854775807 else (array_agg(head_id order by head_priority desc, head_rank desc, head_id desc))[1] end as id
                     from heads)
    select k.id, h.id, h.zone_id, h.marks, k.priority, k.rank
      from heads h cross join bound b
     cross join lateral (
       select c.id, c.priority, c.rank from core.contacts c
        where c.campaign_id = p_campaign and c.segment_id = h.id and c.status = 0
          and (c.priority, c.rank, c.id) <= (b.priority, b.rank, b.id)
        order by c.campaign_id, c.segment_id, c.priority, c.rank, c.id limit p_max) k
     order by k.priority, k.rank, k.id limit p_max;
  end $$;

  -- Hand-outs from the list for these agents, in their order: { agent id: { handoutId, contactId, fresh } }. It stops at
  -- contacts beyond p_classified that are not among p_checked, and names them.
  create function core.dispatch_list(p_campaign int, p_now timestamptz, p_agents int[], p_rooms core.dispatch_rooms, p_classified bigint, p_checked bigint[])
  returns table (granted jsonb, agents int[], handouts bigint[], rooms core.dispatch_rooms, unclassified bigint[]) language plpgsql as $$
  declare
    c record; m int; i int; v_full boolean; v_skipped boolean; v_room int[]; v_shut int[]; v_reserved int[];
    v_ids bigint[]; v_segments int[]; v_zones smallint[]; v_priorities smallint[]; v_ranks bigint[]; v_marks int[];
    v_made jsonb; v_left int[] := p_agents; v_takers int[]; v_taken bigint[];
  begin
    granted := '{}';
    agents := '{}';
    handouts := '{}';
    unclassified := '{}';
    while v_left <> '{}' loop
      select array_agg(x.id), array_agg(x.segment_id), array_agg(x.zone_id), array_agg(x.priority), array_agg(x.rank)
        into v_ids, v_segments, v_zones, v_priorities, v_ranks
        from core.dispatch_first(p_campaign, p_rooms.shut, cardinality(v_left)) x;
      if v_ids is null then
        -- Heads that stand behind the truth are put right; without any there is nothing left.
        exit when not core.dispatch_stale(p_campaign, p_rooms.shut, cardinality(v_left));
        continue;
      end if;
      if p_classified is not null then
        if exists (select 1 from unnest(v_ids) x where x > p_classified and x <> all(p_checked)) then
          -- More at each try, as rules may keep all of them back; beyond that the background job is waited for.
          if cardinality(p_checked) < core.dispatch_checked_at_most() then
            unclassified := array(select f.id from core.dispatch_first(p_campaign, p_rooms.shut,
                                    least(core.dispatch_checked_at_most(), cardinality(v_left) + 4 * cardinality(p_checked))) f
                                   where f.id > p_classified and f.id <> all(p_checked));
          end if;
          exit;
        end if;
      end if;
      v_skipped := p_rooms.shut <> '{}';
      select array_agg(distinct u.mark) into v_marks from core.segments s cross join lateral unnest(s.marks) u(mark)
       where s.campaign_id = p_campaign and s.id = any(v_segments);
      if v_marks is not null then
        p_rooms := core.dispatch_learn(p_campaign, p_rooms, v_marks);
        v_room := p_rooms.room;
        v_shut := p_rooms.shut;
        v_reserved := p_rooms.reserved;
        v_marks := p_rooms.marks;
        for c in select x.n, s.marks from (select p_campaign as campaign, u.* from unnest(v_segments) with ordinality as u(segment, n) offset 0) x
                   join core.segments s on s.campaign_id = x.campaign and s.id = x.segment order by x.n loop
          v_full := c.marks && v_shut;
          if v_full then
            v_skipped := true;
            v_ids[c.n] := null;
            v_segments[c.n] := null;
          else
            foreach m in array c.marks loop
              i := array_position(v_marks, m);
              v_room[i] := v_room[i] - 1;
              if v_room[i] = 0 then v_shut := v_shut || m; end if;
            end loop;
            v_reserved := v_reserved || c.marks;
          end if;
        end loop;
        p_rooms.room := v_room;
        p_rooms.shut := v_shut;
        p_rooms.reserved := v_reserved;
      end if;
      v_ids := array_remove(v_ids, null);
      v_segments := array_remove(v_segments, null);
      continue when v_ids = '{}';
      select jsonb_object_agg(t.agent_id, jsonb_build_object('handoutId', t.handout_id, 'contactId', t.contact_id, 'fresh', true)),
             coalesce(array_agg(t.agent_id), '{}'), coalesce(array_agg(t.handout_id), '{}')
        into v_made, v_takers, v_taken
        from core.dispatch_take(p_campaign, p_now, v_ids, v_left[1:cardinality(v_ids)], null, array_fill(null::bigint, array[cardinality(v_ids)])) t
       where t.handout_id is not null;
      perform core.dispatch_taken(p_campaign, v_segments);
      granted := granted || coalesce(v_made, '{}');
      agents := agents || v_takers;
      handouts := handouts || v_taken;
      -- Contacts without a number that may be called were closed instead: what they had reserved is given back.
      if cardinality(v_takers) < cardinality(v_ids) then
        p_rooms := core.dispatch_unreserve(p_campaign, p_rooms, v_ids, v_segments);
      end if;
      if not v_skipped then
        update core.dispatch_zones z set low_priority = x.priority, low_rank = x.rank, low_id = x.id
          from (select distinct on (u.zone) u.zone, u.priority, u.rank, u.id
                  from unnest(v_zones, v_priorities, v_ranks, v_ids) as u(zone, priority, rank, id)
                 order by u.zone, u.priority desc, u.rank desc, u.id desc) x
         where z.campaign_id = p_campaign and z.id = x.zone;
      end if;
      exit when cardinality(v_takers) = cardinality(v_left);
      v_left := array(select a from unnest(v_left) with ordinality as u(a, n) where a <> all(v_takers) order by n);
    end loop;
    rooms := p_rooms;
    return next;
  end $$;

  -- Of contacts that were to be taken, those that were closed reserve nothing after all.
  create function core.dispatch_unreserve(p_campaign int, p_rooms core.dispatch_rooms, p_ids bigint[], p_segments int[])
  returns core.dispatch_rooms language plpgsql as $$
  declare m int; i int; v_room int[] := p_rooms.room; v_reserved int[] := p_rooms.reserved;
  begin
    for m in select u.mark from (select p_campaign as campaign, i.* from unnest(p_ids, p_segments) as i(id, segment) offset 0) x
               join core.contacts c on c.campaign_id = x.campaign and c.id = x.id and c.status = 3
               join core.segments s on s.campaign_id = x.campaign and s.id = x.segment
              cross join lateral unnest(s.marks) u(mark) loop
      i := array_position(p_rooms.marks, m);
      v_room[i] := v_room[i] + 1;
      if v_room[i] = 1 then p_rooms.shut := array_remove(p_rooms.shut, m); end if;
      i := array_position(v_reserved, m);
      v_reserved := v_reserved[:i - 1] || v_reserved[i + 1:];
    end loop;
    p_rooms.room := v_room;
    p_rooms.reserved := v_reserved;
    return p_rooms;
  end $$;

  -- Puts the first heads right; false when all of them were.
  create function core.dispatch_stale(p_campaign int, p_shut int[], p_max int) returns boolean language plpgsql as $$
  declare v_segments int[];
  begin
    select array_agg(g.id) into v_segments from (
      select g.id from core.segments g join core.dispatch_zones z on z.campaign_id = p_campaign and z.id = g.zone_id and z.open
       where g.campaign_id = p_campaign and g.blocked = 0 and g.head_id is not null and not (g.marks && p_shut)
         and (g.head_priority, g.head_rank, g.head_id) >= (z.low_priority, z.low_rank, z.low_id)
       order by g.head_priority, g.head_rank, g.head_id limit p_max) g;
    if v_segments is null then return false; end if;
    perform core.dispatch_refresh(p_campaign, v_segments);
    return true;
  end $$;
`
