import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { segmentName, segmentNumber } from './place.ts'

/** Numbers of the segments in a folder, ascending. */
export async function segmentsIn(folder: string): Promise<number[]> {
  const files = await readdir(folder)
  return files
    .map(segmentNumber)
    .filter(number => number !== undefined)
    .sort((a, b) => a - b)
}

/**
 * The id of the journal in a folder, made when there is none.
 * @throws Error when the folder holds the journal of another PBX, or a file of ours that cannot be read
 */
export async function journalId(folder: string, pbx: string): Promise<string> {
  const path = join(folder, 'journal.json')
  const fresh = { id: randomUUID(), pbx }
  const draft = `${path}.${fresh.id}`
  await writeFile(draft, JSON.stringify(fresh), { flag: 'wx', mode: 0o600 })
  // It appears whole or not at all; a second process at the same moment finds it and takes its id.
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  const found: unknown = JSON.parse(await readFile(path, 'utf8'))
  if (typeof found !== 'object' || found === null || !('id' in found) || typeof found.id !== 'string') {
    throw new Error('journal.json in the journal folder holds no id: delete the folder, or give another')
  }
  if (!('pbx' in found) || found.pbx !== pbx) {
    throw new Error(
      `The journal folder belongs to another PBX than ${pbx}: give each PBX a folder of its own`
    )
  }
  return found.id
}

/** Deletes segments before `neededFrom` that were last written before `oldestMs`. */
export async function deleteOldSegments(folder: string, neededFrom: number, oldestMs: number): Promise<void> {
  for (const segment of await segmentsIn(folder)) {
    if (segment >= neededFrom) return
    const path = join(folder, segmentName(segment))
    if ((await stat(path)).mtimeMs < oldestMs) await rm(path, { force: true })
  }
}
