// npm run embed-html: a plain page with our widgets, beside a server that npm start runs
import { runSource } from './run-ts.mjs'

runSource('examples/embed-html/src/main.ts', process.argv.slice(2))
