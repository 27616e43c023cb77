import { createHash, timingSafeEqual } from 'node:crypto'
import { type Account, parseEventMask } from '../accounts.ts'
import { header } from '../message.ts'
import type { Asking } from '../session.ts'
import type { ActionContext, ActionTable } from './registry.ts'

/** Asterisk sleeps before it refuses a login, ms. */
const REFUSAL_DELAY_MS = 1000

export const sessionActions: ActionTable = {
  challenge: {
    classes: [],
    run({ session, action, answer, refuse }, { pbx }) {
      if (header(action, 'AuthType').toUpperCase() !== 'MD5') return refuse('Must specify AuthType')
      session.challenge ||= String(pbx.random.between(100_000_000, 999_999_999))
      answer([['Challenge', session.challenge]])
    }
  },
  login: { classes: [], run: login },
  logoff: {
    classes: [],
    run({ session, action }) {
      const id = header(action, 'ActionID')
      session.delivery.send(
        `Response: Goodbye\r\n${id === '' ? '' : `ActionID: ${id}\r\n`}Message: Thanks for all the fish.\r\n\r\n`
      )
      session.end()
    }
  },
  ping: {
    classes: [],
    run({ answer }, { pbx }) {
      const us = Math.floor(pbx.clock.nowMs() * 1000)
      answer([
        ['Ping', 'Pong'],
        ['Timestamp', `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`]
      ])
    }
  },
  events: {
    classes: [],
    run({ session, action, answer, refuse }) {
      const mask = parseEventMask(header(action, 'EventMask'))
      if (!mask) return refuse('Invalid event mask')
      session.mask = mask
      answer([['Events', mask.size > 0 ? 'On' : 'Off']])
    }
  }
}

function login(asking: Asking, { pbx, accounts }: ActionContext): Promise<void> | void {
  const { session, action, ack, refuse } = asking
  if (session.account) return ack('Already authenticated')
  const account = accounts.find(candidate => candidate.username === header(action, 'Username'))
  if (!account || !authentic(account, asking)) {
    return new Promise(resolve => {
      pbx.clock.after(REFUSAL_DELAY_MS, () => {
        refuse('Authentication failed')
        session.end()
        resolve()
      })
    })
  }
  session.login(account, parseEventMask(header(action, 'Events')) ?? new Set())
  ack('Authentication accepted')
  if (!session.mask.has('system') || !session.permissions.read.has('system')) return
  const uptime = Math.floor((pbx.clock.nowMs() - pbx.bootMs) / 1000)
  session.delivery.send(
    `Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: ${uptime}\r\nLastReload: ${uptime}\r\nStatus: Fully Booted\r\n\r\n`
  )
}

function authentic(account: Account, { session, action }: Asking): boolean {
  if (header(action, 'AuthType').toUpperCase() !== 'MD5')
    return same(header(action, 'Secret'), account.secret)
  const key = createHash('md5')
    .update(session.challenge + account.secret)
    .digest('hex')
  return session.challenge !== '' && same(header(action, 'Key').toLowerCase(), key)
}

function same(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
