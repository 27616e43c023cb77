import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where Chromium is: CHROME_PATH, else where the system's package puts it. */
export const chromiumPath: string | undefined =
  process.env.CHROME_PATH ?? places.find(path => existsSync(path))

/** For `tap`'s option `skip`: false, or what to install. In CI a missing browser is a failure. */
export const withoutChromium: string | false =
  chromiumPath !== undefined || process.env.CI === 'true'
    ? false
    : 'needs Chromium: install the package chromium of your system, or set CHROME_PATH'

/** A Chromium without a screen. Throws when there is none. */
export function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('Chromium is missing: apt-get install chromium')
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking'
    ]
  })
}
