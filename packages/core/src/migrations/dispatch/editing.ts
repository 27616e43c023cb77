/** Contacts that join, change or are corrected while the campaign runs. Each takes the campaign's lock itself. */
export const editing = `
  -- New contacts that lie in their segments already: how many of them each segment has, and which is its first (by
  -- priority, rank and id). Counts and heads learn of them at once, in one update a segment.
  -- False when gates classify differently since p_classification: classify again.
  create function core.dispatch_admit(p_campaign int, p_classification bigint, p_segments int[], p_counts int[],
                                      p_priorities smallint[], p_ranks bigint[], p_firsts bigint[])
  returns boolean language plpgsql as $$
  declare best record; any_ready boolean := false;
  begin
    if core.dispatch_lock(p_campaign) <> p_classification then return false; end if;
    for best in
      with up as (update core.segments s set waiting = waiting + x.n,
                         head_priority = case when (s.head_priority, s.head_rank, s.head_id) <= (x.priority, x.rank, x.first)
                                              then s.head_priority else x.priority end,
                         head_rank = case when (s.head_priority, s.head_rank, s.head_id) <= (x.priority, x.rank, x.first)
                                          then s.head_rank else x.rank end,
                         head_id = case when (s.head_priority, s.head_rank, s.head_id) <= (x.priority, x.rank, x.first)
                                        then s.head_id else x.first end
                    from (select p_campaign as campaign, u.* from unnest(p_segments, p_counts, p_priorities, p_ranks, p_firsts)
                            as u(id, n, priority, rank, first) offset 0) x
                   where s.campaign_id = x.campaign and s.id = x.id
                  returning s.zone_id, s.head_priority, s.head_rank, s.head_id, s.blocked, s.head_id = x.first as leads)
      select distinct on (zone_id) * from up where blocked = 0 and leads order by zone_id, head_priority, head_rank, head_id
    loop
      any_ready := true;
      perform core.dispatch_lower(p_campaign, best.zone_id, best.head_priority, best.head_rank, best.head_id);
    end loop;
    if any_ready then perform core.dispatch_wake(p_campaign); end if;
    perform core.announce('lists', array[p_campaign::text]);
    return true;
  end $$;

  -- Of these marks those, ascending, towards which a contact that holds no place cannot count: their limits are reached, calls under way
  -- included, or they are among p_shut. Marks whose calls under way reserve nothing have no limit for it.
  create function core.dispatch_full(p_campaign int, p_marks int[], p_shut int[]) returns int[] language plpgsql as $$
  begin
    return array(select l.mark from core.dispatch_room(p_campaign, p_marks) l
                  where l.countable is not null and (least(l.free, l.countable) <= 0 or l.mark = any(p_shut)) order by l.mark);
  end $$;

  -- One contact's new zone and marks. What it fed in counters moves with it. Returns the marks that have no room for it:
  -- a contact in somebody's hands then goes on without a reservation (status 5), a positive one is counted nowhere (6).
  -- Null when gates classify differently since p_classification.
  create function core.dispatch_reclassify(p_campaign int, p_contact bigint, p_classification bigint, p_zone smallint, p_marks text)
  returns int[] language plpgsql as $$
  declare k record; v_to int; v_new int[]; v_gained int[]; v_lost int[]; v_full int[] := '{}'; v_held boolean; v_status smallint;
  begin
    if core.dispatch_lock(p_campaign) <> p_classification then return null; end if;
    select c.status, c.segment_id, s.marks into k from core.contacts c
      join core.segments s on s.campaign_id = p_campaign and s.id = c.segment_id
     where c.campaign_id = p_campaign and c.id = p_contact for update of c;
    if not found then return '{}'; end if;
    v_to := (core.dispatch_segments(p_campaign, array[p_zone], array[p_marks]))[1];
    -- What holds no place tries again, also where it was.
    if v_to = k.segment_id and k.status not in (5, 6) then return '{}'; end if;
    v_new := string_to_array(p_marks, ',')::int[];
    v_gained := array(select m from unnest(v_new) m where m <> all(k.marks));
    v_status := k.status;
    if k.status in (1, 2, 5, 6) then
      v_held := k.status in (1, 2);
      v_full := core.dispatch_full(p_campaign, case when v_held then v_gained else v_new end, core.dispatch_excluded(p_campaign));
      v_status := case when k.status in (1, 5) then case when v_full = '{}' then 1 else 5 end
                       else case when v_full = '{}' then 2 else 6 end end;
    end if;
    update core.contacts set segment_id = v_to, status = v_status where campaign_id = p_campaign and id = p_contact;
    if k.status in (0, 4) then
      perform core.dispatch_wait(p_campaign, array[k.segment_id], -1);
      perform core.dispatch_wait(p_campaign, array[v_to], 1);
      perform core.announce('lists', array[p_campaign::text]);
    end if;
    if k.status = 0 then perform core.dispatch_refresh(p_campaign, array[k.segment_id, v_to]); end if;
    if k.status = 4 then perform core.dispatch_wake(p_campaign); end if;
    perform core.dispatch_moved(p_campaign, k.marks, k.status, v_new, v_status);
    return v_full;
  end $$;

  -- Counters follow a contact from one status and set of marks to another.
  create function core.dispatch_moved(p_campaign int, p_from int[], p_was smallint, p_to int[], p_is smallint)
  returns void language sql as $$
    select core.dispatch_tally(p_campaign, array_agg(mark), array_agg(reserved), array_agg(completed))
      from (select mark, -(p_was = 1)::int as reserved, -(p_was = 2)::int as completed from unnest(p_from) mark
            union all
            select mark, (p_is = 1)::int, (p_is = 2)::int from unnest(p_to) mark) x
  $$;

  -- New marks (comma-separated, ascending) for a page of contacts, after a gate's rules changed. Contacts whose revision
  -- has moved on are left alone and returned, to be read and classified again. Counters follow each contact: what is in
  -- somebody's hands stays reserved, what is positive stays counted. Null when gates classify differently by now.
  create function core.dispatch_reassign(p_campaign int, p_classification bigint, p_ids bigint[], p_revisions bigint[], p_marks text[])
  returns bigint[] language plpgsql as $$
  declare
    v_ids bigint[]; v_status smallint[]; v_zones smallint[]; v_marks text[]; v_from int[]; v_to int[]; v_left int[]; v_joined int[];
    d_mark int[]; d_reserved int[]; d_completed int[];
  begin
    if core.dispatch_lock(p_campaign) <> p_classification then return null; end if;
    select array_agg(c.id), array_agg(c.status), array_agg(s.zone_id), array_agg(x.marks), array_agg(c.segment_id)
      into v_ids, v_status, v_zones, v_marks, v_from
      from (select p_campaign as campaign, u.* from unnest(p_ids, p_revisions, p_marks) as u(id, revision, marks) offset 0) x
      join core.contacts c on c.campaign_id = x.campaign and c.id = x.id and c.revision = x.revision
      join core.segments s on s.campaign_id = c.campaign_id and s.id = c.segment_id
     where array_to_string(s.marks, ',') <> x.marks;
    if v_ids is not null then
      v_to := core.dispatch_segments(p_campaign, v_zones, v_marks);
      update core.contacts c set segment_id = x.too
        from (select p_campaign as campaign, u.* from unnest(v_ids, v_to) as u(id, too) offset 0) x
       where c.campaign_id = x.campaign and c.id = x.id;
      select array_agg(x.frm), array_agg(x.too) into v_left, v_joined
        from unnest(v_status, v_from, v_to) as x(status, frm, too) where x.status in (0, 4);
      perform core.dispatch_wait(p_campaign, v_left, -1);
      perform core.dispatch_wait(p_campaign, v_joined, 1);
      perform core.dispatch_refresh(p_campaign, array(select distinct x from unnest(v_from || v_to) x order by x));
      select array_agg(m.mark), array_agg(m.sign * (x.status = 1)::int), array_agg(m.sign * (x.status = 2)::int)
        into d_mark, d_reserved, d_completed
        from (select p_campaign as campaign, u.* from unnest(v_status, v_from, v_to) as u(status, frm, too) offset 0) x
        join core.segments f on f.campaign_id = x.campaign and f.id = x.frm
        join core.segments t on t.campaign_id = x.campaign and t.id = x.too
       cross join lateral (select u.mark, -1 as sign from unnest(f.marks) u(mark)
                           union all select u.mark, 1 from unnest(t.marks) u(mark)) m
       where x.status in (1, 2);
      perform core.dispatch_tally(p_campaign, d_mark, d_reserved, d_completed);
    end if;
    return array(select x.id from (select p_campaign as campaign, u.* from unnest(p_ids, p_revisions) as u(id, revision) offset 0) x
                   join core.contacts c on c.campaign_id = x.campaign and c.id = x.id and c.revision <> x.revision);
  end $$;

  -- The outcome of a finished contact, corrected: 2 positive, 3 closed, 4 scheduled. Counters move with it; where a limit
  -- is reached a positive becomes 6. Null when the contact is in somebody's hands.
  create function core.dispatch_correct(p_campaign int, p_contact bigint, p_status smallint, p_due timestamptz, p_closed text)
  returns smallint language plpgsql as $$
  declare k record; v_status smallint := p_status;
  begin
    perform core.dispatch_lock(p_campaign);
    select c.status, c.segment_id, s.marks into k from core.contacts c
      join core.segments s on s.campaign_id = p_campaign and s.id = c.segment_id
     where c.campaign_id = p_campaign and c.id = p_contact for update of c;
    if not found or k.status in (1, 5) then return null; end if;
    if v_status = 2 and k.status <> 2 and core.dispatch_full(p_campaign, k.marks, '{}') <> '{}' then v_status := 6; end if;
    update core.contacts set status = v_status, due_at = case when v_status = 4 then p_due end, revision = revision + 1,
           closed_reason = case when v_status = 3 then coalesce(p_closed, 'qualified') end
     where campaign_id = p_campaign and id = p_contact;
    update core.callbacks set done_at = now(), done_reason = 'cancelled'
     where campaign_id = p_campaign and contact_id = p_contact and done_at is null;
    if (k.status in (0, 4)) <> (v_status = 4) then
      perform core.dispatch_wait(p_campaign, array[k.segment_id], case when v_status = 4 then 1 else -1 end);
      perform core.announce('lists', array[p_campaign::text]);
    end if;
    if k.status = 0 then perform core.dispatch_refresh(p_campaign, array[k.segment_id]); end if;
    if v_status = 4 then perform core.dispatch_wake(p_campaign, p_due); end if;
    perform core.dispatch_moved(p_campaign, k.marks, k.status, k.marks, v_status);
    return v_status;
  end $$;

  -- New places in the list for a page of contacts; last is null when there are no more.
  create function core.dispatch_shuffle(p_campaign int, p_seed bigint, p_after bigint, p_max int)
  returns table (n int, last bigint) language plpgsql as $$
  declare v_segments int[];
  begin
    perform core.dispatch_lock(p_campaign);
    with page as (select id from core.contacts where campaign_id = p_campaign and id > p_after order by id limit p_max),
         up as (update core.contacts c set rank = core.dispatch_shuffled(c.id, p_seed) from page
                 where c.campaign_id = p_campaign and c.id = page.id returning c.id, c.segment_id)
    select count(*), case when count(*) = p_max then max(id) end, array_agg(distinct segment_id) into n, last, v_segments from up;
    perform core.dispatch_refresh(p_campaign, v_segments);
    return next;
  end $$;

  -- Closed contacts become ready again: suppressions that were lifted, for instance.
  create function core.dispatch_reopen(p_campaign int, p_ids bigint[]) returns int language plpgsql as $$
  declare v_segments int[]; v_n int;
  begin
    perform core.dispatch_lock(p_campaign);
    with up as (update core.contacts c set status = 0, closed_reason = null, revision = revision + 1
                 where c.campaign_id = p_campaign and c.id = any(p_ids) and c.status = 3 returning c.segment_id)
    select array_agg(segment_id), count(*) into v_segments, v_n from up;
    if v_n > 0 then
      perform core.dispatch_wait(p_campaign, v_segments, 1);
      perform core.dispatch_raise(p_campaign, p_ids);
      perform core.announce('lists', array[p_campaign::text]);
    end if;
    return v_n;
  end $$;

  -- Recount of what waits, from the contacts: segments whose count is wrong or whose head stands behind a ready contact,
  -- which would be found by nobody (audit; none is right).
  create function core.dispatch_audit(p_campaign int) returns table (segment_id int, waiting int, counted int, head bigint, first bigint)
  language sql as $$
    select s.id, s.waiting, coalesce(x.n, 0)::int, s.head_id, x.first
      from core.segments s left join (
        select c.segment_id, count(*) as n, (array_agg(c.id order by c.priority, c.rank, c.id) filter (where c.status = 0))[1] as first
          from core.contacts c where c.campaign_id = p_campaign and c.status in (0, 4) group by c.segment_id) x on x.segment_id = s.id
     where s.campaign_id = p_campaign
       and (s.waiting <> coalesce(x.n, 0) or (s.head_id is null and x.first is not null)
            or exists (select 1 from core.contacts c where c.campaign_id = p_campaign and c.segment_id = s.id and c.status = 0
                          and (c.priority, c.rank, c.id) < (s.head_priority, s.head_rank, s.head_id)))
  $$;
`
