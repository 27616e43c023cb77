/**
 * Versions in which any AMI account with `originate` can write files and so run programs as Asterisk's user:
 * CVE-2024-42365 (GHSA-c4cg-9275-6w44), fixed in 18.24.2, 20.9.2, 21.4.2 and certified 18.9-cert11, 20.7-cert2.
 */
const fixedIn: ReadonlyMap<number, readonly [minor: number, patch: number]> = new Map([
  [18, [24, 2]],
  [20, [9, 2]],
  [21, [4, 2]]
])
const certifiedFixedIn: ReadonlyMap<string, number> = new Map([
  ['18.9', 11],
  ['20.7', 2]
])
const oldestWithoutIt = 22

/** A sentence when this version has the hole, or cannot be judged; null when it has not. */
export function findOriginateHole(version: string): string | null {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?(?:-cert(\d+))?/.exec(version)
  if (!found) {
    return `Asterisk's version reads '${version.slice(0, 40)}' and cannot be compared with CVE-2024-42365: make sure it is 18.24.2, 20.9.2, 21.4.2 or newer`
  }
  const [, major = '', minor = '', patch = '0', certified] = found
  if (isSafe(Number(major), Number(minor), Number(patch), certified)) return null
  return `Asterisk ${found[0]} has CVE-2024-42365: whoever knows the secret of an AMI account with 'originate', ours included, can write files and run programs on the PBX as Asterisk's user; upgrade to 18.24.2, 20.9.2, 21.4.2, 22 or newer, and until then let only this server reach the AMI port`
}

function isSafe(major: number, minor: number, patch: number, certified: string | undefined): boolean {
  if (major >= oldestWithoutIt) return true
  if (certified !== undefined) {
    const from = certifiedFixedIn.get(`${major}.${minor}`)
    return from !== undefined && Number(certified) >= from
  }
  const fixed = fixedIn.get(major)
  return fixed !== undefined && (minor > fixed[0] || (minor === fixed[0] && patch >= fixed[1]))
}
