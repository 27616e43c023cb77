import type { CommandName } from '@evscallpro/api-client'
import type { Page } from 'playwright-core'

/** A command that a page gave, and how it ended. */
export interface Given {
  readonly name: CommandName
  /** From the press until it was acknowledged or refused, by the page's clock. */
  readonly ms: number
  /** null: acknowledged. */
  readonly refused: string | null
}

/** In the page: notes every command of its session. */
const script = `(() => {
  window.given = []
  const { commands } = document.querySelector('evs-provider').session
  for (const [name, give] of Object.entries(commands))
    commands[name] = async input => {
      const at = performance.now()
      const result = await give(input)
      given.push({ name, ms: Math.round(performance.now() - at), refused: result.ok ? null : result.code })
      return result
    }
})()`

/** From now on the page notes its commands, until it is loaded again. @returns a function that reads them. */
export async function noteCommands(page: Page): Promise<() => Promise<readonly Given[]>> {
  await page.evaluate(script)
  return () => page.evaluate<readonly Given[]>('given')
}
