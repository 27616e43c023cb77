/** Name of the constraint that a PostgreSQL error reports (unique, foreign key, check), else null. */
export function violatedConstraint(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('constraint' in error)) return null
  // Class 23 of PostgreSQL's error codes: integrity constraint violation.
  if (typeof error.code !== 'string' || !error.code.startsWith('23')) return null
  return typeof error.constraint === 'string' ? error.constraint : null
}

/** Awaits a write and turns the violation of a known constraint into the refusal that belongs to it. */
export async function mapConstraints<T>(
  write: PromiseLike<T>,
  refusals: Readonly<Record<string, () => Error>>
): Promise<T> {
  try {
    return await write
  } catch (error) {
    const constraint = violatedConstraint(error)
    const refusal = constraint === null ? undefined : refusals[constraint]
    throw refusal ? refusal() : error
  }
}
