/** The turn: one lock, one round trip for everything that waits. */
export const turn = `
  -- Contacts whose retry has come: at most p_max a turn, so that a turn stays short.
  create function core.dispatch_due(p_campaign int, p_now timestamptz, p_max int) returns void language plpgsql as $$
  declare ids bigint[];
  begin
    with due as (select campaign_id, id from core.contacts where campaign_id = p_campaign and status = 4 and due_at <= p_now
                  order by campaign_id, due_at limit p_max),
         up as (update core.contacts c set status = 0, due_at = null, revision = revision + 1 from due
                 where c.campaign_id = due.campaign_id and c.id = due.id returning c.id)
    select array_agg(id) into ids from up;
    if ids is not null then perform core.dispatch_raise(p_campaign, ids); end if;
  end $$;

  -- Why there is nothing to hand out, and until when: { scheduledAt, opensAt, marks }, null where it does not apply.
  create function core.dispatch_nothing(p_campaign int, p_now timestamptz) returns jsonb language plpgsql as $$
  declare v_scheduled timestamptz; v_opens timestamptz; v_closed boolean; v_shut int[]; v_marks int[];
  begin
    select least((select min(due_at) from core.contacts where campaign_id = p_campaign and status = 4 and due_at is not null),
                 min(b.due_at) filter (where b.due_at > p_now), min(b.team_at) filter (where b.team_at > p_now))
      into v_scheduled from core.callbacks b where b.campaign_id = p_campaign and b.done_at is null;
    select count(*) > 0, min(z.changes_at) into v_closed, v_opens from core.dispatch_zones z
     where z.campaign_id = p_campaign and not z.open
       and (exists (select 1 from core.segments s where s.campaign_id = p_campaign and s.zone_id = z.id and s.blocked = 0
                       and s.head_id is not null)
            or exists (select 1 from core.callbacks b join core.contacts k on k.campaign_id = p_campaign and k.id = b.contact_id
                         join core.segments s on s.campaign_id = p_campaign and s.id = k.segment_id
                        where b.campaign_id = p_campaign and b.done_at is null and b.due_at <= p_now and s.zone_id = z.id));
    v_shut := core.dispatch_excluded(p_campaign);
    if v_shut <> '{}' or exists (select 1 from core.dispatch_blocks where campaign_id = p_campaign) then
      select array_agg(distinct m) into v_marks
        from (select marks from core.segments s where s.campaign_id = p_campaign and s.waiting > 0 and (s.blocked > 0 or s.marks && v_shut)
               limit 20) s cross join lateral unnest(s.marks) m
       where m = any(v_shut) or exists (select 1 from core.dispatch_blocks b where b.campaign_id = p_campaign and b.mark = m);
    end if;
    update core.campaign_dispatch set hungry_until = coalesce(least(v_scheduled, v_opens), 'infinity') where campaign_id = p_campaign;
    return jsonb_build_object('scheduledAt', v_scheduled, 'outsideHours', v_closed, 'classifying', core.dispatch_classified(p_campaign) is not null,
                              'opensAt', case when isfinite(v_opens) then v_opens end, 'marks', coalesce(to_jsonb(v_marks), '[]'));
  end $$;

  -- Settles, then hands out, and moves the agents' states along; who asked for the turn announces them. When hours have to
  -- be looked at again first: { staleZones: true }, nothing handed out and every answer pending. For unclassified, pending
  -- states: what changed.
  -- Users are locked at once and in the order of their ids, as everywhere, after the hand-outs that end.
  create function core.dispatch_turn(p_campaign int, p_now timestamptz, p_settlements jsonb, p_agents int[], p_contacts bigint[], p_callbacks bigint[], p_checked bigint[])
  returns jsonb language plpgsql as $$
  declare
    settled record; standing record; granted record; v_locked bigint; nothing jsonb; told text;
    v_handouts bigint[]; v_ended int[] := '{}'; v_over bigint[]; v_stale boolean; v_answers jsonb[]; v_unclassified bigint[]; v_states jsonb;
  begin
    v_locked := core.dispatch_lock(p_campaign);
    if p_settlements <> '[]' then
      settled := core.dispatch_settle(p_campaign, p_now, p_settlements);
      v_handouts := settled.handouts;
      v_ended := settled.agents;
      v_over := settled.over_quota;
    end if;
    perform from core.users where id = any(v_ended || p_agents) order by id for no key update;
    if v_ended <> '{}' then v_states := core.agent_states_ended(p_now, v_ended); end if;
    if p_agents <> '{}' then
      -- After what was settled: that may be due at once.
      select make_interval(mins => c.lease_minutes) as lease,
             exists (select 1 from core.dispatch_zones z where z.campaign_id = p_campaign and z.changes_at <= p_now) as stale_zones,
             exists (select 1 from core.contacts k where k.campaign_id = p_campaign and k.status = 4 and k.due_at <= p_now) as due,
             exists (select 1 from core.callbacks b where b.campaign_id = p_campaign and b.done_at is null and b.due_at <= p_now) as callbacks
        into standing from core.campaigns c where c.id = p_campaign;
      if standing.stale_zones then
        v_stale := true;
        v_answers := array_fill('{"pending": true}'::jsonb, array[cardinality(p_agents)]);
      else
        if standing.due then told := core.dispatch_due(p_campaign, p_now, 1000); end if;
        granted := core.dispatch_grant(p_campaign, p_now, p_agents, p_contacts, p_callbacks, p_checked, standing.lease, standing.callbacks);
        v_answers := granted.answers;
        v_unclassified := granted.unclassified;
        v_states := coalesce(v_states || granted.states, granted.states);
        if granted.empty_handed then nothing := core.dispatch_nothing(p_campaign, p_now); end if;
      end if;
    end if;
    return jsonb_build_object('settled', v_handouts, 'agents', v_ended, 'overQuota', v_over, 'staleZones', v_stale,
                              'answers', v_answers, 'unclassified', v_unclassified, 'nothing', nothing, 'states', v_states);
  end $$;
`
