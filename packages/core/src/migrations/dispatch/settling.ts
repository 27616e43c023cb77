/**
 * What agents have finished. Acts on open hand-outs only, so that settling twice changes nothing, and only on those that
 * are still what their settlement was computed from (`version`, the row's xmin; without it whatever they are).
 *
 * p_settlements: [{ handoutId, version?, dispositionId?, status (0 ready, 2 positive, 3 closed, 4 scheduled, 6 positive beyond a limit), reason, dueAt?, closedReason?,
 *   nextPhone?, callback?: { dueAt, agentId, teamAt }, suppress? }]. Of those that ended: hand-outs, their agents in the same order, and
 * the positive ones that a limit kept from counting.
 */
export const settling = `
  create function core.dispatch_settle(p_campaign int, p_now timestamptz, p_settlements jsonb, out handouts bigint[], out agents int[], out over_quota bigint[])
  language plpgsql as $$
  declare
    r record; m int; i int; v_status smallint; v_over boolean; done text;
    s_id bigint[]; s_status smallint[]; s_due timestamptz[]; s_reason text[]; s_closed text[]; s_phone smallint[]; s_callback jsonb[];
    s_suppress boolean[]; s_version xid[]; s_disposition int[];
    v_known int[] := '{}'; v_free int[] := '{}'; v_countable int[] := '{}';
    c_id bigint[] := '{}'; c_status smallint[] := '{}'; c_due timestamptz[] := '{}'; c_closed text[] := '{}'; c_phone smallint[] := '{}';
    d_mark int[] := '{}'; d_reserved int[] := '{}'; d_completed int[] := '{}';
    w_segment int[] := '{}'; v_ready bigint[] := '{}'; v_next timestamptz;
  begin
    handouts := '{}';
    agents := '{}';
    over_quota := '{}';
    select array_agg(x."handoutId"), array_agg(x.status), array_agg(x."dueAt"), array_agg(x.reason), array_agg(x."closedReason"),
           array_agg(x."nextPhone"), array_agg(x.callback), array_agg(x.suppress), array_agg(x.version), array_agg(x."dispositionId")
      into s_id, s_status, s_due, s_reason, s_closed, s_phone, s_callback, s_suppress, s_version, s_disposition
      from jsonb_to_recordset(p_settlements) as x("handoutId" bigint, status smallint, "dueAt" timestamptz, reason text,
             "closedReason" text, "nextPhone" smallint, callback jsonb, suppress boolean, version xid, "dispositionId" int);
    -- What positives would count towards, asked of the gates at once: the marks that let only so many count.
    if 2 = any(s_status) then
      v_known := array(select u.mark from core.handouts o
                       join core.contacts c on c.campaign_id = o.campaign_id and c.id = o.contact_id
                       join core.segments g on g.campaign_id = c.campaign_id and g.id = c.segment_id
                      cross join lateral unnest(g.marks) u(mark)
                      where o.id = any(s_id) and s_status[array_position(s_id, o.id)] = 2
                        and o.campaign_id + 0 = p_campaign and num_nulls(o.ended_at) = 1);
      select array_agg(l.mark), array_agg(coalesce(l.free, 1000000000)), array_agg(l.countable) into v_known, v_free, v_countable
        from core.dispatch_room(p_campaign, v_known) l where l.countable is not null;
    end if;
    for r in
      -- By their ids, whatever the planner believes (+ 0, num_nulls): the index of the open ones holds everybody's, and those
      -- of the last minutes.
      with h as (update core.handouts o set ended_at = p_now, end_reason = s_reason[array_position(s_id, o.id)],
                        disposition_id = s_disposition[array_position(s_id, o.id)], dial_at = null
                  where o.id = any(s_id) and o.campaign_id + 0 = p_campaign and num_nulls(o.ended_at, o.live_call) = 2
                    and o.xmin = coalesce(s_version[array_position(s_id, o.id)], o.xmin)
                 returning o.id, o.campaign_id, o.contact_id, o.agent_id as agent, o.callback_id, array_position(s_id, o.id) as n)
      select h.id, h.contact_id, h.agent, h.callback_id, s_status[h.n] as status, s_due[h.n] as due, s_closed[h.n] as closed,
             s_phone[h.n] as phone, s_callback[h.n] as callback, s_suppress[h.n] as suppress,
             c.status as was, c.segment_id, c.phones, c.next_phone, g.marks
        from h join core.contacts c on c.campaign_id = h.campaign_id and c.id = h.contact_id and c.status in (1, 5)
        join core.segments g on g.campaign_id = c.campaign_id and g.id = c.segment_id
       order by h.id
    loop
      v_status := r.status;
      v_over := v_status = 6;
      if v_status = 2 and v_known && r.marks then
        foreach m in array r.marks loop
          i := array_position(v_known, m);
          v_over := v_over or i is not null and (v_countable[i] <= 0 or r.was = 5 and (v_free[i] <= 0 or m = any(core.dispatch_excluded(p_campaign))));
        end loop;
        if not v_over then
          foreach m in array r.marks loop
            i := array_position(v_known, m);
            continue when i is null;
            v_countable[i] := v_countable[i] - 1;
            if r.was = 5 then v_free[i] := v_free[i] - 1; end if;
          end loop;
        end if;
        if v_over then v_status := 6; end if;
      end if;
      if v_over then over_quota := over_quota || r.id; end if;
      if r.marks <> '{}' and (r.was = 1 or v_status = 2) then
        d_mark := d_mark || r.marks;
        d_reserved := d_reserved || array_fill(case when r.was = 1 then -1 else 0 end, array[cardinality(r.marks)]);
        d_completed := d_completed || array_fill(case when v_status = 2 then 1 else 0 end, array[cardinality(r.marks)]);
      end if;
      if v_status = 0 and r.callback_id is not null then
        -- Nobody called him: the promise stands.
        update core.callbacks set done_at = null, done_reason = null where campaign_id = p_campaign and id = r.callback_id;
        v_status := 4;
        r.due := null;
        v_next := p_now;
      elsif v_status = 4 and r.callback is not null then
        insert into core.callbacks (campaign_id, contact_id, agent_id, due_at, team_at, created_at)
          values (p_campaign, r.contact_id, (r.callback->>'agentId')::int, (r.callback->>'dueAt')::timestamptz,
                  (r.callback->>'teamAt')::timestamptz, p_now);
        r.due := null;
        v_next := least(v_next, (r.callback->>'dueAt')::timestamptz);
      elsif v_status = 4 then
        r.due := coalesce(r.due, p_now);
        v_next := least(v_next, r.due);
      end if;
      if r.suppress then
        insert into core.suppressions (number, reason, created_at, created_by)
          select x, 'asked', p_now, r.agent from unnest(r.phones) x order by x on conflict do nothing;
      end if;
      if v_status = 0 then v_ready := v_ready || r.contact_id; end if;
      if v_status in (0, 4) then w_segment := w_segment || r.segment_id; end if;
      c_id := c_id || r.contact_id;
      c_status := c_status || v_status;
      c_due := c_due || case when v_status = 4 then r.due end;
      c_closed := c_closed || case when v_status = 3 then coalesce(r.closed, 'qualified') end;
      c_phone := c_phone || coalesce(r.phone, r.next_phone);
      handouts := handouts || r.id;
      agents := agents || r.agent;
    end loop;
    if c_id = '{}' then return; end if;
    update core.contacts c set status = x.status, due_at = x.due, closed_reason = x.closed, next_phone = x.phone, revision = revision + 1
      from (select p_campaign as campaign, u.* from unnest(c_id, c_status, c_due, c_closed, c_phone)
              as u(id, status, due, closed, phone) offset 0) x
     where c.campaign_id = x.campaign and c.id = x.id;
    if over_quota <> '{}' then update core.handouts h set over_quota = true where h.id = any(dispatch_settle.over_quota); end if;
    if w_segment <> '{}' then done := core.dispatch_wait(p_campaign, w_segment, 1); end if;
    if v_ready <> '{}' then done := core.dispatch_raise(p_campaign, v_ready); end if;
    if v_next is not null then done := core.dispatch_wake(p_campaign, v_next); end if;
    if d_mark = '{}' then return;
    elsif cardinality(c_id) = 1 then done := core.dispatch_gates_tally(p_campaign, d_mark, d_reserved, d_completed);
    else done := core.dispatch_tally(p_campaign, d_mark, d_reserved, d_completed); end if;
  end $$;

  -- So many contacts more (p_sign 1) or fewer (-1) wait in these segments; a segment may be named several times.
  create function core.dispatch_wait(p_campaign int, p_segments int[], p_sign int) returns void language plpgsql as $$
  begin
    update core.segments s set waiting = waiting + p_sign * x.n
      from (select p_campaign as campaign, id, count(*)::int as n from unnest(p_segments) as u(id) group by id order by id offset 0) x
     where s.campaign_id = x.campaign and s.id = x.id;
  end $$;
`
