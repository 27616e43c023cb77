// npm run pbx: a real Asterisk on loopback, with our dialplan on its central PBX.
import { runSource } from './run-ts.mjs'

const [verb, ...rest] = process.argv.slice(2)
const kit = verb === 'up' && !rest.includes('--overlay') ? ['--overlay', 'packages/plugin-ami/kit'] : []
runSource('packages/asterisk-sandbox/src/cli.ts', [...(verb === undefined ? [] : [verb]), ...rest, ...kit])
