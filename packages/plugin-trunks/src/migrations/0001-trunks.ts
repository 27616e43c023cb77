import type { Migration } from '@evscallpro/core'

/** Trunks, the ways out of each site in their order, and what a site does when the first fails. */
export const trunksAndRoutes: Migration = {
  async up(db) {
    await db.raw(`
    create table trunks.trunks (
      id int generated always as identity primary key,
      name text not null constraint trunks_name_key unique,  -- of the endpoint on the PBX
      label text not null,
      site_id int not null constraint trunks_site_id_fkey references core.sites,  -- where the gateway stands
      address text,                                         -- host or host:port, for the generated SIP configuration
      channels int not null check (channels between 1 and 10000),
      answer_supervision text not null check (answer_supervision in ('real', 'early', 'unknown')),
      dtmf_mode text not null check (dtmf_mode in ('rfc4733', 'inband', 'info', 'auto')),
      caller_id_mode text not null check (caller_id_mode in ('any', 'listed', 'sim')),
      caller_ids text[] not null default '{}',              -- E.164
      prefix_rules jsonb not null default '[]',
      cause_map jsonb not null default '[]',                -- Q.850 causes: what the gateway gives, what it means
      enabled boolean not null default true,
      created_at timestamptz not null,
      revision bigint not null default 1,
      check (caller_id_mode = 'any' or cardinality(caller_ids) > 0)
    );

    create table trunks.sites (
      site_id int primary key references core.sites on delete cascade,
      fail_over text not null default 'next' check (fail_over in ('next', 'none')),
      emergency_numbers text[]                              -- null: those of the site's country
    );

    create table trunks.routes (
      site_id int not null references core.sites on delete cascade,
      position smallint not null,
      trunk_id int not null constraint routes_trunk_id_fkey references trunks.trunks,
      classes text[],                                       -- null: all
      primary key (site_id, position),
      unique (site_id, trunk_id)
    );
    create index routes_trunk_id on trunks.routes (trunk_id);
  `)
  },

  async down(db) {
    await db.raw('drop table trunks.routes; drop table trunks.sites; drop table trunks.trunks')
  }
}
