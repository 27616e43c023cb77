import { Type } from 'typebox'
import { NotFoundError } from '../../kernel/errors.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import type { CallControls } from './call-controls.ts'

const Id = Type.Object({ id: Type.String({ format: 'uuid' }) })
const Accepted = Type.Object({ callId: Type.String({ format: 'uuid' }) })

/** Orders without a body, with their path below the call. */
const orders = [
  ['hold', 'hold', 'holdCall', 'Put the customer on hold: he hears music, the agent silence'],
  ['resume', 'resume', 'resumeCall', 'Take the customer back from hold'],
  ['mute', 'mute', 'muteCall', 'The customer hears the agent no more; the agent still hears him'],
  ['unmute', 'unmute', 'unmuteCall', 'The customer hears the agent again'],
  ['accept', 'accept', 'acceptCall', 'Take the call that waits on your phone (accept: screen)'],
  ['pause_recording', 'recording/pause', 'pauseRecording', 'Stop recording, such as for a card number'],
  ['resume_recording', 'recording/resume', 'resumeRecording', 'Record again, into the same file']
] as const

/** What is done with a call in flight; `capabilities` of the call say what is possible now. */
export function registerCallControlRoutes(scope: PluginScope, controls: CallControls): void {
  for (const [kind, path, operationId, summary] of orders) {
    scope.post(
      `/calls/:id/${path}`,
      {
        config: { permission: 'agent:work' },
        schema: { operationId, summary, params: Id, response: { 202: Accepted } }
      },
      async ({ actor, params }, reply) => {
        await controls.order(actor, params.id, { kind })
        return reply.code(202).send({ callId: params.id })
      }
    )
  }

  scope.post(
    '/calls/:id/digits',
    {
      config: { permission: 'agent:work' },
      schema: {
        operationId: 'sendDigits',
        summary: "Press keys that the customer's side hears; answers when the last one is sent",
        params: Id,
        body: Type.Object({ digits: Type.String({ pattern: '^[0-9A-D*#]{1,32}$' }) }),
        response: { 202: Accepted }
      }
    },
    async ({ actor, params, body }, reply) => {
      await controls.order(actor, params.id, { kind: 'digits', digits: body.digits })
      return reply.code(202).send({ callId: params.id })
    }
  )

  scope.post(
    '/calls/:id/listen',
    {
      config: { permission: 'calls:listen' },
      schema: {
        operationId: 'listenToCall',
        summary: 'Ring my own extension and let me hear both parties; whisper: the agent alone hears me',
        params: Id,
        body: Type.Object({ mode: Type.Enum(['listen', 'whisper'], { default: 'listen' }) }),
        response: {
          202: Type.Object({
            callId: Type.String({ format: 'uuid' }),
            listenId: Type.String({ format: 'uuid' })
          })
        }
      }
    },
    async ({ actor, params, body }, reply) => {
      const listenId = await controls.listen(actor, params.id, body.mode)
      return reply.code(202).send({ callId: params.id, listenId })
    }
  )

  scope.delete(
    '/calls/:id/listen/:listenId',
    {
      config: { permission: 'calls:listen' },
      schema: {
        operationId: 'endListening',
        summary: 'Stop listening',
        params: Type.Object({ ...Id.properties, listenId: Type.String({ format: 'uuid' }) }),
        response: { 204: Type.Null() }
      }
    },
    async ({ params }, reply) => {
      if (!(await controls.endListening(params.listenId)))
        throw new NotFoundError('Nobody listens by this id any more.')
      return reply.code(204).send(null)
    }
  )
}
