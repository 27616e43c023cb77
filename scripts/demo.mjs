// npm run demo: a headless shift, played and checked
import { runSource } from './run-ts.mjs'

runSource('examples/reference-app/src/demo/cli.ts', process.argv.slice(2))
