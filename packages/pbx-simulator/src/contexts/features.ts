import { at, type Channel, variable } from '../channel.ts'
import { callIdOf } from '../dial.ts'
import type { Pbx } from '../pbx.ts'
import { recordingFile, startRecording, stopRecording } from './recording.ts'

/** Asterisk forgets a half-typed feature code after this pause (features.conf, featuredigittimeout). */
const FEATURE_DIGIT_TIMEOUT_MS = 1000

/**
 * The kit's dynamic features on the agent's leg: `**81` hold (any key ends it), `**82` stop and `**83` resume the
 * recording. Keys come from the phone or from PlayDTMF with `Receive: true`.
 */
export class FeatureCodes {
  readonly #pbx: Pbx
  readonly #agent: Channel
  readonly #customer: Channel
  #typed = ''
  #holding = false
  #cancel = (): void => {}

  constructor(pbx: Pbx, agent: Channel, customer: Channel) {
    this.#pbx = pbx
    this.#agent = agent
    this.#customer = customer
  }

  press(digit: string): void {
    this.#cancel()
    if (this.#holding) {
      this.#unhold()
      return
    }
    this.#typed = (this.#typed + digit).slice(-4)
    if (this.#typed === '**81') this.#hold()
    else if (this.#typed === '**82') this.#recording('pause')
    else if (this.#typed === '**83') this.#recording('resume')
    else {
      this.#cancel = this.#pbx.clock.after(FEATURE_DIGIT_TIMEOUT_MS, () => {
        this.#typed = ''
      })
      return
    }
    this.#typed = ''
  }

  close(): void {
    this.#cancel()
  }

  #hold(): void {
    this.#holding = true
    this.#pbx.channelEvent('MusicOnHoldStart', this.#customer, 'Class: default\r\n')
    this.#from('evs-hold', 's', 1, () => this.#say('EvsHold', 'hold'))
    if (this.#agent.recording) this.#from('evs-hold', 's', 2, () => stopRecording(this.#pbx, this.#agent))
  }

  #unhold(): void {
    this.#holding = false
    if (recordingFile(this.#agent) !== '') {
      this.#from('evs-hold', 's', 6, () => startRecording(this.#pbx, this.#agent))
    }
    this.#from('evs-hold', 's', 7, () => this.#say('EvsHold', 'unhold'))
    this.#pbx.channelEvent('MusicOnHoldStop', this.#customer)
  }

  #recording(what: 'pause' | 'resume'): void {
    if (what === 'pause') {
      this.#from('evs-rec', 'pause', 1, () => stopRecording(this.#pbx, this.#agent))
      this.#from('evs-rec', 'pause', 2, () => this.#say('EvsRecording', 'paused'))
    } else if (recordingFile(this.#agent) !== '') {
      this.#from('evs-rec', 'resume', 2, () => startRecording(this.#pbx, this.#agent))
      this.#from('evs-rec', 'resume', 3, () => this.#say('EvsRecording', 'recording'))
    }
  }

  #say(event: string, state: string): void {
    this.#pbx.userEvent(this.#agent, event, {
      CallId: variable(this.#agent, 'EVS_ID') || callIdOf(this.#agent),
      State: state
    })
  }

  /** Runs `step` as if the agent's channel stood at that place of the dialplan. */
  #from(context: string, exten: string, priority: number, step: () => void): void {
    const home = { context: this.#agent.context, exten: this.#agent.exten, priority: this.#agent.priority }
    at(this.#agent, context, exten, priority)
    step()
    at(this.#agent, home.context, home.exten, home.priority)
  }
}
