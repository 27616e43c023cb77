/** What happens in one call of the shift, and what its row must say. */
export interface Scenario {
  readonly name: string
  /** Last four digits of the customer's number: how he behaves (the same on the simulator and on the sandbox). */
  readonly customer: string
  /** How the agent's phone takes this call; default: rings a second and answers. */
  readonly phone?: string
  /** `down`: the agent's site has only a trunk that nobody answers. */
  readonly site?: 'down'
  /** When the agent qualifies; `talking` also finalises, so that the server hangs both parties up. */
  readonly qualify: 'talking' | 'during' | 'after'
  readonly disposition: string
  readonly outcome: string
  readonly endedBy: string
}

/** In the order of the shift; the list begins again when it is used up. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'customer hangs up',
    customer: '1002',
    qualify: 'after',
    disposition: 'refusal',
    outcome: 'answered',
    endedBy: 'customer'
  },
  {
    name: 'agent finalises while talking',
    customer: '1101',
    qualify: 'talking',
    disposition: 'sale',
    outcome: 'answered',
    endedBy: 'server'
  },
  {
    name: 'customer busy',
    customer: '2001',
    qualify: 'after',
    disposition: 'busy',
    outcome: 'busy',
    endedBy: 'customer'
  },
  {
    name: 'no answer',
    customer: '2102',
    qualify: 'after',
    disposition: 'no_answer',
    outcome: 'no_answer',
    endedBy: 'customer'
  },
  {
    name: 'qualified during the call',
    customer: '1003',
    qualify: 'during',
    disposition: 'sale',
    outcome: 'answered',
    endedBy: 'customer'
  },
  {
    name: 'customer rejects',
    customer: '2301',
    qualify: 'after',
    disposition: 'refusal',
    outcome: 'rejected',
    endedBy: 'customer'
  },
  {
    name: 'number does not exist',
    customer: '2400',
    qualify: 'after',
    disposition: 'wrong_number',
    outcome: 'invalid_number',
    endedBy: 'customer'
  },
  {
    name: 'agent hangs up',
    customer: '1100',
    phone: 'answer:4',
    qualify: 'after',
    disposition: 'refusal',
    outcome: 'answered',
    endedBy: 'agent'
  },
  {
    name: 'trunk down',
    customer: '1002',
    site: 'down',
    qualify: 'after',
    disposition: 'technical',
    outcome: 'unreachable',
    endedBy: 'server'
  },
  {
    name: 'agent does not answer',
    customer: '1002',
    phone: 'ring',
    qualify: 'after',
    disposition: 'technical',
    outcome: 'agent_no_answer',
    endedBy: 'server'
  },
  {
    name: 'congestion on every route',
    customer: '2200',
    qualify: 'after',
    disposition: 'technical',
    outcome: 'congestion',
    endedBy: 'customer'
  },
  {
    name: 'agent rejects',
    customer: '1002',
    phone: 'reject',
    qualify: 'after',
    disposition: 'technical',
    outcome: 'agent_rejected',
    endedBy: 'agent'
  }
]

export const scenarioOf = (index: number): Scenario => scenarios[index % scenarios.length]!
