// npm run embed-crm: a server-rendered CRM with our widgets, beside a server that npm start runs
import { runSource } from './run-ts.mjs'

runSource('examples/embed-crm/src/main.ts', process.argv.slice(2))
