import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Command, connectDatabase } from '@evscallpro/core'
import { AmiLink } from '../link/ami-link.ts'
import { type SurveyScope, survey } from './survey.ts'

const loginLimitMs = 15_000
/** Agents that are looked at when nobody says which: enough to see whether accounts are read at all. */
const sampleOfAgents = 3

/** `evs check-asterisk`: exit code 0 when nothing is missing or dangerous, 1 when something is, 2 when it could not look. */
export const checkAsteriskCommand: Command = {
  summary: 'look at a PBX and say line by line what is right, missing or too much',
  usage:
    'check-asterisk [--host HOST] [--port PORT] [--tls] [--username NAME] [--secret-file FILE] [--trunk NAME …] [--extension NUMBER …]\n\n' +
    'Without options the PBX is the one that EVS_AMI_HOST, EVS_AMI_PORT, EVS_AMI_TLS, EVS_AMI_USERNAME and EVS_AMI_SECRET ' +
    '(or EVS_AMI_SECRET_FILE) name, as for the server. Trunks and a few extensions come from the database that DATABASE_URL ' +
    'names, or from --trunk and --extension. It calls nobody and changes nothing.',
  async run(args, { out, err }) {
    try {
      const { values } = parseArgs({
        args: [...args],
        options: {
          host: { type: 'string', default: process.env.EVS_AMI_HOST ?? '127.0.0.1' },
          port: { type: 'string', default: process.env.EVS_AMI_PORT ?? '5038' },
          tls: { type: 'boolean', default: process.env.EVS_AMI_TLS === 'on' },
          username: { type: 'string', default: process.env.EVS_AMI_USERNAME ?? 'evs' },
          'secret-file': { type: 'string' },
          trunk: { type: 'string', multiple: true, default: [] },
          extension: { type: 'string', multiple: true, default: [] }
        }
      })
      const { host, tls, username } = values
      const secret = await secretOf(values['secret-file'])
      const link = new AmiLink({
        host,
        port: Number(values.port),
        tls,
        username,
        secret,
        events: 'system,call,user'
      })
      try {
        await loggedIn(link)
        const given = { trunks: values.trunk, extensions: values.extension }
        const lines = await survey(link, await scopeOf(given))
        for (const { verdict, sentence } of lines) out(`${verdict.padEnd(8)} ${sentence}`)
        const bad = lines.filter(({ verdict }) => verdict === 'missing' || verdict === 'danger').length
        out(bad === 0 ? 'Nothing is missing.' : `To be mended: ${bad}.`)
        return bad === 0 ? 0 : 1
      } finally {
        await link.close()
      }
    } catch (error) {
      err(error instanceof Error ? error.message : String(error))
      return 2
    }
  }
}

async function secretOf(file: string | undefined): Promise<string> {
  const path = file ?? process.env.EVS_AMI_SECRET_FILE
  if (path !== undefined && path !== '') return (await readFile(path, 'utf8')).trim()
  const secret = process.env.EVS_AMI_SECRET
  if (secret) return secret
  throw new Error(
    "The account's secret is missing: put it into a file and give --secret-file, or set EVS_AMI_SECRET"
  )
}

/** The first attempt counts: a person waits for it, and a wrong secret does not get right. */
async function loggedIn(link: AmiLink): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    link.once('retry', ({ error }) => reject(error))
    const late = new Error(`No session with ${link.where} within ${loginLimitMs / 1000} s`)
    setTimeout(() => reject(late), loginLimitMs).unref()
  })
  link.start()
  await Promise.race([once(link, 'up'), failed])
}

async function scopeOf(given: SurveyScope): Promise<SurveyScope> {
  const url = process.env.DATABASE_URL
  if (!url) return given
  const db = connectDatabase(url, { poolMax: 1, applicationName: 'evs check-asterisk' })
  try {
    const lists: string[][] = await db('core.sites').orderBy('id').pluck('trunks')
    const agents: string[] = await db('core.users')
      .where({ active: true, role: 'agent' })
      .whereNotNull('extension')
      .orderBy('id')
      .limit(sampleOfAgents)
      .pluck('extension')
    return {
      trunks: given.trunks.length > 0 ? given.trunks : [...new Set(lists.flat())],
      extensions: given.extensions.length > 0 ? given.extensions : agents
    }
  } finally {
    await db.destroy()
  }
}
