// Pictures of every element in its main states, in French and English, light and dark: node … tools/element-shots.ts FOLDER [PREFIX]
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launchChromium } from '../packages/widgets/test/chromium.ts'
import { openStage } from '../packages/widgets/test/stage-server.ts'

const [folder, only = ''] = process.argv.slice(2)
if (!folder) {
  console.error('Name a folder for the pictures')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })
const stage = await openStage()
const browser = await launchChromium()
const looks = (['fr', 'en'] as const).flatMap(lang =>
  (['light', 'dark'] as const).map(theme => ({ lang, theme }))
)
for (const { lang, theme } of looks) {
  for (const width of [1200, 390]) {
    const page = await browser.newPage({
      viewport: { width, height: 900 },
      locale: lang,
      timezoneId: 'Europe/Paris'
    })
    await page.goto(`${stage.url}?lang=${lang}&theme=${theme}`)
    await page.waitForSelector('html[data-ready]', { state: 'attached' })
    const names = (await page.evaluate('stage.scenes')) as string[] // an array of strings, see stage.ts
    for (const element of new Set(names.map(name => name.split(' ')[0]!))) {
      if (!element.startsWith(only)) continue
      await page.evaluate(`stage.showAll('${element}')`)
      await page.screenshot({
        path: join(folder, `${element}-${width}-${lang}-${theme}.png`),
        fullPage: true
      })
    }
    await page.close()
  }
}
await browser.close()
await stage.close()
