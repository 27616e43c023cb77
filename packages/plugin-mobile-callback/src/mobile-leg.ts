import type { AgentLeg, Route } from '@evscallpro/core'
import type { SiteSettings } from './site-settings.ts'

/** What is known of an agent whose mobile is to be called. */
export interface MobileOwner {
  readonly allowed: boolean
  /** E.164. */
  readonly number: string | null
  readonly verified: boolean
  readonly siteId: number | null
  /** Two letters; prompts are French unless they are English. */
  readonly language: string
}

const spoken = (language: string): string => (language === 'en' ? 'en' : 'fr')
const said = { answer: 'connecting', key: 'press-1', screen: 'screen' } as const

/** Sound file, without extension, that a person hears. */
export const promptOf = (settings: SiteSettings, language: string, name: string): string =>
  `${settings.prompts}/${spoken(language)}/${name}`

/** Why this agent cannot work on his mobile, with the mend; null: he can, if there is a way to it. */
export function refuseMobile({ allowed, number, verified, siteId }: MobileOwner): string | null {
  if (!allowed) return 'The mobile station is not enabled for you: ask your supervisor'
  if (number === null) return 'There is no mobile number in your profile: have it entered'
  if (siteId === null) return 'You belong to no site, and a site’s trunk calls your mobile: have one entered'
  if (!verified) return 'Your mobile number is not verified: have it called, and key the code on your screen'
  return null
}

/** Why this leg may not be taken for a person, with the mend; null: it may. */
export const refuseLeg = ({ accept, trunk, confirm }: AgentLeg): string | null =>
  accept === 'answer' && confirm && confirm.earlySeconds > 0
    ? `${trunk} answers before your mobile rings, and nobody would ask you: have your site accept by key, or on the screen`
    : null

/** The leg to an agent's mobile by a way out of his site; `earlySeconds` as that trunk answers. */
export const mobileLeg = (
  route: Route,
  settings: SiteSettings,
  { language, earlySeconds }: { readonly language: string; readonly earlySeconds: number }
): AgentLeg => ({
  station: 'mobile',
  dial: `PJSIP/${route.number}@${route.trunk}`,
  trunk: route.trunk,
  accept: settings.accept,
  ringSeconds: settings.ringSeconds,
  confirm: {
    prompt: promptOf(settings, language, said[settings.accept]),
    seconds: settings.acceptSeconds,
    earlySeconds
  },
  ...(route.callerId === null ? {} : { callerId: route.callerId }),
  attempts: settings.attempts,
  keepSeconds: settings.mode === 'per_call' ? settings.keepSeconds : 0
})
