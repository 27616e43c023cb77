// A process of its own that starts a server, says so in one line of JSON, and stays until its input ends.
import { EmbeddedPostgresError, startEmbeddedPostgres } from '@evscallpro/embedded-postgres'

const steps: string[] = []
try {
  const options = JSON.parse(process.argv[2] ?? '')
  const server = await startEmbeddedPostgres({ ...options, onProgress: step => steps.push(step) })
  const { pid, url, attached, version } = server
  console.log(JSON.stringify({ pid, url, attached, version, steps }))
  for await (const word of process.stdin) {
    if (String(word).trim() !== 'stop') continue
    await server.stop()
    break
  }
} catch (error) {
  if (!(error instanceof EmbeddedPostgresError)) throw error
  console.log(JSON.stringify({ code: error.code, message: error.message, steps }))
}
