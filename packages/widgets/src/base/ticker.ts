import { Listeners } from '@evscallpro/api-client'

const listeners = new Listeners()
let timer: ReturnType<typeof setTimeout> | null = null

/** Calls `listener` once a second, all of them together; one timer serves the page, and none when nobody listens. */
export function everySecond(listener: () => void): () => void {
  const end = listeners.add(listener)
  schedule()
  return () => {
    end()
    if (listeners.size > 0 || timer === null) return
    clearTimeout(timer)
    timer = null
  }
}

function schedule(): void {
  // To the next whole second, so that figures of several elements change together and none is skipped.
  timer ??= setTimeout(tick, 1000 - (Date.now() % 1000))
}

function tick(): void {
  timer = null
  listeners.tell()
  if (listeners.size > 0) schedule()
}
