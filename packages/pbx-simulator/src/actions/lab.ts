import type { TrunkState } from '../endpoints.ts'
import { header } from '../message.ts'
import type { Asking } from '../session.ts'
import { registerPhone, setBehaviour, setTrunk } from '../world.ts'
import type { ActionTable } from './registry.ts'
import { idLine } from './reports.ts'

/** Actions a real Asterisk does not have: how a simulator that runs as its own process is steered. Lab accounts only. */
export const labActions: ActionTable = {
  simphone: {
    classes: [],
    run(asking, { pbx }) {
      const behaviour = header(asking.action, 'Behaviour')
      const registered = header(asking.action, 'Registered')
      guarded(asking, () => {
        const phone = header(asking.action, 'Phone')
        if (behaviour !== '') setBehaviour(pbx, phone, behaviour)
        if (registered !== '') registerPhone(pbx, phone, registered === 'yes')
        if (behaviour === '' && registered === '')
          throw new TypeError('SimPhone needs Behaviour or Registered: yes|no')
      })
    }
  },
  simtrunk: {
    classes: [],
    run(asking, { pbx }) {
      guarded(asking, () => {
        const state = header(asking.action, 'State')
        if (!['up', 'down', 'silent'].includes(state)) {
          throw new TypeError(`SimTrunk: State is "${state}", use up, down or silent`)
        }
        setTrunk(pbx, header(asking.action, 'Trunk'), state as TrunkState) // checked by the line above
      })
    }
  },
  simcdr: {
    classes: [],
    run(asking, { pbx }) {
      const rows = pbx.cdrRows.map(row => `${idLine(asking)}Row: ${JSON.stringify(row)}\r\n`)
      asking.list('CDR rows will follow', 'SimCdrRow', rows, 'SimCdrComplete')
    }
  },
  simcall: {
    classes: [],
    run(asking, { pbx }) {
      const channel = pbx.find(header(asking.action, 'Channel'))
      const keys = header(asking.action, 'Press')
      if (!channel?.farEnd) return asking.refuse('No such channel')
      for (const key of keys) channel.farEnd.press(key)
      if (keys === '') channel.farEnd.hangup()
      asking.ack('Done')
    }
  }
}

function guarded(asking: Asking, change: () => void): void {
  try {
    change()
    asking.ack('Done')
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    asking.refuse(error.message)
  }
}
