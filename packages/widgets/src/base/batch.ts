/** Gathers what comes quickly: `run` is called at once, and then at most every `ms`. */
export function batch(ms: number, run: () => void): { readonly soon: () => void; readonly stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | null = null
  let last = -Infinity
  const go = (): void => {
    timer = null
    last = performance.now()
    run()
  }
  return {
    soon() {
      timer ??= setTimeout(go, Math.max(0, last + ms - performance.now()))
    },
    stop() {
      if (timer) clearTimeout(timer)
      timer = null
    }
  }
}
