/**
 * Hand-outs for all asking agents, in their order: callbacks that are due first (his own, then the team's), then the
 * list. What is reserved is summed and told to the gates once.
 *
 * p_requests: [{ agentId, contactId? }]. Answers: [{ handoutId, contactId, fresh } | { handoutId: null, refused? }].
 */
export const granting = `
  create function core.dispatch_grant(p_campaign int, p_now timestamptz, p_lease interval, p_requests jsonb)
  returns jsonb language plpgsql as $$
  declare
    r record; c record; h record; m int; i int; v_full boolean; v_due_callbacks boolean; v_gated boolean; v_unknown int[]; v_phone smallint;
    v_refused text; v_list boolean; v_id bigint; answers jsonb := '[]';
    v_known int[] := '{}'; v_free int[] := '{}'; shut int[]; d_mark int[] := '{}';
    z_id smallint[]; z_priority smallint[]; z_rank bigint[]; z_contact bigint[]; z_moved boolean := false;
  begin
    select array_agg(id order by id), array_agg(low_priority order by id), array_agg(low_rank order by id), array_agg(low_id order by id)
      into z_id, z_priority, z_rank, z_contact from core.dispatch_zones where campaign_id = p_campaign and open;
    v_gated := exists (select 1 from core.dispatch_gates);
    shut := case when v_gated then core.dispatch_excluded(p_campaign) else '{}' end;
    v_due_callbacks := exists (select 1 from core.callbacks where campaign_id = p_campaign and done_at is null and due_at <= p_now);

    for r in select * from jsonb_to_recordset(p_requests) as x("agentId" int, "contactId" bigint) loop
      select o.id, o.contact_id into h from core.handouts o where o.agent_id = r."agentId" and o.ended_at is null;
      if found then
        answers := answers || jsonb_build_object('handoutId', h.id, 'contactId', h.contact_id, 'fresh', false);
        continue;
      end if;
      v_refused := null;
      v_id := null;
      v_list := not v_due_callbacks;
      loop
        if r."contactId" is not null then
          exit when v_refused is not null;
          select k.id, k.segment_id, s.marks, 'chosen' as cause, b.id as callback_id, s.zone_id, k.priority, k.rank,
                 case when k.status not in (0, 4) then 'taken' when s.zone_id <> all(coalesce(z_id, '{}')) then 'outside_hours'
                      when s.blocked > 0 or s.marks && shut then 'closed_by_gate' end as refused
            into c from core.contacts k join core.segments s on s.campaign_id = p_campaign and s.id = k.segment_id
            left join core.callbacks b on b.campaign_id = p_campaign and b.contact_id = k.id and b.done_at is null
           where k.campaign_id = p_campaign and k.id = r."contactId";
          v_refused := case when found then c.refused else 'unknown' end;
          exit when v_refused is not null;
          v_refused := 'closed_by_gate';
        elsif not v_list then
          select k.id, k.segment_id, s.marks, 'callback' as cause, b.id as callback_id, s.zone_id, k.priority, k.rank into c
            from core.callbacks b
            join core.contacts k on k.campaign_id = p_campaign and k.id = b.contact_id and k.status = 4
            join core.segments s on s.campaign_id = p_campaign and s.id = k.segment_id
           where b.campaign_id = p_campaign and b.done_at is null and b.due_at <= p_now
             and (b.agent_id is null or b.agent_id = r."agentId" or b.team_at <= p_now)
             and s.zone_id = any(z_id) and s.blocked = 0 and not (s.marks && shut)
           order by b.agent_id is not distinct from r."agentId" desc, b.due_at, b.id limit 1;
          if not found then
            v_list := true;
            continue;
          end if;
        else
          select s.head_id as id, s.id as segment_id, s.marks, null as cause, null::bigint as callback_id, s.zone_id,
                 s.head_priority as priority, s.head_rank as rank into c
            from unnest(z_id, z_priority, z_rank, z_contact) as z(id, priority, rank, contact)
           cross join lateral (
             select * from core.segments g
              where g.campaign_id = p_campaign and g.zone_id = z.id and g.blocked = 0 and g.head_id is not null
                and (g.head_priority, g.head_rank, g.head_id) >= (z.priority, z.rank, z.contact) and not (g.marks && shut)
              order by g.campaign_id, g.zone_id, g.head_priority, g.head_rank, g.head_id limit 1) s
           order by s.head_priority, s.head_rank, s.head_id limit 1;
          exit when not found;
          if shut = '{}' then
            i := array_position(z_id, c.zone_id);
            z_priority[i] := c.priority;
            z_rank[i] := c.rank;
            z_contact[i] := c.id;
            z_moved := true;
          end if;
        end if;

        -- Is there room for one more with these marks?
        v_full := false;
        if v_gated and c.marks <> '{}' then
          v_unknown := array(select x from unnest(c.marks) x where x <> all(v_known));
          if v_unknown <> '{}' then
            select v_known || array_agg(x.mark), v_free || array_agg(coalesce(l.free, 1000000000)) into v_known, v_free
              from unnest(v_unknown) x(mark) left join core.dispatch_room(p_campaign, v_unknown) l using (mark);
          end if;
          foreach m in array c.marks loop
            if v_free[array_position(v_known, m)] <= 0 then
              shut := shut || m;
              v_full := true;
            end if;
          end loop;
        end if;
        continue when v_full;

        update core.contacts k set status = 1, due_at = null, revision = revision + 1
         where k.campaign_id = p_campaign and k.id = c.id and k.segment_id = c.segment_id
           and k.status = any(case when c.cause is null then '{0}'::smallint[] else '{0,4}' end)
        returning k.phones, k.next_phone, k.attempts into h;
        if not found then
          perform core.dispatch_refresh(p_campaign, array[c.segment_id]);   -- the head was stale
          continue;
        end if;
        -- The number to call: from next_phone on the first that is not suppressed.
        select n into v_phone from unnest(h.phones) with ordinality as p(number, n)
         where not exists (select 1 from core.suppressions x where x.number = p.number)
         order by (n < h.next_phone), n limit 1;
        if not found then
          update core.contacts k set status = 3, closed_reason = 'suppressed' where k.campaign_id = p_campaign and k.id = c.id;
          update core.callbacks b set done_at = p_now, done_reason = 'suppressed'
           where b.campaign_id = p_campaign and b.contact_id = c.id and b.done_at is null;
          v_refused := 'suppressed';
        else
          if v_phone <> h.next_phone then
            update core.contacts k set next_phone = v_phone where k.campaign_id = p_campaign and k.id = c.id;
          end if;
          insert into core.handouts (campaign_id, contact_id, agent_id, cause, callback_id, granted_at, expires_at)
            values (p_campaign, c.id, r."agentId", coalesce(c.cause, case when h.attempts > 0 then 'due' else 'list' end),
                    c.callback_id, p_now, p_now + p_lease) returning id into v_id;
          if c.callback_id is not null then
            update core.callbacks b set done_at = p_now, done_reason = 'served' where b.campaign_id = p_campaign and b.id = c.callback_id;
          end if;
        end if;
        update core.segments s set waiting = s.waiting - 1, head_priority = n.priority, head_rank = n.rank, head_id = n.id
          from (values (1)) one(x) left join lateral
               (select k.priority, k.rank, k.id from core.contacts k
                 where k.campaign_id = p_campaign and k.segment_id = c.segment_id and k.status = 0
                 order by k.campaign_id, k.segment_id, k.priority, k.rank, k.id limit 1) n on true
         where s.campaign_id = p_campaign and s.id = c.segment_id;
        continue when v_id is null;

        if v_gated and c.marks <> '{}' then
          d_mark := d_mark || c.marks;
          foreach m in array c.marks loop
            i := array_position(v_known, m);
            v_free[i] := v_free[i] - 1;
            if v_free[i] = 0 then shut := shut || m; end if;
          end loop;
        end if;
        exit;
      end loop;
      answers := answers || case
        when v_id is not null then jsonb_build_object('handoutId', v_id, 'contactId', c.id, 'fresh', true)
        else jsonb_build_object('handoutId', null, 'refused', case when r."contactId" is not null then v_refused end) end;
    end loop;

    if z_moved then
      update core.dispatch_zones z set low_priority = x.priority, low_rank = x.rank, low_id = x.contact
        from unnest(z_id, z_priority, z_rank, z_contact) as x(id, priority, rank, contact)
       where z.campaign_id = p_campaign and z.id = x.id
         and (z.low_priority, z.low_rank, z.low_id) <> (x.priority, x.rank, x.contact);
    end if;
    if d_mark <> '{}' then
      perform core.dispatch_tally(p_campaign, d_mark, array_fill(1, array[cardinality(d_mark)]), array_fill(0, array[cardinality(d_mark)]));
    end if;
    return answers;
  end $$;
`
