import { parseArgs } from 'node:util'
import type { Command } from '@evscallpro/core'
import { callLine } from './call-line.ts'
import { diffWithHistory } from './history-diff.ts'
import { replayFiles } from './replay-files.ts'

/** `evs replay`: reads journals and AMI logs again and prints the calls, or compares them with the rows that stand. */
export const replayCommand: Command = {
  summary: 'Read a journal or an AMI log again, one JSON line for each call',
  usage: `replay [--pbx NAME] FILE…          print the calls; FILE is a segment, a journal's folder or an AMI log
       evs replay --diff [--write] FILE…  compare with call_history at DATABASE_URL; --write corrects the rows`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        pbx: { type: 'string', default: 'asterisk' },
        diff: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false }
      }
    })
    if (positionals.length === 0)
      throw new Error('no file: give a segment of a journal, its folder, or an AMI log')
    if (values.write && !values.diff)
      throw new Error('--write goes with --diff: look at the differences first')
    const calls = replayFiles(positionals, { pbx: values.pbx, onNotice: sentence => io.err(sentence) })
    if (values.diff) return diffWithHistory(calls, values.write, io)
    for await (const { pbx, record } of calls) io.out(JSON.stringify(callLine(pbx, record)))
    return 0
  }
}
