import type { HolidayRule } from './calendar.ts'

/** A part of France with days or a clock of its own. */
export interface FrenchRegion {
  /** `FR-` and the number that its postal codes begin with, or a name where several share the days. */
  readonly id: string
  readonly name: string
  /** The longest prefix of a postal code decides. */
  readonly postalPrefixes: readonly string[]
  /** IANA zone of the region. */
  readonly zone: string
}

const region = (id: string, name: string, postalPrefixes: string[], zone: string): FrenchRegion => ({
  id,
  name,
  postalPrefixes,
  zone
})

/** Saint-Barthélemy and Saint-Martin use postal codes that begin like Guadeloupe's (La Poste: 97133, 97150). */
export const frenchRegions: readonly FrenchRegion[] = [
  region('FR-ALSACE-MOSELLE', 'Alsace-Moselle', ['57', '67', '68'], 'Europe/Paris'),
  region('FR-971', 'Guadeloupe', ['971'], 'America/Guadeloupe'),
  region('FR-977', 'Saint-Barthélemy', ['97133', '977'], 'America/St_Barthelemy'),
  region('FR-978', 'Saint-Martin', ['97150', '978'], 'America/Marigot'),
  region('FR-972', 'Martinique', ['972'], 'America/Martinique'),
  region('FR-973', 'Guyane', ['973'], 'America/Cayenne'),
  region('FR-974', 'La Réunion', ['974'], 'Indian/Reunion'),
  region('FR-975', 'Saint-Pierre-et-Miquelon', ['975'], 'America/Miquelon'),
  region('FR-976', 'Mayotte', ['976'], 'Indian/Mayotte')
]

/**
 * Public holidays of France, for any year.
 * Everywhere: the eleven of Code du travail L. 3133-1. Alsace-Moselle: L. 3134-13 (Good Friday there by law only in
 * communes with a Protestant church, which no contact tells: the three departments rest). Overseas: the days that
 * commemorate the abolition of slavery, L. 3422-2; for Saint-Martin the code still has 27 May while the island
 * keeps 28 May since 2019, so both are kept. Customary days, which no law lists, are not here.
 */
export const frenchHolidays: readonly HolidayRule[] = [
  { name: "Jour de l'An", month: 1, day: 1 },
  { name: 'Vendredi saint', easter: -2, regions: ['FR-ALSACE-MOSELLE'] },
  { name: 'Lundi de Pâques', easter: 1 },
  { name: 'Fête du Travail', month: 5, day: 1 },
  { name: 'Victoire de 1945', month: 5, day: 8 },
  { name: 'Ascension', easter: 39 },
  { name: 'Lundi de Pentecôte', easter: 50 },
  { name: 'Fête nationale', month: 7, day: 14 },
  { name: 'Assomption', month: 8, day: 15 },
  { name: 'Toussaint', month: 11, day: 1 },
  { name: 'Armistice de 1918', month: 11, day: 11 },
  { name: 'Noël', month: 12, day: 25 },
  { name: 'Saint-Étienne', month: 12, day: 26, regions: ['FR-ALSACE-MOSELLE'] },
  { name: "Abolition de l'esclavage", month: 4, day: 27, regions: ['FR-976'] },
  { name: "Abolition de l'esclavage", month: 5, day: 22, regions: ['FR-972'] },
  { name: "Abolition de l'esclavage", month: 5, day: 27, regions: ['FR-971', 'FR-978'] },
  { name: "Abolition de l'esclavage", month: 5, day: 28, regions: ['FR-978'] },
  { name: "Abolition de l'esclavage", month: 6, day: 10, regions: ['FR-973'] },
  { name: "Abolition de l'esclavage", month: 10, day: 9, regions: ['FR-977'] },
  { name: "Abolition de l'esclavage", month: 12, day: 20, regions: ['FR-974'] }
]

/**
 * The region of a contact by country (ISO 3166-1 alpha-2) and postal code, or null: mainland France without days of
 * its own, another country, or too little known. Give its `id` to `inRegion`. The overseas departments' own country
 * codes (RE, GP …) count as FR. In Alsace-Moselle the postal code decides, blanks aside.
 */
export function regionOf(country: string | null, postalCode: string | null): FrenchRegion | null {
  if (country !== 'FR') return country === null ? null : (regionsByCountry.get(country) ?? null)
  if (postalCode === null) return null
  const code = postalCode.includes(' ') ? postalCode.replaceAll(' ', '') : postalCode
  const candidates = prefixesByStart.get(code.slice(0, 2))
  if (!candidates || !/^\d{5}$/.test(code)) return null
  return candidates.find(([prefix]) => code.startsWith(prefix))?.[1] ?? null
}

const ownCountries: Readonly<Record<string, string>> = {
  GP: 'FR-971',
  MQ: 'FR-972',
  GF: 'FR-973',
  RE: 'FR-974',
  PM: 'FR-975',
  YT: 'FR-976',
  BL: 'FR-977',
  MF: 'FR-978'
}
const regionsByCountry: ReadonlyMap<string, FrenchRegion> = new Map(
  frenchRegions.flatMap(own =>
    Object.entries(ownCountries).flatMap(([country, id]) => (id === own.id ? [[country, own] as const] : []))
  )
)

/** Postal prefixes, the longest first, by the two digits that they begin with: nearly every code begins with others. */
const prefixesByStart = new Map<string, [prefix: string, region: FrenchRegion][]>()
for (const own of frenchRegions) {
  for (const prefix of own.postalPrefixes) {
    const start = prefix.slice(0, 2)
    const list = prefixesByStart.get(start) ?? []
    prefixesByStart.set(start, list)
    list.push([prefix, own])
    list.sort(([a], [b]) => b.length - a.length)
  }
}
