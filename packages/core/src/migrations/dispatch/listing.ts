/** The list: the first ready contacts of all open segments, for as many agents as ask. */
export const listing = `
  -- The first p_max contacts of open segments without a shut mark, in their order. The first p_max heads bound how far
  -- each of their segments has to be read: whatever lies in another segment comes later.
  -- In SQL, so that statements which use it take it in.
  create function core.dispatch_first(p_campaign int, p_shut int[], p_max int)
  returns table (id bigint, segment_id int, zone_id smallint, marks int[], priority smallint, rank bigint)
  language sql stable as $$
    with heads as materialized (
           select s.* from core.dispatch_zones z
            cross join lateral (
              select g.id, g.zone_id, g.marks, g.head_priority, g.head_rank, g.head_id from core.segments g
               where g.campaign_id = p_campaign and g.zone_id = z.id and g.blocked = 0 and g.head_id is not null
                 and (g.head_priority, g.head_rank, g.head_id) >= (z.low_priority, z.low_rank, z.low_id)
                 and not (g.marks && p_shut)
               order by g.campaign_id, g.zone_id, g.head_priority, g.head_rank, g.head_id limit p_max) s
            where z.campaign_id = p_campaign and z.open
            order by s.head_priority, s.head_rank, s.head_id limit p_max)
    select k.id, h.id, h.zone_id, h.marks, k.priority, k.rank
      from heads h left join (select * from heads order by head_priority, head_rank, head_id offset p_max - 1 limit 1) b on true
     cross join lateral (
       select c.id, c.priority, c.rank from core.contacts c
        where c.campaign_id = p_campaign and c.segment_id = h.id and c.status = 0
          and (c.priority, c.rank, c.id) >= (h.head_priority, h.head_rank, h.head_id)
          and (c.priority, c.rank, c.id) <= (coalesce(b.head_priority, 32767), coalesce(b.head_rank, 9223372036854775807),
                                             coalesce(b.head_id, 9223372036854775807))
        order by c.campaign_id, c.segment_id, c.priority, c.rank, c.id limit p_max) k
     order by k.priority, k.rank, k.id limit p_max
  $$;

  -- Hand-outs from the list for these agents, in their order: agents, hand-outs and contacts, as many. It stops at contacts beyond p_classified that are not among p_checked, and names them. reserved: all
  -- that the turn has reserved so far.
  create function core.dispatch_list(p_campaign int, p_now timestamptz, p_lease interval, p_agents int[], p_rooms core.dispatch_rooms,
                                     p_classified bigint, p_checked bigint[],
                                     out agents int[], out handouts bigint[], out contacts bigint[], out reserved int[], out unclassified bigint[])
  language plpgsql as $$
  declare
    m int; i int; head record; v_skipped boolean; v_marks int[]; v_room int[]; v_shut int[]; v_reserved int[];
    v_ids bigint[]; v_segments int[]; v_lists text[]; v_zones smallint[]; v_priorities smallint[]; v_ranks bigint[];
    v_taken bigint[]; v_from int[]; v_takers int[]; v_made bigint[]; v_left int[] := p_agents; v_behind int[];
  begin
    agents := '{}';
    handouts := '{}';
    contacts := '{}';
    unclassified := '{}';
    -- For one agent, as most turns are, the first head: half the plan of what is done for several, to which all else is left.
    if cardinality(p_agents) = 1 then
      select h.*, exists (select from core.contacts c where c.campaign_id = p_campaign and c.segment_id = h.segment_id and c.status = 0
                             and c.priority = h.priority and c.rank = h.rank and c.id = h.id) as stands
        into head
        from (select s.* from core.dispatch_zones z
               cross join lateral (
                 select g.head_id as id, g.id as segment_id, g.zone_id, g.marks, g.head_priority as priority, g.head_rank as rank
                   from core.segments g
                  where g.campaign_id = p_campaign and g.zone_id = z.id and g.blocked = 0 and g.head_id is not null
                    and (g.head_priority, g.head_rank, g.head_id) >= (z.low_priority, z.low_rank, z.low_id)
                    and not (g.marks && p_rooms.shut)
                  order by g.campaign_id, g.zone_id, g.head_priority, g.head_rank, g.head_id limit 1) s
               where z.campaign_id = p_campaign and z.open
               order by s.priority, s.rank, s.id limit 1) h;
      if head.stands and (p_classified is null or head.id <= p_classified) then
        v_shut := p_rooms.shut;
        p_rooms := core.dispatch_learn(p_campaign, p_rooms, head.marks);
        if not (head.marks && p_rooms.shut) then
          v_made := core.dispatch_take(p_campaign, p_now, p_lease, array[head.id], array[head.segment_id], p_agents, null, array[null::bigint]);
          if v_made[1] is not null then
            agents := p_agents;
            handouts := v_made;
            contacts := array[head.id];
            reserved := p_rooms.reserved || head.marks;
            if v_shut = '{}' and random() * 16 < 1 then
              update core.dispatch_zones z set low_priority = head.priority, low_rank = head.rank, low_id = head.id
               where z.campaign_id = p_campaign and z.id = head.zone_id;
            end if;
            return;
          end if;
        end if;
      end if;
    end if;
    while v_left <> '{}' loop
      select array_agg(x.id), array_agg(x.segment_id), array_agg(array_to_string(x.marks, ',')), array_agg(x.zone_id), array_agg(x.priority), array_agg(x.rank)
        into v_ids, v_segments, v_lists, v_zones, v_priorities, v_ranks
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
      p_rooms := core.dispatch_learn(p_campaign, p_rooms, string_to_array(array_to_string(array_remove(v_lists, ''), ','), ',')::int[]);
      v_room := p_rooms.room;
      v_shut := p_rooms.shut;
      v_reserved := p_rooms.reserved;
      v_taken := '{}';
      v_from := '{}';
      for n in 1 .. cardinality(v_ids) loop
        v_marks := string_to_array(v_lists[n], ',')::int[];
        if v_marks && v_shut then
          v_skipped := true;
          continue;
        end if;
        foreach m in array v_marks loop
          i := array_position(p_rooms.marks, m);
          continue when i is null;
          v_room[i] := v_room[i] - 1;
          if v_room[i] = 0 then v_shut := v_shut || m; end if;
        end loop;
        v_reserved := v_reserved || v_marks;
        v_taken := v_taken || v_ids[n];
        v_from := v_from || v_segments[n];
      end loop;
      p_rooms.room := v_room;
      p_rooms.shut := v_shut;
      p_rooms.reserved := v_reserved;
      continue when v_taken = '{}';
      v_takers := v_left[:cardinality(v_taken)];
      v_made := core.dispatch_take(p_campaign, p_now, p_lease, v_taken, v_from, v_takers, null, array_fill(null::bigint, array[cardinality(v_taken)]));
      v_behind := '{}';
      for n in 1 .. cardinality(v_taken) loop
        if v_made[n] is null then
          v_behind := v_behind || v_takers[n];
        else
          agents := agents || v_takers[n];
          handouts := handouts || v_made[n];
          contacts := contacts || v_taken[n];
        end if;
      end loop;
      -- Contacts without a number that may be called were closed instead: what they had reserved is given back.
      if v_behind <> '{}' then p_rooms := core.dispatch_unreserve(p_campaign, p_rooms, v_taken, v_from); end if;
      -- Nothing open lies before what was taken. Noted now and then: a mark that is too low costs little.
      if not v_skipped and random() * 16 < cardinality(v_made) then
        update core.dispatch_zones z set low_priority = x.priority, low_rank = x.rank, low_id = x.id
          from (select distinct on (u.zone) u.zone, u.priority, u.rank, u.id
                  from unnest(v_zones, v_priorities, v_ranks, v_ids) as u(zone, priority, rank, id)
                 order by u.zone, u.priority desc, u.rank desc, u.id desc) x
         where z.campaign_id = p_campaign and z.id = x.zone;
      end if;
      v_left := v_behind || v_left[cardinality(v_taken) + 1:];
    end loop;
    reserved := p_rooms.reserved;
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
      if i is not null then
        v_room[i] := v_room[i] + 1;
        if v_room[i] = 1 then p_rooms.shut := array_remove(p_rooms.shut, m); end if;
      end if;
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
