import type { TablesMaker } from '@evscallpro/api-client'

let maker: TablesMaker | null = null

/** A board says what makes the tables it shows: without boards a page does not load it. */
export function bringTables(own: TablesMaker): void {
  maker = own
}

/** What makes the tables of sessions; null on a page that has no board. */
export const tablesBrought = (): TablesMaker | null => maker
