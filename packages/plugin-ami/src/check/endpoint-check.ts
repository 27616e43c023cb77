import { advice, type CheckLine, missing, ok } from './check-line.ts'
import { isOn, type PbxReader } from './pbx-reader.ts'

/** One trunk: there, reachable, and set as records and listening need it. */
export async function checkTrunk(reader: PbxReader, trunk: string): Promise<readonly CheckLine[]> {
  const at = `Trunk ${trunk}`
  if ((await reader.pjsip('endpoint', trunk, 'context')) === '') {
    return [missing(`${at} is no endpoint of pjsip.conf: write it there, or correct the site's trunks`)]
  }
  const lines: CheckLine[] = []
  const state = await reader.value(`DEVICE_STATE(PJSIP/${trunk})`)
  if (state === 'UNAVAILABLE' || state === 'INVALID') {
    lines.push(missing(`${at} does not answer (${state}): look at the gateway, its address and the VPN`))
  }
  if (!trunk.startsWith('trunk-')) {
    lines.push(
      missing(`${at} does not begin with 'trunk-': the record takes it for a phone; rename the endpoint`)
    )
  }
  if (isOn(await reader.pjsip('endpoint', trunk, 'direct_media')))
    lines.push(
      missing(`${at} has direct media on: calls cannot be recorded or listened to; set 'direct_media = no'`)
    )
  if (isOn(await reader.pjsip('endpoint', trunk, 'allow_transfer')))
    lines.push(
      advice(`${at} lets the gateway transfer by REFER, which hides calls: set 'allow_transfer = no'`)
    )
  lines.push(...(await checkSilence(reader, trunk, at)))
  return lines.length > 0 ? lines : [ok(`${at} answers and is set as it should be`)]
}

/** One agent's extension: there, with our context and a way to log in. */
export async function checkAgent(reader: PbxReader, extension: string): Promise<readonly CheckLine[]> {
  const at = `Extension ${extension}`
  const context = await reader.pjsip('endpoint', extension, 'context')
  if (context === '') {
    return [
      missing(
        `${at} is unknown to Asterisk: create its SIP account, and where the views are used look at res_pgsql.conf and role.sql (asterisk -rx "realtime show pgsql status")`
      )
    ]
  }
  const lines: CheckLine[] = []
  if (context !== 'evs-outbound') {
    lines.push(
      advice(
        `${at} dials by hand through '${context}' and not 'evs-outbound': trunks, number classes and emergency numbers of its site do not hold there`
      )
    )
  }
  lines.push(...(await checkSilence(reader, extension, at)))
  const contacts = (await reader.value(`PJSIP_AOR(${extension},contact)`)).split(',').filter(Boolean).length
  lines.push(
    contacts > 0
      ? ok(`${at} is known, ${contacts} registered`)
      : advice(`${at} is known, and no phone is registered under it now`)
  )
  return lines
}

/** Without `rtp_timeout` a phone or gateway that vanishes leaves its call up for ever; without the twin a held one is cut. */
async function checkSilence(reader: PbxReader, id: string, at: string): Promise<readonly CheckLine[]> {
  const timeout = Number(await reader.pjsip('endpoint', id, 'rtp_timeout'))
  const held = Number(await reader.pjsip('endpoint', id, 'rtp_timeout_hold'))
  if (!timeout)
    return [
      missing(`${at} has no rtp_timeout: a call whose other side vanishes never ends; set 30 to 60 (seconds)`)
    ]
  if (timeout < 15 || timeout > 120)
    return [advice(`${at} has rtp_timeout = ${timeout}: 30 to 60 seconds are usual`)]
  if (!held || held < timeout) {
    return [
      missing(
        `${at} has rtp_timeout = ${timeout} but no longer rtp_timeout_hold: set 600, so that held calls have a limit of their own`
      )
    ]
  }
  return []
}
