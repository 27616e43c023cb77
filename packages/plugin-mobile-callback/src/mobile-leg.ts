import { type AgentLeg, type Route, refuseStation, type StationRefusal } from '@evscallpro/core'
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
export function refuseMobile({ allowed, number, verified, siteId }: MobileOwner): StationRefusal | null {
  if (!allowed)
    return refuseStation(
      'Le travail sur mobile ne vous est pas ouvert : demandez à votre superviseur',
      'The mobile station is not enabled for you: ask your supervisor'
    )
  if (number === null)
    return refuseStation(
      'Aucun numéro de mobile dans votre profil : faites-le inscrire',
      'There is no mobile number in your profile: have it entered'
    )
  if (siteId === null)
    return refuseStation(
      'Vous n’êtes d’aucun site, et c’est le trunk d’un site qui appelle votre mobile : faites-en inscrire un',
      'You belong to no site, and a site’s trunk calls your mobile: have one entered'
    )
  if (!verified)
    return refuseStation(
      'Votre numéro de mobile n’est pas vérifié : faites-le appeler et tapez-y le code de votre écran',
      'Your mobile number is not verified: have it called, and key the code on your screen'
    )
  return null
}

/** Why this leg may not be taken for a person, with the mend; null: it may. */
export const refuseLeg = ({ accept, trunk, confirm }: AgentLeg): StationRefusal | null =>
  accept === 'answer' && confirm && confirm.earlySeconds > 0
    ? refuseStation(
        `${trunk} décroche avant que votre mobile ne sonne, et personne ne vous demanderait rien : votre site doit faire accepter par une touche ou à l’écran`,
        `${trunk} answers before your mobile rings, and nobody would ask you: have your site accept by key, or on the screen`
      )
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
