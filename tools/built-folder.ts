import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Fills a folder that is not built from this `state` (a hash of its sources) yet. Aside, then moved in one step: several
 * test files and a server may want the same folder at the same time.
 */
export async function builtFolder(
  folder: string,
  state: string,
  fill: (aside: string) => Promise<void>
): Promise<string> {
  const stamp = join(folder, '.stamp')
  const isBuilt = (): boolean => existsSync(stamp) && readFileSync(stamp, 'utf8') === state
  if (isBuilt()) return folder
  const aside = `${folder}.${process.pid}`
  rmSync(aside, { recursive: true, force: true })
  mkdirSync(aside, { recursive: true })
  try {
    await fill(aside)
    writeFileSync(join(aside, '.stamp'), state)
    if (isBuilt()) return folder
    rmSync(folder, { recursive: true, force: true })
    renameSync(aside, folder)
  } catch (error) {
    // Another process moved the same in between: it is as good.
    if (!isBuilt()) throw error
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
  return folder
}
