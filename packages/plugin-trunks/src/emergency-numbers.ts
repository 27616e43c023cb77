/**
 * Numbers that bring help, by country (ISO 3166-1 alpha-2): where to begin, to be compared with the list of the country's
 * authority. A site may have a list of its own.
 */
const byCountry: Readonly<Record<string, readonly string[]>> = {
  CA: ['911'],
  FR: ['15', '17', '18', '112', '114', '115', '119', '191', '196', '197', '116000', '116117'],
  GB: ['112', '999'],
  US: ['911'],
  UZ: ['101', '102', '103', '112']
}

/** The emergency numbers of a country; 112 where we have no list. */
export const emergencyNumbersOf = (country: string): readonly string[] => byCountry[country] ?? ['112']
