import { parseArgs } from 'node:util'
import type { Command } from '@evscallpro/core'
import { writeAsteriskKit } from './asterisk-kit.ts'

/** `evs asterisk-kit DIR`: everything a PBX needs to work with the framework. */
export const asteriskKitCommand: Command = {
  summary: "write dialplan, AMI account, sources of agents and a gateway's settings for a PBX",
  usage:
    'asterisk-kit DIR [--permit ADDRESS/MASK] [--recordings PATH] [--asterisk PATH] [--database-host HOST|FOLDER] ' +
    '[--database-port PORT] [--database-name NAME] [--database-role NAME] [--overwrite]\n\n' +
    'PATH of --asterisk is the program on the PBX; the database is the one with the agents as the PBX reaches it.',
  async run(args, { out, err }) {
    try {
      const { values, positionals } = parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
          permit: { type: 'string', default: '127.0.0.1/255.255.255.255' },
          recordings: { type: 'string', default: '/var/spool/asterisk/monitor' },
          asterisk: { type: 'string', default: '/usr/sbin/asterisk' },
          'database-host': { type: 'string', default: '/var/run/postgresql' },
          'database-port': { type: 'string', default: '5432' },
          'database-name': { type: 'string', default: 'evscallpro' },
          'database-role': { type: 'string', default: 'asterisk' },
          overwrite: { type: 'boolean', default: false }
        }
      })
      const [folder, ...more] = positionals
      if (folder === undefined || more.length > 0)
        throw new Error('give one folder to write to: asterisk-kit DIR')
      const { permit, recordings, asterisk, overwrite } = values
      const database = {
        host: values['database-host'],
        port: Number(values['database-port']),
        name: values['database-name'],
        role: values['database-role']
      }
      const results = await writeAsteriskKit(folder, { permit, recordings, asterisk, database }, overwrite)
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
  '  pjsip.conf        in [global]: default_realm = evs, default_auth_algorithms_uas = MD5, disable_multi_domain = yes',
  '                    at its end:   #include pjsip_evs.conf',
  '  sounds/evs        into the folder of sounds, such as /var/lib/asterisk/sounds/evs',
  '  manager.conf      in [general]: enabled = yes, timestampevents = yes, channelvars = EVS_CALL_ID,EVS_LEG',
  '                    at its end:   #include manager_evs.conf',
  "Agents' SIP accounts from the database: run agents-realtime/role.sql in it, write the role's password into",
  '  agents-realtime/res_pgsql.conf unless it is reached by a socket, and copy the three files beside the others. Where the',
  '  PBX cannot reach the database, take the file of evs extensions-file instead.',
  'Each gateway: gateway/yeastar-trunk.txt.',
  'Then restart Asterisk (SIP timers and sources of accounts are read at start only), give the server the account of',
  'manager_evs.conf, and look at the result: evs check-asterisk --host PBX --secret-file FILE'
]
