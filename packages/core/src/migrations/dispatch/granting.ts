/** The first ready contact of segment s from its head on. */
const nextHead = `select c.priority, c.rank, c.id from core.contacts c
          where c.campaign_id = p_campaign and c.segment_id = s.id and c.status = 0
            and (c.priority, c.rank, c.id) >= (s.head_priority, s.head_rank, s.head_id)
          order by c.campaign_id, c.segment_id, c.priority, c.rank, c.id limit 1`

/**
 * Hand-outs for all asking agents: chosen contacts and due callbacks one by one (his own, then the team's), then the list
 * for all who are left, in their order and as a whole. What is reserved is summed and told to the gates once.
 *
 * p_agents: who asks, their users locked; p_contacts and p_callbacks, as many: the contact that he chose, and the open callback
 * by which he did, or null. p_due_callbacks: whether any is due. States: what changed of those who were handed one. Answers are
 * { handoutId, contactId, fresh }, { refusal } (the agent's own state), { handoutId: null, refused? } or { pending: true }; these ask again when the contacts named by unclassified have been
 * classified, and then name them in p_checked.
 */
export const granting = `
  -- What a turn knows of marks: which it has asked the gates for, how many more contacts those with a limit have room for,
  -- and which have none.
  create type core.dispatch_rooms as (known int[], marks int[], room int[], shut int[], reserved int[]);

  -- Asks the gates for the room of marks that are not known yet.
  create function core.dispatch_learn(p_campaign int, p_rooms core.dispatch_rooms, p_marks int[])
  returns core.dispatch_rooms language plpgsql as $$
  declare v_unknown int[] := p_marks; v_marks int[]; v_room int[]; v_shut int[];
  begin
    if p_rooms.known <> '{}' then v_unknown := array(select m from unnest(p_marks) m where m <> all(p_rooms.known)); end if;
    if v_unknown = '{}' then return p_rooms; end if;
    p_rooms.known := p_rooms.known || v_unknown;
    select array_agg(l.mark), array_agg(l.free), array_agg(l.mark) filter (where l.free <= 0) into v_marks, v_room, v_shut
      from core.dispatch_room(p_campaign, v_unknown) l where l.free is not null;
    if v_marks is null then return p_rooms; end if;
    p_rooms.marks := p_rooms.marks || v_marks;
    p_rooms.room := p_rooms.room || v_room;
    if v_shut is not null then p_rooms.shut := p_rooms.shut || v_shut; end if;
    return p_rooms;
  end $$;

  -- One contact more with these marks, which are known.
  create function core.dispatch_reserve(p_rooms core.dispatch_rooms, p_marks int[]) returns core.dispatch_rooms
  language plpgsql as $$
  declare m int; i int; v_room int[] := p_rooms.room;
  begin
    foreach m in array p_marks loop
      i := array_position(p_rooms.marks, m);
      continue when i is null;
      v_room[i] := v_room[i] - 1;
      if v_room[i] = 0 then p_rooms.shut := p_rooms.shut || m; end if;
    end loop;
    p_rooms.room := v_room;
    p_rooms.reserved := p_rooms.reserved || p_marks;
    return p_rooms;
  end $$;

  -- Of contacts that are not taken yet, the first number from next_phone on that is not suppressed; one without such a
  -- number is closed.
  create function core.dispatch_other_number(p_campaign int, p_contacts bigint[]) returns void language plpgsql as $$
  begin
    with asked as (select c.campaign_id, c.id,
                          (select u.n from unnest(c.phones) with ordinality as u(number, n)
                            where (select s.number from core.suppressions s where s.number = u.number) is null
                            order by u.n < c.next_phone, u.n limit 1) as phone
                     from (select p_campaign as campaign, u.* from unnest(p_contacts) as u(id) offset 0) x
                     join core.contacts c on c.campaign_id = x.campaign and c.id = x.id and c.status in (0, 4))
    update core.contacts c set next_phone = coalesce(a.phone, c.next_phone), status = case when a.phone is null then 3 else c.status end,
                               due_at = case when a.phone is not null then c.due_at end,
                               closed_reason = case when a.phone is null then 'suppressed' end, revision = c.revision + 1
      from asked a where c.campaign_id = a.campaign_id and c.id = a.id;
  end $$;

  -- Takes contacts, ready or scheduled, into the agents' hands, each with a number that is not suppressed; one without such
  -- a number is closed. Their segments have one fewer waiting for each, and their heads move on. Returns the hand-outs in
  -- the order of the contacts; null for what was closed.
  create function core.dispatch_take(p_campaign int, p_now timestamptz, p_lease interval, p_contacts bigint[], p_segments int[], p_agents int[], p_cause text, p_callbacks bigint[])
  returns bigint[] language plpgsql as $$
  declare v_places bigint[]; v_made bigint[]; v_taken int := 0; handouts bigint[] := array_fill(null::bigint, array[cardinality(p_contacts)]);
  begin
    -- Nearly always the number whose turn it is may be called; for the others once more, with another. Suppressions are
    -- looked up one by one, by their key.
    for attempt in 1 .. 2 loop
      with taken as (update core.contacts c set status = 1, due_at = null, closed_reason = null, revision = c.revision + 1
                       from (select p_campaign as campaign, u.* from unnest(p_contacts, p_agents, p_callbacks) with ordinality
                               as u(id, agent, callback, n) offset 0) a
                      where c.campaign_id = a.campaign and c.id = a.id and c.status in (0, 4) and c.next_phone <= cardinality(c.phones)
                        and (select s.number from core.suppressions s where s.number = c.phones[c.next_phone]) is null
                     returning c.id, c.attempts, a.agent, a.callback, a.n, nextval('core.handouts_id_seq') as handout),
           made as (insert into core.handouts (id, campaign_id, contact_id, agent_id, cause, callback_id, granted_at, expires_at)
                    select t.handout, p_campaign, t.id, t.agent, coalesce(p_cause, case when t.attempts > 0 then 'due' else 'list' end),
                           t.callback, p_now, p_now + p_lease from taken t)
      select array_agg(t.n), array_agg(t.handout) into v_places, v_made from taken t;
      for i in 1 .. coalesce(cardinality(v_places), 0) loop
        handouts[v_places[i]] := v_made[i];
      end loop;
      v_taken := v_taken + coalesce(cardinality(v_places), 0);
      exit when v_taken = cardinality(p_contacts);
      if attempt = 1 then perform core.dispatch_other_number(p_campaign, p_contacts); end if;
    end loop;
    -- The next head is looked for from the old one on: before it lies nothing that is ready, but all that was taken before,
    -- until a vacuum.
    if cardinality(p_segments) = 1 then
      update core.segments s set waiting = s.waiting - 1, (head_priority, head_rank, head_id) = (${nextHead})
       where s.campaign_id = p_campaign and s.id = p_segments[1];
    else
      update core.segments s set waiting = s.waiting - x.n, (head_priority, head_rank, head_id) = (${nextHead})
        from (select p_campaign as campaign, id, count(*)::int as n from unnest(p_segments) u(id) group by id offset 0) x
       where s.campaign_id = x.campaign and s.id = x.id;
    end if;
    -- A contact that is ready has no open callback: what is promised is scheduled.
    if p_cause is not null then
      update core.callbacks b set done_at = p_now, done_reason = case when c.status = 1 then 'served' else 'suppressed' end
        from core.contacts c where b.campaign_id = p_campaign and b.contact_id = any(p_contacts) and b.done_at is null
         and c.campaign_id = p_campaign and c.id = b.contact_id and c.status in (1, 3);
    end if;
    return handouts;
  end $$;

  create function core.dispatch_grant(p_campaign int, p_now timestamptz, p_agents int[], p_contacts bigint[], p_callbacks bigint[], p_checked bigint[],
                                      p_lease interval, p_due_callbacks boolean,
                                      out answers jsonb[], out states jsonb, out unclassified bigint[], out empty_handed boolean)
  language plpgsql as $$
  declare
    r record; c record; v_classified bigint; v_rooms core.dispatch_rooms; v_refused text; v_handout bigint; done text;
    v_waiting int[] := '{}'; v_handed int[] := '{}'; v_handouts bigint[] := '{}';
  begin
    answers := array_fill(null::jsonb, array[cardinality(p_agents)]);
    states := '[]';
    unclassified := '{}';
    v_rooms := row('{}', '{}', '{}', core.dispatch_excluded(p_campaign), '{}');
    v_classified := core.dispatch_classified(p_campaign);
    for r in select x.n, x.agent, x.contact, x.callback, o.id, o.contact_id, core.agent_refusal(a.state, a.handout_id) as refusal
               from unnest(p_agents, p_contacts, p_callbacks) with ordinality as x(agent, contact, callback, n)
               left join core.handouts o on o.agent_id = x.agent and o.ended_at is null
               left join core.agent_states a on a.agent_id = x.agent and a.until is null loop
      -- He asked twice: one answer.
      continue when array_position(p_agents, r.agent) < r.n;
      if r.id is not null then
        answers[r.n] := jsonb_build_object('handoutId', r.id, 'contactId', r.contact_id, 'fresh', false);
        if r.refusal is null then
          v_handed := v_handed || r.agent;
          v_handouts := v_handouts || r.id;
        end if;
        continue;
      elsif r.refusal is not null then
        -- He paused or left while he waited.
        answers[r.n] := jsonb_build_object('refusal', r.refusal);
        continue;
      elsif r.contact is null and not p_due_callbacks then
        v_waiting := v_waiting || r.agent;
        continue;
      end if;
      loop
        v_refused := null;
        if r.contact is not null then
          select k.id, k.segment_id, s.marks, b.id as callback_id,
                 case when k.status not in (0, 4) or r.callback is not null and b.id is distinct from r.callback then 'taken'
                      when not (select z.open from core.dispatch_zones z where z.campaign_id = p_campaign and z.id = s.zone_id) then 'outside_hours'
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
            join core.dispatch_zones z on z.campaign_id = p_campaign and z.id = s.zone_id and z.open
           where b.campaign_id = p_campaign and b.done_at is null and b.due_at <= p_now
             and (b.agent_id is null or b.agent_id = r.agent or b.team_at <= p_now)
             and s.blocked = 0 and not (s.marks && v_rooms.shut)
           order by b.agent_id is not distinct from r.agent desc, b.due_at, b.id limit 1;
          exit when not found;
        end if;
        if c.id > v_classified and c.id <> all(p_checked) then
          if cardinality(p_checked) >= core.dispatch_checked_at_most() then
            v_refused := 'closed_by_gate';
            exit;
          end if;
          unclassified := unclassified || c.id;
          answers[r.n] := '{"pending": true}';
          exit;
        end if;
        v_rooms := core.dispatch_learn(p_campaign, v_rooms, c.marks);
        continue when c.marks && v_rooms.shut;
        v_handout := (core.dispatch_take(p_campaign, p_now, p_lease, array[c.id], array[c.segment_id], array[r.agent],
          case when r.contact is null or r.callback is not null then 'callback' else 'chosen' end, array[c.callback_id]))[1];
        if v_handout is not null then
          v_handed := v_handed || r.agent;
          v_handouts := v_handouts || v_handout;
          v_rooms := core.dispatch_reserve(v_rooms, c.marks);
          answers[r.n] := jsonb_build_object('handoutId', v_handout, 'contactId', c.id, 'fresh', true);
          exit;
        end if;
        v_refused := 'suppressed';
        exit when r.contact is not null;
      end loop;
      continue when answers[r.n] is not null;
      if r.contact is null then v_waiting := v_waiting || r.agent;
      else answers[r.n] := jsonb_build_object('handoutId', null, 'refused', v_refused); end if;
    end loop;
    if v_waiting <> '{}' then
      c := core.dispatch_list(p_campaign, p_now, p_lease, v_waiting, v_rooms, v_classified, p_checked);
      for i in 1 .. cardinality(c.agents) loop
        answers[array_position(p_agents, c.agents[i])] := jsonb_build_object('handoutId', c.handouts[i], 'contactId', c.contacts[i], 'fresh', true);
      end loop;
      v_handed := v_handed || c.agents;
      v_handouts := v_handouts || c.handouts;
      unclassified := unclassified || c.unclassified;
      v_rooms.reserved := c.reserved;
    end if;
    if v_rooms.reserved <> '{}' then
      if cardinality(v_handouts) = 1 then
        done := core.dispatch_gates_tally(p_campaign, v_rooms.reserved, array_fill(1, array[cardinality(v_rooms.reserved)]),
                                          array_fill(0, array[cardinality(v_rooms.reserved)]));
      else
        done := core.dispatch_tally(p_campaign, v_rooms.reserved, array_fill(1, array[cardinality(v_rooms.reserved)]),
                                    array_fill(0, array[cardinality(v_rooms.reserved)]));
      end if;
    end if;
    if v_handed <> '{}' then states := core.agent_states_handed(p_now, v_handed, v_handouts); end if;
    for i in 1 .. cardinality(p_agents) loop
      continue when answers[i] is not null;
      answers[i] := answers[array_position(p_agents, p_agents[i])];
      if answers[i] is null and unclassified <> '{}' then
        answers[i] := '{"pending": true}';
      elsif answers[i] is null then
        answers[i] := '{"handoutId": null}';
        empty_handed := true;
      end if;
    end loop;
  end $$;
`
