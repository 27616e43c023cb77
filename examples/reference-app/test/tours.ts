import type { Page } from 'playwright-core'

/** The first button of this name. */
export const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first()
/** Resolves when this text is on the page. */
export const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor()

/** Goes to work, where he is not yet, and asks for a contact. */
export async function nextContact(page: Page): Promise<void> {
  const start = button(page, 'Start my shift')
  const next = button(page, 'Next contact')
  await start.or(next).first().waitFor()
  if (await start.isVisible()) await start.click()
  await next.click()
  await button(page, /^Call [\d+]/).waitFor()
}

/** Resolves when both parties talk, as the screen says it. */
export const talking = (page: Page) => page.locator('evs-call-bar').getByText('Talking').first().waitFor()

/** From the sign-in to a running call, by the mouse. */
export async function call(page: Page): Promise<void> {
  await nextContact(page)
  await button(page, /^Call [\d+]/).click()
  await button(page, /^Hang up/).waitFor()
  await talking(page)
}

/** Loads the page again during a call. @returns ms until the bar stands with its controls */
export async function reloadInCall(page: Page): Promise<number> {
  const before = Date.now()
  await page.reload({ waitUntil: 'commit' })
  await button(page, /^Hang up/).waitFor()
  return Date.now() - before
}

/** Chooses a disposition and finishes. */
export async function qualify(page: Page, finish: 'Finalise the call' | 'Save and finish'): Promise<void> {
  await page.locator('evs-wrap-up').getByText('Refusal').click()
  await button(page, finish).click()
  await button(page, 'Next contact').waitFor()
}

/** The whole of it by the mouse: next contact, call, hang up, qualify. */
export async function tourByMouse(page: Page): Promise<void> {
  await call(page)
  await says(page, /^Hélène Lefèvre/)
  await button(page, /^Hang up/).click()
  await qualify(page, 'Save and finish')
}

/** The same, from the start of the shift, without a mouse. */
export async function tourByKeyboard(page: Page): Promise<void> {
  /** Tab until the control that is wanted has the focus. */
  const reach = async (name: RegExp): Promise<void> => {
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('Tab')
      const here = await page.evaluate<string>(
        `(() => { let n = document.activeElement; while (n?.shadowRoot?.activeElement) n = n.shadowRoot.activeElement; return n ? (n.getAttribute('aria-label') || n.textContent || n.name || '').trim() : '' })()`
      )
      if (name.test(here)) return
    }
    throw new Error(`${String(name)} is not reached by Tab`)
  }
  const press = async (name: RegExp): Promise<void> => {
    await button(page, name).waitFor()
    await reach(name)
    await page.keyboard.press('Enter')
  }
  await press(/^Start my shift/)
  await press(/^Next contact/)
  await press(/^Call [\d+]/)
  await button(page, /^Hang up/).waitFor()
  await talking(page)
  await press(/^Hang up/)
  await button(page, 'Save and finish').waitFor()
  await reach(/^disposition/)
  await page.keyboard.press('2')
  await page.keyboard.press('Tab')
  await reach(/^Save and finish/)
  await page.keyboard.press('Enter')
  await button(page, 'Next contact').waitFor()
}
