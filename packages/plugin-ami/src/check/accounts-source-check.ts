import { advice, type CheckLine, missing, ok } from './check-line.ts'
import { isOn, type PbxReader } from './pbx-reader.ts'

const objects = ['endpoint', 'auth', 'aor'] as const

/** Looks at where Asterisk gets the agents' SIP accounts from: the database's views, or files. */
export async function checkAccountsSource(reader: PbxReader): Promise<readonly CheckLine[]> {
  const drivers = await Promise.all(
    objects.map(object => reader.config('extconfig.conf', 'settings', `ps_${object}s`))
  )
  if (drivers.every(driver => driver === '')) {
    return [
      ok(
        "Agents' SIP accounts come from files (extconfig.conf names no ps_endpoints): 'evs extensions-file' writes one, and EVS_SIP_ACCOUNTS=file tells the server so"
      )
    ]
  }
  const lines: CheckLine[] = []
  objects.forEach((object, i) => {
    if (drivers[i] === '')
      lines.push(
        missing(`extconfig.conf does not name ps_${object}s: take the kit's agents-realtime/extconfig.conf`)
      )
  })
  for (const object of objects) {
    const cache = await reader.config('sorcery.conf', 'res_pjsip', `${object}/cache`)
    if (!cache.startsWith('memory_cache')) {
      lines.push(
        missing(
          `sorcery.conf keeps no ${object} in memory, so that agents are logged out while the database is away: take the kit's agents-realtime/sorcery.conf and restart Asterisk`
        )
      )
    } else if (/object_lifetime|full_backend_cache/.test(cache)) {
      lines.push(
        missing(
          `sorcery.conf has '${object}/cache = ${cache}': a lifetime drops what the database cannot confirm; take the kit's agents-realtime/sorcery.conf`
        )
      )
    }
  }
  if (lines.length === 0) lines.push(ok("Agents' SIP accounts come from the database and stay in memory"))
  return [...lines, ...(await checkGlobal(reader))]
}

/** What a stranger learns from a challenge, and whether known agents need the database after all. */
async function checkGlobal(reader: PbxReader): Promise<readonly CheckLine[]> {
  const realm = await reader.pjsip('global', 'global', 'default_realm')
  if (realm === '')
    return [advice('pjsip.conf has no section [global] by that name: its settings were not looked at')]
  const lines: CheckLine[] = []
  if (realm === 'asterisk') {
    lines.push(
      advice(
        "Unknown users are challenged with another realm than agents, so that accounts can be guessed: set 'default_realm = evs' in [global] of pjsip.conf"
      )
    )
  }
  if (!isOn(await reader.pjsip('global', 'global', 'disable_multi_domain'))) {
    lines.push(
      missing(
        "Each request asks the database for user@domain first, which no memory holds: set 'disable_multi_domain = yes' in [global] of pjsip.conf and restart Asterisk"
      )
    )
  }
  return lines
}
