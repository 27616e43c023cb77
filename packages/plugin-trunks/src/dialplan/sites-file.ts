import { callableClasses } from '@evscallpro/core'
import { presentCallerId } from '../decision/caller-id.ts'
import type { Trunk } from '../trunk.ts'
import { classifyContext } from './classify-context.ts'
import type { DialplanData, DialplanSite } from './sites.ts'

/** A site that no endpoint names: help must still be reached. */
const unknown = 'unknown'

/** `outbound_evs_sites.conf`: sites, their ways out by class, emergency numbers and numbering plans. Pure. */
export function sitesFile(data: DialplanData): string {
  const enabled = data.trunks.filter(trunk => trunk.enabled)
  const countries = [...new Set(data.sites.map(({ country }) => country))].sort()
  const emergencies = [...new Set(data.sites.flatMap(({ emergencyNumbers }) => emergencyNumbers))]
  return [
    '; Written by evs trunks-dialplan from the data of the server; write it anew instead of changing it, then: dialplan reload',
    '[globals]',
    '; What a phone may dial whose endpoint has no list of its own, and what nobody may go beyond.',
    `EVS_CLASSES=${data.classes.join(':')}`,
    `EVS_CLASSES_MOST=${data.most.join(':')}`,
    `EVS_ALLOW=${prefixes(data.allow)}`,
    `EVS_DENY=${prefixes(data.deny)}`,
    ...enabled.flatMap(causeGlobals),
    ...data.sites.flatMap(site => siteGlobals(site, enabled)),
    `EVS_COUNTRY_${unknown}=${countries[0] ?? ''}`,
    `EVS_EMERGENCY_TRUNKS_${unknown}=${names(enabled)}`,
    '',
    ...data.sites.flatMap(site => emergencyContext(String(site.id), site.emergencyNumbers)),
    ...emergencyContext(unknown, emergencies.length > 0 ? emergencies : ['112']),
    ...enabled.flatMap(numberContext),
    ...countries.map(classifyContext)
  ].join('\n')
}

/** Names of sites in small letters, as a person writes them on an endpoint. */
export const siteSlug = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')

// An expression that nothing fits where the list is empty: an empty one would fit everything.
const prefixes = (list: readonly string[]): string =>
  list.length === 0 ? '^none$' : `^(${list.map(prefix => prefix.replace(/^\+/, '')).join('|')})`

const names = (trunks: readonly Trunk[]): string => trunks.map(({ name }) => name).join('|')

/** What evs-route takes a cause for that a gateway gets wrong. */
const causeGlobals = ({ name, causeMap }: Trunk): string[] =>
  causeMap.map(({ gives, means }) => `EVS_CAUSE_${name}_${gives}=${means}`)

function siteGlobals(site: DialplanSite, enabled: readonly Trunk[]): string[] {
  const { id, routes, failOver, callerId } = site
  const slug = siteSlug(site.name)
  const emergency = emergencyTrunks(site, enabled)
  const presented = emergency.flatMap(trunk => {
    const shown = presentCallerId(trunk, callerId === null ? null : { number: callerId, by: 'site' }, '')
    return 'refused' in shown ? [] : [`EVS_CID_${id}_${trunk.name}=${shown.number.replace(/^\+/, '')}`]
  })
  const ways = callableClasses.flatMap(name => {
    const usable = routes.filter(
      ({ trunk, classes }) => trunk.enabled && (classes === null || classes.includes(name))
    )
    const kept = failOver === 'none' ? usable.slice(0, 1) : usable
    return kept.length === 0 ? [] : [`EVS_TRUNKS_${id}_${name}=${names(kept.map(({ trunk }) => trunk))}`]
  })
  return [
    `; ${site.name.replace(/[^\p{L}\p{N} _-]/gu, ' ')}`,
    ...(slug === '' || /^\d+$/.test(slug) ? [] : [`EVS_SITE_${slug}=${id}`]),
    `EVS_COUNTRY_${id}=${site.country}`,
    `EVS_EMERGENCY_TRUNKS_${id}=${names(emergency)}`,
    ...presented,
    ...ways
  ]
}

/** Help is called by the site's own gateways, then by its other ways out, then by whatever leads outside. */
function emergencyTrunks({ id, routes }: DialplanSite, enabled: readonly Trunk[]): Trunk[] {
  const own = enabled.filter(trunk => trunk.siteId === id)
  const others = routes.map(({ trunk }) => trunk).filter(trunk => trunk.enabled)
  return [...new Map([...own, ...others, ...enabled].map(trunk => [trunk.name, trunk])).values()]
}

function emergencyContext(site: string, numbers: readonly string[]): string[] {
  return [`[evs-emergency-${site}]`, ...numbers.map(number => `exten => ${number},1,Return()`)]
}

/** The number as the trunk wants it: EVS_NUM from E.164 digits, by the rule with the longest prefix. */
function numberContext({ name, prefixRules }: Trunk): string[] {
  const rules = prefixRules.some(({ prefix }) => prefix === '')
    ? prefixRules
    : [...prefixRules, { prefix: '', strip: 0, prepend: '' }]
  return [
    `[evs-number-${name}]`,
    ...rules.flatMap(({ prefix, strip, prepend }) => [
      `exten => _${prefix === '' ? 'X' : prefix}.,1,Set(EVS_NUM=${prepend}\${EXTEN:${strip}})`,
      ' same => n,Return()'
    ])
  ]
}
