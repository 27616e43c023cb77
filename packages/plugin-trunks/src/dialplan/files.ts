import { pjsipTrunksFile } from './pjsip-file.ts'
import type { DialplanData } from './sites.ts'
import { sitesFile } from './sites-file.ts'

/** A file for the PBX's configuration folder. */
export interface DialplanFile {
  readonly name: string
  readonly text: string
}

/** All files that are made from the server's data, beside those of `evs asterisk-kit`. Pure. */
export const dialplanFiles = (data: DialplanData): readonly DialplanFile[] => [
  { name: 'outbound_evs_sites.conf', text: sitesFile(data) },
  { name: 'pjsip_evs_trunks.conf', text: pjsipTrunksFile(data.trunks) }
]
