import { kitTemplates } from '../kit/asterisk-kit.ts'
import type { AmiLink } from '../link/ami-link.ts'
import { checkAccount } from './account-check.ts'
import { checkAccountsSource } from './accounts-source-check.ts'
import { type CheckLine, ok } from './check-line.ts'
import { checkDialplan } from './dialplan-check.ts'
import { checkAgent, checkTrunk } from './endpoint-check.ts'
import { PbxReader } from './pbx-reader.ts'

/** What shall be looked at besides the PBX itself. */
export interface SurveyScope {
  /** Names of trunks' endpoints. */
  readonly trunks: readonly string[]
  readonly extensions: readonly string[]
}

/**
 * Looks at all that the framework needs of an Asterisk, over a session that is up and gets events. It calls nobody and
 * changes nothing. @throws AMI_LINK_DOWN, AMI_ACTION_TIMEOUT
 */
export async function survey(link: AmiLink, scope: SurveyScope): Promise<readonly CheckLine[]> {
  const reader = new PbxReader(link)
  const { asteriskVersion, findings } = await checkAccount(link)
  const lines: CheckLine[] = []
  if (asteriskVersion !== null) lines.push(ok(`Asterisk ${asteriskVersion} answers`))
  lines.push(...findings.map(({ kind, sentence }) => ({ verdict: kind, sentence })))
  if (findings.length === 0) lines.push(ok('The AMI account may do what is needed, and no more'))
  if (findings.some(({ kind }) => kind === 'missing')) return lines
  lines.push(...(await checkDialplan(link, reader, kitTemplates)))
  lines.push(...(await checkAccountsSource(reader)))
  for (const trunk of scope.trunks) lines.push(...(await checkTrunk(reader, trunk)))
  for (const extension of scope.extensions) lines.push(...(await checkAgent(reader, extension)))
  return lines
}
