/** What is wrong with one field: `<field> <detail>` is a sentence that says what to do. Fields like `hours/monday/1/from`. */
export interface FieldIssue {
  readonly field: string
  readonly detail: string
}

/** A value that was read, or everything that is wrong with it. */
export type Parsed<T> = { readonly value: T } | { readonly issues: readonly FieldIssue[] }

/** Notes an issue; returns null as there is no value then. */
export type Report = (field: string, detail: string) => null

/** Runs a parser that reports issues. `read` may return null only after it has reported one. */
export function collectIssues<T>(read: (report: Report) => T | null): Parsed<T> {
  const issues: FieldIssue[] = []
  const value = read((field, detail) => {
    issues.push({ field, detail })
    return null
  })
  return value === null || issues.length > 0 ? { issues } : { value }
}

/** The properties of a JSON object; null for anything else. */
export function asRecord(input: unknown): Readonly<Record<string, unknown>> | null {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : null
}
