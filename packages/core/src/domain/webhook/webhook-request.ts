import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { coreVersion } from '../../kernel/version.ts'
import { type AddressGuard, hostOf } from './address-guard.ts'
import type { AttemptResult } from './delivery-verdict.ts'

/** Of an answer's body so much is read, and thrown away. */
const maxAnswerBytes = 64 * 1024

/**
 * Sends one POST and tells what came of it; never rejects. Redirects are not followed. `signal` ends the attempt, its
 * reason says why.
 */
export function post(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  guard: AddressGuard,
  signal: AbortSignal
): Promise<AttemptResult> {
  return new Promise(resolve => {
    const fail = (error: Error): void =>
      resolve({ error: signal.aborted ? reasonOf(signal) : sentenceOf(error) })
    try {
      guard.checkHost(hostOf(url))
      const start = url.protocol === 'https:' ? requestHttps : requestHttp
      const sent = start(url, {
        method: 'POST',
        agent: false, // a connection of its own: none that the receiver has just closed
        lookup: guard.lookup,
        signal,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': `EVSCallPro/${coreVersion}`
        }
      })
      sent.on('error', fail)
      sent.on('response', answer => {
        let bytes = 0
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > maxAnswerBytes) answer.destroy()
        })
        answer.on('error', () => {}) // the status is known; how the body ends changes nothing
        answer.on('close', () => resolve({ status: answer.statusCode ?? 0 }))
      })
      sent.end(body)
    } catch (error) {
      fail(error instanceof Error ? error : new Error('the request could not be made'))
    }
  })
}

const reasonOf = ({ reason }: AbortSignal): string => (reason instanceof Error ? reason.message : 'ended')

/** Codes for what the network says; sentences of ours as they are. */
function sentenceOf(error: Error): string {
  if ('code' in error && error.code === 'EVS_ADDRESS_REFUSED') return error.message
  return 'code' in error ? String(error.code) : error.message.slice(0, 200)
}
