import { createMockSession, type MockSession } from '@evscallpro/api-client'
import { boardRow, me, now } from './sample.ts'
import { type Scene, scenes } from './scenes.ts'

interface Provider extends HTMLElement {
  session: MockSession | null
}
interface Board extends HTMLElement {
  rowsDrawn: number
  updateComplete: Promise<boolean>
  requestUpdate(): void
}

/** What tests do to the page: `stage.show('call-bar talking')`. */
class Stage {
  session: MockSession = createMockSession({ now: () => now })
  readonly scenes = Object.keys(scenes)
  /** Breaches of the content security policy, and errors. */
  readonly violations: string[] = []

  constructor() {
    document.addEventListener('securitypolicyviolation', event => {
      this.violations.push(`${event.violatedDirective}: ${event.blockedURI || event.sample}`)
    })
    addEventListener('error', event => this.violations.push(event.message))
    addEventListener('unhandledrejection', event => this.violations.push(String(event.reason)))
  }

  /** Shows a scene alone, with a session of its own. */
  async show(name: string): Promise<void> {
    const scene = scenes[name]
    if (!scene) throw new Error(`No scene is named '${name}'`)
    this.#play(scene, document.querySelector('main')!)
    await this.settle()
  }

  /** Shows every scene whose first word is this, one under the other. */
  async showAll(element: string): Promise<void> {
    const main = document.querySelector('main')!
    main.replaceChildren()
    for (const [name, scene] of Object.entries(scenes)) {
      if (name.split(' ')[0] !== element) continue
      const box = document.createElement('section')
      const title = document.createElement('h2')
      title.textContent = name
      const place = document.createElement('div')
      box.append(title, place)
      main.append(box)
      this.#play(scene, place)
    }
    await this.settle()
  }

  /** Changes a tenth of the rows of a board at each tick and counts what it draws. */
  async boardWork(rows: number, ticks: number): Promise<object> {
    await this.show('live-board')
    const { mock } = this.session
    const element = document.querySelector('evs-live-board') as Board // defined by the kit
    const states = ['talking', 'ready', 'wrap_up', 'paused'] as const
    const floor = Array.from({ length: rows }, (_, i) => boardRow(i, [states[i % 4]!, i]))
    mock.putBoard(floor)
    await this.#batch()
    const before = element.rowsDrawn
    const times: number[] = []
    const changedPerTick = Math.ceil(rows / 10)
    for (let tick = 1; tick <= ticks; tick++) {
      mock.putBoard(
        Array.from({ length: changedPerTick }, (_, i) => {
          const at = (i * 10 + tick) % rows
          return { ...boardRow(at, [states[(at + tick) % 4]!, at]), revision: tick + 1 }
        })
      )
      await this.#batch()
      const start = performance.now()
      element.requestUpdate()
      await element.updateComplete
      times.push(performance.now() - start)
    }
    times.sort((a, b) => a - b)
    return {
      rows,
      changedPerTick,
      ticks,
      changed: changedPerTick * ticks,
      drawn: element.rowsDrawn - before,
      medianMs: Math.round(times[Math.floor(times.length / 2)]! * 10) / 10,
      slowestMs: Math.round(times.at(-1)! * 10) / 10
    }
  }

  /** Longer than the board gathers changes for. */
  async #batch(): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, 300))
    await this.settle()
  }

  #play(scene: Scene, place: Element): void {
    this.session = createMockSession({ now: () => now })
    const { mock } = this.session
    mock.setProfile({
      userId: 7,
      displayName: 'Sonia Marchand',
      role: 'supervisor',
      language: 'fr',
      siteId: 1,
      permissions: [
        'agent:work',
        'agents:watch',
        'agents:force',
        'calls:read',
        'calls:read-own',
        'quotas:read'
      ]
    })
    mock.setMe({ ...me, ...scene.me })
    scene.set?.(this.session)
    const provider = document.createElement('evs-provider') as Provider // defined by the kit
    provider.session = scene.alone ? null : this.session
    provider.setAttribute('no-default', '')
    provider.append(...fragments(scene.html))
    place.replaceChildren(provider)
    if (scene.click) void this.#click(provider, [scene.click].flat())
  }

  async #click(provider: Provider, selectors: readonly string[]): Promise<void> {
    for (const selector of selectors) {
      await new Promise(resolve => requestAnimationFrame(resolve))
      for (const part of provider.querySelectorAll('*'))
        part.shadowRoot?.querySelector<HTMLElement>(selector)?.click()
    }
  }

  /** What was changed is drawn. */
  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) await new Promise(resolve => requestAnimationFrame(resolve))
  }
}

/** Parsed by the script: under Trusted Types a string may not become innerHTML. */
function fragments(html: string): Node[] {
  const stack: Element[] = [document.createElement('div')]
  for (const [, close, tag, attributes, text] of html.matchAll(/<(\/?)([\w-]+)([^>]*)>|([^<]+)/g)) {
    const top = stack.at(-1)!
    if (text !== undefined) top.append(text)
    else if (close) stack.pop()
    else {
      const element = document.createElement(tag!)
      for (const [, name, value = ''] of attributes!.matchAll(/([\w-]+)(?:="([^"]*)")?/g))
        element.setAttribute(name!, value)
      top.append(element)
      stack.push(element)
    }
  }
  return [...stack[0]!.childNodes]
}

declare global {
  interface Window {
    stage: Stage
  }
}
window.stage = new Stage()
document.documentElement.dataset.ready = 'true'
