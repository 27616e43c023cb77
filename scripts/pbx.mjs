// npm run pbx: a real Asterisk on loopback
import { runSource } from './run-ts.mjs'

runSource('packages/asterisk-sandbox/src/cli.ts', process.argv.slice(2))
