import { header } from '../message.ts'
import type { Asking } from '../session.ts'
import { callActions } from './calls.ts'
import { labActions } from './lab.ts'
import type { ActionContext, ActionDefinition, ActionTable } from './registry.ts'
import { reportActions } from './reports.ts'
import { sessionActions } from './session.ts'
import { variableActions } from './variables.ts'

/** Real actions that are not played here, with the classes they need: refused by permission first, as on the real thing. */
const NOT_SIMULATED: Record<string, readonly string[]> = {
  command: ['command'],
  mixmonitor: ['system', 'call'],
  muteaudio: ['system'],
  moduleload: ['system'],
  reload: ['system', 'config'],
  updateconfig: ['config'],
  getconfig: ['system', 'config'],
  pjsipshowendpoints: ['system'],
  pjsipshowendpoint: ['system'],
  pjsipshowcontacts: ['system'],
  dialplanextensionadd: ['system'],
  blindtransfer: ['call'],
  atxfer: ['call'],
  bridge: ['call'],
  queuestatus: [],
  queuepause: ['agent'],
  userevent: ['user']
}

const ACTIONS: ActionTable = { ...sessionActions, ...callActions, ...variableActions, ...reportActions }
const BEFORE_LOGIN = new Set(['login', 'logoff', 'challenge'])

/** Runs one action the way manager.c does: its checks, their order and their words. */
export function dispatch(
  asking: Asking,
  context: ActionContext,
  shuttingDown: boolean
): Promise<void> | void {
  const action = header(asking.action, 'Action')
  if (action === '') return asking.refuse('Missing action in request')
  if (shuttingDown) return asking.refuse('Asterisk is shutting down')
  const name = action.toLowerCase()
  const { account, permissions } = asking.session
  if (!account && !BEFORE_LOGIN.has(name)) return asking.refuse('Permission denied')
  const definition: ActionDefinition | undefined =
    ACTIONS[name] ?? (account?.lab ? labActions[name] : undefined)
  const classes = definition?.classes ?? NOT_SIMULATED[name]
  if (!classes) {
    return asking.refuse(
      `Invalid/unknown command: ${action}. Use Action: ListCommands to show available commands.`
    )
  }
  if (classes.length > 0 && !classes.some(name => permissions.write.has(name)))
    return asking.refuse('Permission denied')
  if (!definition) return asking.refuse(`Not simulated: ${action}`)
  return definition.run(asking, context)
}
