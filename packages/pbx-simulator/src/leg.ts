import { at, type Channel, type Signal } from './channel.ts'
import { dialplan } from './dialplan.ts'
import type { Pbx } from './pbx.ts'
import { sayHold } from './talk.ts'
import { Interruption, type Script } from './thread.ts'

/** Lets a leg run through the dialplan from `context`,`exten`; the leg ends with it. */
export function runDialplan(pbx: Pbx, channel: Channel, context: string, exten: string): void {
  channel.pbx = true
  channel.thread.start(dialplan(pbx, channel, context, exten), interruption => {
    const to = channel.redirectTo
    channel.redirectTo = undefined
    if (interruption?.reason === 'redirect' && to) return runDialplan(pbx, channel, to.context, to.exten)
    // AST_SOFTHANGUP_APPUNLOAD, 16: the PBX thread says this at its end, whoever ended the call
    const tech = channel.techCause === undefined ? '' : `TechCause: ${channel.techCause}\r\n`
    pbx.channelEvent('SoftHangupRequest', channel, `Cause: 16\r\n${tech}`)
    const { context: lastContext, exten: lastExten, priority } = channel
    if (interruption) channel.hangupHandler?.()
    at(channel, lastContext, lastExten, priority) // a handler is a Gosub: it returns to where the call stood
    pbx.end(channel, channel.cause)
  })
}

/** Lets an originated leg run one application and nothing else; it has no dialplan, so a Redirect ends it. */
export function runAlone(pbx: Pbx, channel: Channel, application: Script): void {
  channel.thread.start(application, () => pbx.end(channel, channel.cause))
}

/** What happens to a leg whose script is not reading it: keys are lost, a hang-up stops the script. */
export function unattended(pbx: Pbx, channel: Channel, signal: Signal): void {
  switch (signal.kind) {
    case 'hangup':
      pbx.farEndHungUp(channel, signal.cause, signal.techCause)
      break
    case 'kicked':
      channel.cause = signal.cause
      break
    case 'hold':
    case 'unhold':
      sayHold(pbx, channel, undefined, signal.kind)
      return
    default:
      return
  }
  if (channel.thread.alive) channel.thread.interrupt(new Interruption('hangup'))
  else pbx.end(channel, channel.cause)
}

/** AMI Redirect of one leg. */
export function redirect(pbx: Pbx, channel: Channel, context: string, exten: string): void {
  if (!channel.pbx) {
    pbx.signal(channel, { kind: 'kicked', cause: 0 })
    return
  }
  channel.redirectTo = { context, exten }
  channel.thread.interrupt(new Interruption('redirect'))
}
