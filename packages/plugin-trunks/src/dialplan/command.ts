import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, connectDatabase } from '@evscallpro/core'
import { BadFolderError, DatabaseUrlMissingError } from '../errors.ts'
import { dialplanFiles } from './files.ts'
import { readDialplanData } from './sites.ts'

/** `evs trunks-dialplan DIR`: what the PBX must know of sites and trunks to work without the server. */
export const trunksDialplanCommand: Command = {
  summary: 'Write the ways out of all sites, emergency numbers and SIP trunks for the PBX',
  usage:
    'trunks-dialplan DIR\n\nThe database is the one DATABASE_URL names. Beside the files of asterisk-kit; then: dialplan reload, pjsip reload.',
  async run(args, io) {
    const [folder, ...more] = args
    if (folder === undefined || more.length > 0) throw new BadFolderError()
    const url = process.env.DATABASE_URL
    if (!url) throw new DatabaseUrlMissingError()
    const db = connectDatabase(url, { poolMax: 1, applicationName: 'evs trunks-dialplan' })
    try {
      const files = dialplanFiles(await readDialplanData(db))
      await mkdir(folder, { recursive: true })
      for (const { name, text } of files) {
        await writeFile(join(folder, name), text, { mode: 0o644 })
        io.out(`${name}: written`)
      }
      return 0
    } finally {
      await db.destroy()
    }
  }
}
