import type { Trunk } from '../trunk.ts'

/**
 * `pjsip_evs_trunks.conf`: the trunks that have an address. No REFER (a gateway that transfers hides the call from the
 * record) and no direct media (recording and listening need the sound here); OPTIONS often, so that a dead gateway is
 * known before the next call.
 */
export function pjsipTrunksFile(trunks: readonly Trunk[]): string {
  const head =
    '; Written by evs trunks-dialplan from the data of the server; write it anew instead of changing it, then: pjsip reload\n'
  return (
    head +
    trunks
      .filter(trunk => trunk.enabled && trunk.address !== null)
      .map(section)
      .join('')
  )
}

function section({ name, siteId, address, dtmfMode, label }: Trunk): string {
  return `
; ${label.replace(/[^\p{L}\p{N} _-]/gu, ' ')}
[${name}]
type = endpoint
context = from-trunk
disallow = all
allow = alaw,ulaw
aors = ${name}
identify_by = ip
dtmf_mode = ${dtmfMode}
direct_media = no
allow_transfer = no
rtp_symmetric = yes
rtp_timeout = 60
rtp_timeout_hold = 600
trust_id_outbound = yes
send_pai = yes
set_var = EVS_SITE=${siteId}
[${name}]
type = aor
contact = sip:${address}
qualify_frequency = 5
[${name}]
type = identify
endpoint = ${name}
match = ${address!.replace(/:\d+$/, '')}
`
}
