// Lets Node run the sources: `node --import=…/scripts/typescript.mjs FILE.ts`. Types are blanked out (ts-blank-space), lines and
// columns stay. The result is kept by content, as loading the compiler and blanking 700 files takes seconds in each of the many
// processes of the tests and the demo.
import { register } from 'node:module'

register('./typescript-hooks.mjs', import.meta.url)
