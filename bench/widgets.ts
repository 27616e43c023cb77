// Size of the elements and work of the board; ends with code 1 above a budget. npm run bench -- widgets --json
import { launchChromium, withoutChromium } from '../packages/widgets/test/chromium.ts'
import { openStage } from '../packages/widgets/test/stage-server.ts'
import { boardWork, budget, sizes } from './widgets/measure.ts'

const gzip = await sizes()
let board: Awaited<ReturnType<typeof boardWork>> | string
if (withoutChromium) board = withoutChromium
else {
  const stage = await openStage()
  const browser = await launchChromium()
  const page = await browser.newPage()
  await page.goto(stage.url)
  await page.waitForSelector('html[data-ready]', { state: 'attached' })
  board = await boardWork(page)
  await browser.close()
  await stage.close()
}
const over = (Object.keys(budget) as (keyof typeof budget)[]).filter(name => gzip[name] > budget[name])
const idle = typeof board === 'string' || board.drawn <= board.changed
if (process.argv.includes('--json')) console.log(JSON.stringify({ gzip, budget, board }))
else {
  for (const name of Object.keys(budget) as (keyof typeof budget)[])
    console.log(`${name}: ${gzip[name]} bytes gzip, budget ${budget[name]}`)
  console.log('both languages:', gzip.bothLanguages, '\nboard:', board)
}
for (const name of over) console.error(`${name} is above its budget by ${gzip[name] - budget[name]} bytes`)
if (!idle) console.error('the board draws rows that did not change')
process.exitCode = over.length > 0 || !idle ? 1 : 0
