// A second server on the same database: node second-process.ts URL CAMPAIGN SECONDS AGENT,AGENT… prints its load as JSON.
import { connectDatabase, coreDomain, createApp } from '@evscallpro/core'
import { quotas } from '@evscallpro/plugin-quotas'
import { Dispatcher } from '../../packages/core/src/domain/dispatch/dispatcher.ts'
import { load } from './measure.ts'

const [url, campaignId, seconds, agents] = process.argv.slice(2) as [string, string, string, string]
const db = connectDatabase(url)
const app = await createApp({ db, plugins: [coreDomain(), quotas()], logger: false })
await app.ready()
const floor = { app, dispatcher: new Dispatcher(app.kernel), agents: agents.split(',').map(Number) }
console.log(JSON.stringify(await load(floor, { id: Number(campaignId) }, Number(seconds), 0)))
await floor.dispatcher.close()
await app.close()
await db.destroy()
