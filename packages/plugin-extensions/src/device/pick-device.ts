/** A registered device, as far as the choice goes. */
export interface Candidate {
  readonly id: string
  readonly userAgent: string
  readonly status: 'reachable' | 'unreachable' | 'unknown'
}

/** The device that an agent has picked: by its registration, and should that be another one now, by what it is. */
export interface Choice {
  readonly contactId: string
  readonly userAgent: string
}

/**
 * The device that rings: the one picked while it can be reached, else the one that registered last. `devices` come with
 * the last registered first. Null when none can ring.
 */
export function pickDevice<D extends Candidate>(devices: readonly D[], choice: Choice | null): D | null {
  const usable = devices.filter(({ status }) => status !== 'unreachable')
  if (choice) {
    const same = usable.find(({ id }) => id === choice.contactId)
    if (same) return same
    // After a restart of his phone, or of the router before it, the device registers from another port.
    const alike = usable.filter(({ userAgent }) => userAgent !== '' && userAgent === choice.userAgent)
    if (alike.length === 1) return alike[0]!
  }
  return usable[0] ?? null
}
