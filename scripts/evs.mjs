// npm run evs: commands of the installed plugins
import { runSource } from './run-ts.mjs'

runSource('examples/reference-app/src/evs.ts', process.argv.slice(2))
