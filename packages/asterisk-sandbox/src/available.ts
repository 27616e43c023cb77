import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { findMirror } from './mirror.ts'
import { findRoot, type RootOptions } from './root.ts'

/** Whether a real Asterisk can run on this machine; `reason` is a sentence that ends with what to do instead. */
export type Availability = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** The machine that is asked about; by default the one this runs on. */
export interface AvailabilityOptions extends RootOptions {
  readonly platform?: NodeJS.Platform | undefined
  readonly arch?: string | undefined
}

const instead = 'use the simulator (@evscallpro/pbx-simulator) or point the server at a PBX of yours'

/** Says whether the sandbox can be set up and started here, without downloading or starting anything. */
export async function available(options: AvailabilityOptions = {}): Promise<Availability> {
  const { env = process.env, platform = process.platform, arch = process.arch } = options
  if (platform !== 'linux') return no(`the real Asterisk needs Linux, this is ${platform}`)
  if (arch !== 'x64' && arch !== 'arm64') return no(`Asterisk is fetched for x64 and arm64, this is ${arch}`)
  if (await findRoot(options)) return { ok: true }
  for (const program of ['apt-get', 'dpkg-deb']) {
    if (!(await onPath(program, env.PATH ?? ''))) {
      return no(`${program} is missing, and the real Asterisk is taken from Debian's packages`)
    }
  }
  const mirror = await findMirror(env)
  return 'reason' in mirror ? no(mirror.reason) : { ok: true }
}

function no(why: string): Availability {
  return { ok: false, reason: `${why}: ${instead}` }
}

async function onPath(program: string, path: string): Promise<boolean> {
  for (const folder of path.split(delimiter)) {
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false
    )
    if (found) return true
  }
  return false
}
