import { AmiActionFailed } from '../errors.ts'
import type { AmiLink } from '../link/ami-link.ts'
import { header } from '../link/packet.ts'
import { findOriginateHole } from './asterisk-version.ts'

/** `missing`: calls cannot work. `danger`: the PBX is open to more than calls. `advice`: records get less exact. */
export interface Finding {
  readonly kind: 'missing' | 'danger' | 'advice'
  readonly sentence: string
}

export interface AccountCheck {
  /** As Asterisk says it, such as `22.10.1`; null when the account may not ask. */
  readonly asteriskVersion: string | null
  readonly findings: readonly Finding[]
}

const needed = [
  ['Originate', 'originate', 'missing', 'no call can be started'],
  ['Hangup', 'call', 'missing', 'no call can be ended'],
  ['CoreSettings', 'reporting', 'advice', 'what is up after a gap is seen with less detail']
] as const
const harmful = [
  ['ModuleLoad', 'system', "together with 'originate' it is a shell on the PBX"],
  ['Command', 'command', 'it runs any command of the console'],
  ['UpdateConfig', 'config', 'it changes any configuration file']
] as const

/** Asks Asterisk, over a session that is up, what it is and what this account may do. @throws AMI_LINK_DOWN, AMI_ACTION_TIMEOUT */
export async function checkAccount(actions: AmiLink): Promise<AccountCheck> {
  const findings: Finding[] = []
  const listed = await listedCommands(actions)
  const may = async (action: string): Promise<boolean> => listed?.has(action) ?? mayDo(actions, action)
  for (const [action, permission, kind, consequence] of needed) {
    if (await may(action)) continue
    findings.push({
      kind,
      sentence: `The AMI account lacks the write class '${permission}': ${consequence}; add it to 'write' of the account in manager.conf`
    })
  }
  for (const [action, permission, consequence] of harmful) {
    if (!(await may(action))) continue
    findings.push({
      kind: 'danger',
      sentence: `The AMI account has the write class '${permission}', which is not needed: ${consequence}; take it off 'write' of the account in manager.conf (call,originate,reporting are enough)`
    })
  }
  const asteriskVersion = await versionOf(actions)
  const hole = asteriskVersion === null ? null : findOriginateHole(asteriskVersion)
  if (hole !== null) findings.push({ kind: 'danger', sentence: hole })
  return { asteriskVersion, findings }
}

/** Asterisk lists what this account may do, and nothing else; null when it does not know the action. */
async function listedCommands(actions: AmiLink): Promise<Set<string> | null> {
  try {
    return new Set(Object.keys(await actions.action({ Action: 'ListCommands' })))
  } catch (error) {
    if (error instanceof AmiActionFailed) return null
    throw error
  }
}

/** Asks without the parameter it needs, so that nothing happens: permission is looked at first. */
async function mayDo(actions: AmiLink, action: string): Promise<boolean> {
  try {
    await actions.action({ Action: action })
    return true
  } catch (error) {
    if (!(error instanceof AmiActionFailed)) throw error
    return !/permission denied/i.test(error.message)
  }
}

async function versionOf(actions: AmiLink): Promise<string | null> {
  try {
    return header(await actions.action({ Action: 'CoreSettings' }), 'AsteriskVersion') ?? null
  } catch (error) {
    if (error instanceof AmiActionFailed) return null
    throw error
  }
}
