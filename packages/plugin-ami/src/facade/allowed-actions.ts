/**
 * What integrators may ask by the emitter: looking, and acting on calls that run. Whatever can make a phone ring or
 * change where a running call goes is the telephony port's, behind the destination policy; a list of what is allowed,
 * because Asterisk grows new actions.
 */
const allowed: ReadonlySet<string> = new Set([
  'absolutetimeout',
  'bridgeinfo',
  'bridgelist',
  'confbridgelist',
  'coresettings',
  'coreshowchannels',
  'corestatus',
  'devicestatelist',
  'extensionstate',
  'extensionstatelist',
  'getvar',
  'hangup',
  'listcommands',
  'mailboxcount',
  'mailboxstatus',
  'mixmonitormute',
  'parkedcalls',
  'ping',
  'pjsipqualify',
  'pjsipshowaors',
  'pjsipshowcontacts',
  'pjsipshowendpoint',
  'pjsipshowendpoints',
  'playdtmf',
  'presencestate',
  'queuestatus',
  'queuesummary',
  'status'
])

/** Whether an action, named as its sender likes, may go by the emitter. */
export const isAllowedAction = (name: string): boolean => allowed.has(name.trim().toLowerCase())
