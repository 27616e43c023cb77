import type { Plugin } from 'rollup'
import { type MinifyOptions, minify } from 'terser'

/**
 * Names of properties by which only code of the same file calls itself: Lit's own between its modules, and some of ours. A name
 * that goes over the wire must not be among them.
 */
export const inner =
  /^(_\$.*|willUpdate|unconnected|refusal|answered|callButton|qualifyButton|timed|follow|runs|reads|beside|creationScope|renderBefore|startNode|endNode|openSocket|keypadFor|choosing|opened|degrade|watched|current|online|busy|refused|give|strings|ctor|parts|el)$/

const options: MinifyOptions = {
  module: true,
  ecma: 2020,
  // Values stay behind their names: written out they are shorter, but not once packed.
  compress: { ecma: 2020, passes: 3, inline: 1, reduce_vars: false, sequences: false, pure_getters: true },
  mangle: { properties: { regex: inner } }
}

/** Shortens a single file after esbuild has: names of the whole file by how often they stand in it. */
export const terse = (): Plugin => ({
  name: 'terse',
  async renderChunk(code) {
    const { code: short = code } = await minify(code, options)
    return { code: short, map: null }
  }
})
