import { demoCallCentre } from '@evscallpro/embed-crm'
import { createPlainPage } from './plain-page.ts'

const port = Number(process.env.PORT ?? 3200)
try {
  const callCentre = await demoCallCentre(`http://127.0.0.1:${port}`)
  const page = createPlainPage(callCentre, process.env.EVS_AGENT ?? 'agent1')
  console.log(`The page: ${await page.listen({ host: '127.0.0.1', port })}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
