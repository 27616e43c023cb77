/** Making, opening and closing segments, and keeping their heads. Callers hold the campaign's lock. */
export const segments = `
  -- Takes the campaign's lock: the first thing in every transaction that dispatches or moves contacts.
  create function core.dispatch_lock(p_campaign int) returns bigint language plpgsql as $$
  declare v bigint;
  begin
    select classification into v from core.campaign_dispatch where campaign_id = p_campaign for update;
    if found then return v; end if;
    insert into core.campaign_dispatch (campaign_id) values (p_campaign) on conflict do nothing;
    insert into core.dispatch_zones (campaign_id, id) values (p_campaign, 0) on conflict do nothing;
    select classification into v from core.campaign_dispatch where campaign_id = p_campaign for update;
    return v;
  end $$;

  -- A gate classifies differently from now on: what was classified before and is not written yet is classified again.
  create function core.dispatch_changed(p_campaign int) returns bigint language plpgsql as $$
  declare v bigint;
  begin
    perform core.dispatch_lock(p_campaign);
    update core.campaign_dispatch set classification = classification + 1 where campaign_id = p_campaign returning classification into v;
    return v;
  end $$;

  -- There is something to hand out from p_at on: whoever was told that there is nothing so soon is told now (once).
  create function core.dispatch_wake(p_campaign int, p_at timestamptz default '-infinity') returns void language plpgsql as $$
  begin
    update core.campaign_dispatch set hungry_until = null where campaign_id = p_campaign and hungry_until > p_at;
    if found then perform pg_notify('evs_work', p_campaign::text); end if;
  end $$;

  create function core.dispatch_lower(p_campaign int, p_zone smallint, p_priority smallint, p_rank bigint, p_id bigint)
  returns void language plpgsql as $$
  begin
    update core.dispatch_zones set low_priority = p_priority, low_rank = p_rank, low_id = p_id
     where campaign_id = p_campaign and id = p_zone and (p_priority, p_rank, p_id) < (low_priority, low_rank, low_id);
  end $$;

  -- The zone of these contacts, made when it is new; its hours are asked for before the next hand-out.
  create function core.dispatch_zone(p_campaign int, p_time_zone text, p_region text) returns smallint language plpgsql as $$
  declare v smallint;
  begin
    select id into v from core.dispatch_zones
     where campaign_id = p_campaign and time_zone is not distinct from p_time_zone and region is not distinct from p_region;
    if found then return v; end if;
    insert into core.dispatch_zones (campaign_id, id, time_zone, region)
      select p_campaign, max(id) + 1, p_time_zone, p_region from core.dispatch_zones where campaign_id = p_campaign
    returning id into v;
    return v;
  end $$;

  -- The segments for these pairs of zone and marks (ascending, comma-separated), in their order; new ones are made.
  create function core.dispatch_segments(p_campaign int, p_zones smallint[], p_marks text[]) returns int[] language plpgsql as $$
  declare v_first int; v_last int; v_blocks boolean; ids int[];
  begin
    select next_segment, exists (select 1 from core.dispatch_blocks b where b.campaign_id = p_campaign) into v_first, v_blocks
      from core.campaign_dispatch where campaign_id = p_campaign;
    -- Every pair is looked up once; equal pairs that are new share the number that their rank gives them.
    with known as materialized (select w.*, s.id from (select u.*, md5(u.zone || ':' || u.marks)::uuid as sig
                                  from unnest(p_zones, p_marks) with ordinality as u(zone, marks, n) offset 0) w
           left join core.segments s on s.campaign_id + 0 = p_campaign and s.signature = w.sig),  -- + 0: by signature
         numbered as materialized (select k.n, k.zone, k.marks, k.sig, (v_first - 1 + dense_rank() over (order by k.sig))::int as id
                                     from known k where k.id is null),
         fresh as materialized (select distinct on (x.id) x.id, x.zone, x.sig, string_to_array(x.marks, ',')::int[] as list
                                  from numbered x order by x.id),
         ins as (insert into core.segments (campaign_id, id, zone_id, marks, signature, blocked)
                 select p_campaign, f.id, f.zone, f.list, f.sig,
                        case when v_blocks then (select count(*) from core.dispatch_blocks b
                          where b.campaign_id = p_campaign and b.mark = any(f.list) and b.up_to >= f.id) else 0 end
                   from fresh f),
         tags as (insert into core.segment_marks (campaign_id, mark, segment_id)
                  select p_campaign, m.mark, f.id from fresh f cross join lateral unnest(f.list) as m(mark) order by 2, 3)
    select (select max(f.id) from fresh f), array_agg(x.id order by x.n) into v_last, ids
      from (select k.n, k.id from known k where k.id is not null union all select y.n, y.id from numbered y) x;
    if v_last is not null then
      update core.campaign_dispatch set next_segment = v_last + 1 where campaign_id = p_campaign;
    end if;
    return ids;
  end $$;

  -- Where contacts of these places belong (marks as in dispatch_segments).
  -- Null when gates classify differently since p_classification.
  create function core.dispatch_place(p_campaign int, p_classification bigint, p_time_zones text[], p_regions text[], p_marks text[])
  returns int[] language plpgsql as $$
  declare v_zones smallint[];
  begin
    if core.dispatch_lock(p_campaign) <> p_classification then return null; end if;
    with zones as materialized (select d.time_zone, d.region, core.dispatch_zone(p_campaign, d.time_zone, d.region) as id
                     from (select distinct x.time_zone, x.region from unnest(p_time_zones, p_regions) as x(time_zone, region)) d)
    select array_agg(z.id order by x.n) into v_zones
      from unnest(p_time_zones, p_regions) with ordinality as x(time_zone, region, n)
      join zones z on z.time_zone is not distinct from x.time_zone and z.region is not distinct from x.region;
    return core.dispatch_segments(p_campaign, v_zones, p_marks);
  end $$;

  -- A place in a shuffled list: below 2^53, so that every reader has it exactly.
  create function core.dispatch_shuffled(p_id bigint, p_seed bigint) returns bigint language sql immutable as $$
    select hashint8extended(p_id, p_seed) & 9007199254740991
  $$;

  -- These contacts became ready: their segments learn it.
  create function core.dispatch_raise(p_campaign int, p_ids bigint[]) returns void language plpgsql as $$
  declare best record; any_ready boolean := false;
  begin
    for best in
      with first as (select distinct on (segment_id) campaign_id, segment_id, priority, rank, id from core.contacts
                      where campaign_id = p_campaign and id = any(p_ids) and status + 0 = 0  -- + 0: by id, not by contacts_ready
                      order by segment_id, priority, rank, id),
           up as (update core.segments s set head_priority = f.priority, head_rank = f.rank, head_id = f.id from first f
                   where s.campaign_id = f.campaign_id and s.id = f.segment_id
                     and (s.head_id is null or (f.priority, f.rank, f.id) < (s.head_priority, s.head_rank, s.head_id))
                  returning s.zone_id, s.head_priority, s.head_rank, s.head_id, s.blocked)
      select distinct on (zone_id) * from up where blocked = 0 order by zone_id, head_priority, head_rank, head_id
    loop
      any_ready := true;
      perform core.dispatch_lower(p_campaign, best.zone_id, best.head_priority, best.head_rank, best.head_id);
    end loop;
    if any_ready then perform core.dispatch_wake(p_campaign); end if;
  end $$;

  -- Contacts left or joined these segments: their heads are looked up again.
  create function core.dispatch_refresh(p_campaign int, p_segments int[]) returns void language plpgsql as $$
  declare best record; opened boolean := false;
  begin
    for best in
      with up as (update core.segments s set head_priority = h.priority, head_rank = h.rank, head_id = h.id
                    from (select p_campaign as campaign, u.id from unnest(p_segments) u(id) offset 0) x left join lateral
                         (select c.priority, c.rank, c.id from core.contacts c
                           where c.campaign_id = p_campaign and c.segment_id = x.id and c.status = 0
                           order by c.campaign_id, c.segment_id, c.priority, c.rank, c.id limit 1) h on true
                   where s.campaign_id = x.campaign and s.id = x.id
                     and (s.head_priority, s.head_rank, s.head_id) is distinct from (h.priority, h.rank, h.id)
                  returning s.zone_id, s.head_priority, s.head_rank, s.head_id, s.blocked)
      select distinct on (zone_id) * from up where blocked = 0 and head_id is not null
       order by zone_id, head_priority, head_rank, head_id
    loop
      opened := true;
      perform core.dispatch_lower(p_campaign, best.zone_id, best.head_priority, best.head_rank, best.head_id);
    end loop;
    if opened then perform core.dispatch_wake(p_campaign); end if;
  end $$;

  -- How many segments carry a mark, counted up to p_max.
  create function core.dispatch_mark_size(p_campaign int, p_mark int, p_max int) returns int language plpgsql as $$
  begin
    return (select count(*) from (select 1 from core.segment_marks where campaign_id = p_campaign and mark = p_mark limit p_max) x);
  end $$;

  -- Closes up to p_max more segments of a mark; true when all are closed.
  create function core.dispatch_close(p_campaign int, p_mark int, p_max int) returns boolean language plpgsql as $$
  declare v_from int; v_to int; v_n int;
  begin
    select up_to into v_from from core.dispatch_blocks where campaign_id = p_campaign and mark = p_mark;
    if not found then v_from := 0; end if;
    if v_from = 2147483647 then return true; end if;
    select max(segment_id), count(*) into v_to, v_n from (select segment_id from core.segment_marks
      where campaign_id = p_campaign and mark = p_mark and segment_id > v_from order by segment_id limit p_max) x;
    update core.segments s set blocked = blocked + 1
      from (select * from core.segment_marks
             where campaign_id = p_campaign and mark = p_mark and segment_id > v_from and segment_id <= v_to offset 0) m
     where s.campaign_id = m.campaign_id and s.id = m.segment_id;
    insert into core.dispatch_blocks (campaign_id, mark, up_to)
      values (p_campaign, p_mark, case when v_n < p_max then 2147483647 else v_to end)
      on conflict (campaign_id, mark) do update set up_to = excluded.up_to;
    return v_n < p_max;
  end $$;

  -- Opens up to p_max more segments of a mark, the newest first; true when none is closed by it any more.
  create function core.dispatch_open(p_campaign int, p_mark int, p_max int) returns boolean language plpgsql as $$
  declare v_top int; v_to int; v_n int; best record; opened boolean := false;
  begin
    select up_to into v_top from core.dispatch_blocks where campaign_id = p_campaign and mark = p_mark;
    if not found then return true; end if;
    select min(segment_id), count(*) into v_to, v_n from (select segment_id from core.segment_marks
      where campaign_id = p_campaign and mark = p_mark and segment_id <= v_top order by segment_id desc limit p_max) x;
    for best in
      with up as (update core.segments s set blocked = blocked - 1
                    from (select * from core.segment_marks
                           where campaign_id = p_campaign and mark = p_mark and segment_id >= v_to and segment_id <= v_top offset 0) m
                   where s.campaign_id = m.campaign_id and s.id = m.segment_id
                  returning s.zone_id, s.blocked, s.head_priority, s.head_rank, s.head_id)
      select distinct on (zone_id) * from up where blocked = 0 and head_id is not null
       order by zone_id, head_priority, head_rank, head_id
    loop
      opened := true;
      perform core.dispatch_lower(p_campaign, best.zone_id, best.head_priority, best.head_rank, best.head_id);
    end loop;
    if v_n < p_max then delete from core.dispatch_blocks where campaign_id = p_campaign and mark = p_mark;
    else update core.dispatch_blocks set up_to = v_to - 1 where campaign_id = p_campaign and mark = p_mark; end if;
    if opened then perform core.dispatch_wake(p_campaign); end if;
    return v_n < p_max;
  end $$;
`
