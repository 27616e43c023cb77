import { type AgentLegStrategy, type Kernel, noExtension, refuseStation } from '@evscallpro/core'
import type { PbxEndpoints } from '@evscallpro/plugin-ami'
import type { Devices } from './devices.ts'
import { pickDevice } from './pick-device.ts'

/**
 * Rings the device that the agent has picked, or else registered last. An extension without an account of ours, such as
 * one written in the PBX's own files, is called as a whole: which device then rings is the PBX's choice.
 */
export function deviceLeg(
  kernel: Kernel,
  endpoints: PbxEndpoints,
  devices: Devices,
  ringSeconds: number
): AgentLegStrategy {
  const leg = (dial: string) => ({ station: 'extension', dial, accept: 'none', ringSeconds }) as const
  return {
    name: 'extension',
    async plan({ id, extension }) {
      if (!extension) return noExtension
      const account = await kernel
        .db('extensions.accounts')
        .where({ user_id: id })
        .first<{ number: string; enabled: boolean } | undefined>('number', 'enabled')
      if (account && account.number !== extension)
        return refuseStation(
          `Le poste est maintenant ${extension} et le compte SIP encore ${account.number} : un administrateur doit faire un nouveau mot de passe`,
          `The extension is ${extension} now and the SIP account still ${account.number}: an administrator has to make a new secret`
        )
      if (account?.enabled === false)
        return refuseStation(
          `Le compte SIP ${extension} est désactivé : un administrateur peut le réactiver`,
          `The SIP account ${extension} is disabled: an administrator can enable it`
        )
      // Without the link nothing rings anyway, and the request says so better.
      if (!account || !endpoints.isUp) return leg(`PJSIP/${extension}`)
      const registered = await devices.registered(extension)
      const device = pickDevice(registered, await devices.choice(id))
      if (device) return leg(`PJSIP/${extension}/${device.uri}`)
      return registered.length > 0
        ? refuseStation(
            `Le téléphone du poste ${extension} ne répond pas à l’autocommutateur : vérifiez son réseau ou son VPN`,
            `The phone registered under extension ${extension} does not answer the PBX: look at its network or VPN`
          )
        : refuseStation(
            `Aucun téléphone n’est enregistré sous le poste ${extension} : allumez-le et vérifiez ses réglages`,
            `No phone is registered under extension ${extension}: start it, and look at its settings`
          )
    }
  }
}
