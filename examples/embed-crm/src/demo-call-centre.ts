import { existsSync, readFileSync } from 'node:fs'
import type { CallCentre } from './call-centre.ts'
import { connectCrm } from './connect.ts'

const accounts = '.evscallpro/demo-accounts.json'

/**
 * The call centre of an example: EVS_URL and EVS_API_KEY when they are set, else the demo that `npm start` made, to which
 * its administrator connects the example.
 * @throws a sentence that says what to set or to start.
 */
export async function demoCallCentre(origin: string): Promise<CallCentre> {
  const url = process.env.EVS_URL ?? 'http://127.0.0.1:3000'
  if (process.env.EVS_API_KEY) return { url, apiKey: process.env.EVS_API_KEY }
  if (!existsSync(accounts))
    throw new Error(`Set EVS_API_KEY, or run npm start first: there is no ${accounts}`)
  const list = JSON.parse(readFileSync(accounts, 'utf8')) as {
    role: string
    login: string
    password: string
  }[]
  const admin = list.find(({ role }) => role === 'admin')
  if (!admin) throw new Error(`${accounts} names no administrator: set EVS_API_KEY`)
  return { url, apiKey: await connectCrm(url, admin, origin) }
}
