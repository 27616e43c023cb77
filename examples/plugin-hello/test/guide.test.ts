import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../../..')
const guide = 'docs/guides/write-a-plugin.md'

/** Each code block of the guide, with the file that the line before it names. */
function snippets(text: string): { file: string | undefined; code: string }[] {
  const blocks = text.matchAll(/(?:<!-- quote (\S+) -->\n)?```ts\n([\s\S]*?)\n```/g)
  return [...blocks].map(([, file, code]) => ({ file, code: code ?? '' }))
}

void t.test('every TypeScript snippet of the guide stands word for word in the file it names', async t => {
  const found = snippets(readFileSync(join(root, guide), 'utf8'))
  t.ok(found.length >= 10, 'the guide has its snippets')
  for (const { file, code } of found) {
    const [firstLine = ''] = code.trim().split('\n')
    if (file === undefined) t.fail(`a snippet names no file: ${firstLine}`)
    else t.ok(readFileSync(join(root, file), 'utf8').includes(`${code}\n`), `${file}: ${firstLine}`)
  }
})
