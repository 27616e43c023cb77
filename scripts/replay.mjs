// npm run -s replay -- FILE…: reads journals and AMI logs again, one JSON line for each call
import { runSource } from './run-ts.mjs'

runSource('examples/reference-app/src/evs.ts', ['replay', ...process.argv.slice(2)])
