import { parseArgs } from 'node:util'
import type { Command } from '@evscallpro/core'
import { writeAsteriskKit } from './asterisk-kit.ts'

/** `evs asterisk-kit DIR`: everything a PBX needs to work with the framework. */
export const asteriskKitCommand: Command = {
  summary: 'write the dialplan, SIP timers and AMI account for a PBX',
  usage: 'asterisk-kit DIR [--permit ADDRESS/MASK] [--recordings PATH] [--overwrite]',
  async run(args, { out, err }) {
    try {
      const { values, positionals } = parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
          permit: { type: 'string', default: '127.0.0.1/255.255.255.255' },
          recordings: { type: 'string', default: '/var/spool/asterisk/monitor' },
          overwrite: { type: 'boolean', default: false }
        }
      })
      const [folder, ...more] = positionals
      if (folder === undefined || more.length > 0)
        throw new Error('give one folder to write to: asterisk-kit DIR')
      const { permit, recordings, overwrite } = values
      const results = await writeAsteriskKit(folder, { permit, recordings }, overwrite)
      for (const { name, result } of results) {
        out(`${name}: ${result === 'kept' ? 'kept as it is (it differs; --overwrite replaces it)' : result}`)
      }
      for (const line of steps) out(line)
      return 0
    } catch (error) {
      err(error instanceof Error ? error.message : String(error))
      return 2
    }
  }
}

const steps = [
  '',
  'On the PBX, with these files beside its own:',
  '  extensions.conf   #include extensions_evs.conf',
  '  features.conf     at its end:   #include features_evs.conf',
  '  pjsip.conf        #include pjsip_evs.conf',
  '  manager.conf      in [general]: enabled = yes, timestampevents = yes, channelvars = EVS_CALL_ID,EVS_LEG',
  '                    at its end:   #include manager_evs.conf',
  'Then restart Asterisk (the SIP timers are read at start only) and give the server the account of manager_evs.conf.'
]
