import { readFile, rename, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Command, connectDatabase } from '@evscallpro/core'
import { DatabaseUrlMissingError } from './errors.ts'
import { pjsipFile } from './pjsip-file.ts'

/** `evs extensions-file [PATH]`: exit code 0; 3 when PATH was written and is not what it was, so that a script knows to reload. */
export const extensionsFileCommand: Command = {
  summary: "Write agents' SIP accounts as a file for an Asterisk that cannot reach the database",
  usage:
    'extensions-file [--md5-cred] [PATH]\n\nWithout PATH the file goes to standard output. --md5-cred: for Asterisk before 20.12, 21.7 and 22.2. Exit code 3: PATH has changed, so ' +
    'Asterisk has to reload it (asterisk -rx "pjsip reload").\nThe database is the one DATABASE_URL names.',
  async run(args, { out }) {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { 'md5-cred': { type: 'boolean', default: false } }
    })
    const [path] = positionals
    const url = process.env.DATABASE_URL
    if (!url) throw new DatabaseUrlMissingError()
    const db = connectDatabase(url, { poolMax: 1, applicationName: 'evs extensions-file' })
    try {
      const text = await pjsipFile(db, { md5Cred: values['md5-cred'] })
      if (path === undefined) {
        out(text)
        return 0
      }
      if ((await readFile(path, 'utf8').catch(() => null)) === text) return 0
      await writeFile(`${path}.new`, text, { mode: 0o640 })
      await rename(`${path}.new`, path)
      out(`${path}: written; now on the PBX: asterisk -rx "pjsip reload"`)
      return 3
    } finally {
      await db.destroy()
    }
  }
}
