/**
 * Hand-outs for all asking agents: chosen contacts and due callbacks one by one (his own, then the team's), then the list
 * for all who are left, in their order and as a whole. What is reserved is summed and told to the gates once.
 *
 * p_requests: [{ agentId, contactId?, callbackId? }], their users locked; p_zones: those that are open; a callback's contact only while that callback is open. Returns { answers, unclassified, states }: answers are
 * { handoutId, contactId, fresh }, { refusal } (the agent's own state), { handoutId: null, refused? } or { pending: true }; these ask again when the contacts named by unclassified have been
 * classified, and then name them in p_checked.
 */
export const granting = `
  -- What a turn knows of marks: how many more contacts each has room for, and which have none.
  create type core.dispatch_rooms as (marks int[], room int[], shut int[], reserved int[]);

  -- Asks the gates for the room of marks that are not known yet; null is any number.
  create function core.dispatch_learn(p_campaign int, p_rooms core.dispatch_rooms, p_marks int[])
  returns core.dispatch_rooms language plpgsql as $$
  declare v_unknown int[]; v_marks int[]; v_room int[];
  begin
    v_unknown := array(select distinct m from unnest(p_marks) m where m <> all(p_rooms.marks));
    if v_unknown = '{}' then return p_rooms; end if;
    select array_agg(l.mark), array_agg(l.free) into v_marks, v_room from core.dispatch_limits(p_campaign, v_unknown) l;
    p_rooms.marks := p_rooms.marks || v_marks;
    p_rooms.room := p_rooms.room || v_room;
    p_rooms.shut := p_rooms.shut || array(select m from unnest(v_marks, v_room) x(m, n) where n <= 0);
    return p_rooms;
  end $$;

  -- One contact more with these marks.
  create function core.dispatch_reserve(p_rooms core.dispatch_rooms, p_marks int[]) returns core.dispatch_rooms
  language plpgsql as $$
  declare m int; i int; v_room int[] := p_rooms.room;
  begin
    foreach m in array p_marks loop
      i := array_position(p_rooms.marks, m);
      v_room[i] := v_room[i] - 1;
      if v_room[i] = 0 then p_rooms.shut := p_rooms.shut || m; end if;
    end loop;
    p_rooms.room := v_room;
    p_rooms.reserved := p_rooms.reserved || p_marks;
    return p_rooms;
  end $$;

  -- Takes contacts into the agents' hands, each with the first of its numbers from next_phone on that is not suppressed.
  -- A contact without such a number is closed. Contacts that are not ready (or scheduled) are left out.
  create function core.dispatch_take(p_campaign int, p_now timestamptz, p_contacts bigint[], p_agents int[], p_cause text, p_callbacks bigint[])
  returns table (contact_id bigint, handout_id bigint, agent_id int) language plpgsql as $$
  declare v_lease interval;
  begin
    select make_interval(mins => lease_minutes) into v_lease from core.campaigns where id = p_campaign;
    return query
      -- The number whose turn it is, nearly always; suppressions are looked up one by one, by their key.
      with asked as (select x.campaign, x.id, x.agent, x.callback, x.n, coalesce(
                              case when c.next_phone <= cardinality(c.phones)
                                    and (select s.number from core.suppressions s where s.number = c.phones[c.next_phone]) is null
                                   then c.next_phone end,
                              (select u.n from unnest(c.phones) with ordinality as u(number, n)
                                where (select s.number from core.suppressions s where s.number = u.number) is null
                                order by u.n < c.next_phone, u.n limit 1)) as phone
                       from (select p_campaign as campaign, u.* from unnest(p_contacts, p_agents, p_callbacks) with ordinality
                               as u(id, agent, callback, n) offset 0) x
                       join core.contacts c on c.campaign_id = x.campaign and c.id = x.id),
           taken as (update core.contacts c set status = case when a.phone is null then 3 else 1 end, due_at = null,
                            closed_reason = case when a.phone is null then 'suppressed' end,
                            next_phone = coalesce(a.phone, c.next_phone), revision = c.revision + 1
                       from asked a where c.campaign_id = a.campaign and c.id = a.id and c.status in (0, 4)
                     returning c.id, c.attempts, a.agent, a.callback, a.n,
                               case when a.phone is not null then nextval('core.handouts_id_seq') end as handout),
           made as (insert into core.handouts (id, campaign_id, contact_id, agent_id, cause, callback_id, granted_at, expires_at)
                    select t.handout, p_campaign, t.id, t.agent, coalesce(p_cause, case when t.attempts > 0 then 'due' else 'list' end),
                           t.callback, p_now, p_now + v_lease from taken t where t.handout is not null)
      select t.id, t.handout, t.agent from taken t order by t.n;
    update core.callbacks b set done_at = p_now, done_reason = case when c.status = 1 then 'served' else 'suppressed' end
      from core.contacts c where b.campaign_id = p_campaign and b.contact_id = any(p_contacts) and b.done_at is null
       and c.campaign_id = p_campaign and c.id = b.contact_id and c.status in (1, 3);
  end $$;

  -- Segments whose contacts were taken: one fewer waits for each time a segment is named, and the head moves on.
  create function core.dispatch_taken(p_campaign int, p_segments int[]) returns void language plpgsql as $$
  begin
    update core.segments s set waiting = s.waiting - x.n, head_priority = h.priority, head_rank = h.rank, head_id = h.id
      from (select p_campaign as campaign, id, count(*)::int as n from unnest(p_segments) u(id) group by id order by id offset 0) x
      left join lateral (select c.priority, c.rank, c.id from core.contacts c
                          where c.campaign_id = p_campaign and c.segment_id = x.id and c.status = 0
                          order by c.campaign_id, c.segment_id, c.priority, c.rank, c.id limit 1) h on true
     where s.campaign_id = x.campaign and s.id = x.id;
  end $$;

  create function core.dispatch_grant(p_campaign int, p_now timestamptz, p_requests jsonb, p_checked bigint[], p_zones smallint[])
  returns jsonb language plpgsql as $$
  declare
    r record; c record; v_classified bigint; v_unclassified bigint[] := '{}'; v_rooms core.dispatch_rooms; v_due_callbacks boolean; v_refused text; v_got record;
    v_waiting int[] := '{}'; answers jsonb := '{}'; v_agents int[] := '{}'; v_handouts bigint[] := '{}';
  begin
    v_rooms := row('{}'::int[], '{}'::int[], core.dispatch_excluded(p_campaign), '{}'::int[])::core.dispatch_rooms;
    v_classified := core.dispatch_classified(p_campaign);
    v_due_callbacks := exists (select 1 from core.callbacks where campaign_id = p_campaign and done_at is null and due_at <= p_now);
    for r in select x."agentId" as agent, x."contactId" as contact, x."callbackId" as callback, o.id, o.contact_id, core.agent_refusal(a.state, a.handout_id) as refusal
               from jsonb_to_recordset(p_requests) as x("agentId" int, "contactId" bigint, "callbackId" bigint)
               left join core.handouts o on o.agent_id = x."agentId" and o.ended_at is null
               left join core.agent_states a on a.agent_id = x."agentId" and a.until is null loop
      -- He asked twice: one answer.
      continue when jsonb_exists(answers, r.agent::text) or r.agent = any(v_waiting);
      if r.id is not null then
        answers := answers || jsonb_build_object(r.agent, jsonb_build_object('handoutId', r.id, 'contactId', r.contact_id, 'fresh', false));
        if r.refusal is null then
          v_agents := v_agents || r.agent;
          v_handouts := v_handouts || r.id;
        end if;
        continue;
      elsif r.refusal is not null then
        -- He paused or left while he waited.
        answers := answers || jsonb_build_object(r.agent, jsonb_build_object('refusal', r.refusal));
        continue;
      elsif r.contact is null and not v_due_callbacks then
        v_waiting := v_waiting || r.agent;
        continue;
      end if;
      loop
        v_refused := null;
        if r.contact is not null then
          select k.id, k.segment_id, s.marks, b.id as callback_id,
                 case when k.status not in (0, 4) or r.callback is not null and b.id is distinct from r.callback then 'taken' when s.zone_id <> all(coalesce(p_zones, '{}')) then 'outside_hours'
                      when s.blocked > 0 or s.marks && v_rooms.shut then 'closed_by_gate' end as refused
            into c from core.contacts k join core.segments s on s.campaign_id = p_campaign and s.id = k.segment_id
            left join core.callbacks b on b.campaign_id = p_campaign and b.contact_id = k.id and b.done_at is null
           where k.campaign_id = p_campaign and k.id = r.contact;
          v_refused := case when found then c.refused else 'unknown' end;
          exit when v_refused is not null;
        else
          select k.id, k.segment_id, s.marks, b.id as callback_id into c
            from core.callbacks b
            join core.contacts k on k.campaign_id = p_campaign and k.id = b.contact_id and k.status = 4
            join core.segments s on s.campaign_id = p_campaign and s.id = k.segment_id
           where b.campaign_id = p_campaign and b.done_at is null and b.due_at <= p_now
             and (b.agent_id is null or b.agent_id = r.agent or b.team_at <= p_now)
             and s.zone_id = any(p_zones) and s.blocked = 0 and not (s.marks && v_rooms.shut)
           order by b.agent_id is not distinct from r.agent desc, b.due_at, b.id limit 1;
          exit when not found;
        end if;
        if c.id > v_classified and c.id <> all(p_checked) then
          if cardinality(p_checked) >= core.dispatch_checked_at_most() then
            v_refused := 'closed_by_gate';
            exit;
          end if;
          v_unclassified := v_unclassified || c.id;
          answers := answers || jsonb_build_object(r.agent, '{"pending": true}'::jsonb);
          exit;
        end if;
        v_rooms := core.dispatch_learn(p_campaign, v_rooms, c.marks);
        continue when c.marks && v_rooms.shut;
        select * into v_got from core.dispatch_take(p_campaign, p_now, array[c.id], array[r.agent],
          case when r.contact is null or r.callback is not null then 'callback' else 'chosen' end, array[c.callback_id]);
        perform core.dispatch_taken(p_campaign, array[c.segment_id]);
        if v_got.handout_id is not null then
          v_agents := v_agents || r.agent;
          v_handouts := v_handouts || v_got.handout_id;
          v_rooms := core.dispatch_reserve(v_rooms, c.marks);
          answers := answers || jsonb_build_object(r.agent,
            jsonb_build_object('handoutId', v_got.handout_id, 'contactId', c.id, 'fresh', true));
          exit;
        end if;
        v_refused := 'suppressed';
        exit when r.contact is not null;
      end loop;
      continue when jsonb_exists(answers, r.agent::text);
      if r.contact is null then v_waiting := v_waiting || r.agent;
      else answers := answers || jsonb_build_object(r.agent, jsonb_build_object('handoutId', null, 'refused', v_refused)); end if;
    end loop;
    if v_waiting <> '{}' then
      select * into c from core.dispatch_list(p_campaign, p_now, v_waiting, v_rooms, v_classified, p_checked);
      answers := answers || c.granted;
      v_agents := v_agents || c.agents;
      v_handouts := v_handouts || c.handouts;
      v_unclassified := v_unclassified || c.unclassified;
      v_rooms := c.rooms;
    end if;
    perform core.dispatch_tally(p_campaign, v_rooms.reserved, array_fill(1, array[cardinality(v_rooms.reserved)]),
                                array_fill(0, array[cardinality(v_rooms.reserved)]));
    return (select jsonb_build_object('unclassified', to_jsonb(v_unclassified),
                     'states', case when v_agents <> '{}' then core.agent_states_handed(p_now, v_agents, v_handouts) else '[]' end,
                     'answers', jsonb_agg(
                     coalesce(answers->(x->>'agentId'), case when v_unclassified <> '{}' then '{"pending": true}'::jsonb
                                                             else '{"handoutId": null}' end) order by n))
              from jsonb_array_elements(p_requests) with ordinality as u(x, n));
  end $$;
`
