import { createCrm } from './crm.ts'
import { demoCallCentre } from './demo-call-centre.ts'

const port = Number(process.env.CRM_PORT ?? 3100)
try {
  const crm = await createCrm(await demoCallCentre(`http://127.0.0.1:${port}`))
  console.log(`GestiPro: ${await crm.listen({ host: '127.0.0.1', port })}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
