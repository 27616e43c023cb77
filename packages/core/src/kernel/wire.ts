/** The one place where rows (snake_case, Date) become JSON of the API (camelCase, ISO 8601) and back. */

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'

/** `site_id` → `siteId`; a part that starts with a digit keeps its underscore, so that the way back is exact. */
export type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? Tail extends `${Digit}${string}`
    ? `${Head}_${CamelCase<Tail>}`
    : `${Head}${Capitalize<CamelCase<Tail>>}`
  : S

type WireValue<V> = V extends Date ? string : V

/** The API's form of a row. */
export type Wire<Row> = { [K in keyof Row & string as CamelCase<K>]: WireValue<Row[K]> }

/**
 * Converts the column names of a row and its Dates. Values are not entered: keys inside jsonb (`custom_fields`)
 * belong to the user and stay byte for byte what they were.
 */
export function toWire<Row extends object>(row: Row): Wire<Row> {
  const wire: Record<string, unknown> = {}
  for (const [column, value] of Object.entries(row)) {
    const key = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    wire[key] = value instanceof Date ? value.toISOString() : value
  }
  return wire as Wire<Row> // the mapping above, spelled in types
}

/**
 * Converts field names to column names, for inserts and updates; fields that are undefined are left out. Values
 * are not entered (a jsonb array has to be stringified by its repository: pg would send a PostgreSQL array).
 */
export function toColumns(fields: object): Record<string, unknown> {
  const columns: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) columns[key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)] = value
  }
  return columns
}
