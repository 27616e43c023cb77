import type { CallView } from '@evscallpro/api-client'
import type { barWords } from '../text/bar-words.ts'

type Key = keyof (typeof barWords)['en']
type Say = (key: Key, values?: Readonly<Record<string, string>>) => string

/** What is going on, what to know or do about it, and how the time is told aloud. */
export interface CallSentence {
  readonly word: string
  readonly hint: string
  readonly time: 'talkingFor' | 'ringingFor' | 'onHoldFor'
}

/** A call in flight in words; `say` knows who is called. */
export function callSentence(call: CallView, campaign: string, say: Say): CallSentence {
  const ringing = (word: string, hint: string): CallSentence => ({ word, hint, time: 'ringingFor' })
  const nth = call.attempt > 1 ? ` · ${say('nthTry', { n: String(call.attempt) })}` : ''
  const rings = say(call.station === 'mobile' ? 'mobileRings' : 'phoneRings')
  switch (call.state) {
    case 'requested':
      return ringing(say('requested'), campaign)
    case 'ringing_agent':
      return ringing(rings, say(call.accept === 'key' ? 'answerThenKey' : 'answerIt') + nth)
    case 'awaiting_acceptance':
      return ringing(
        rings,
        say(call.accept === 'key' ? 'pressKey' : call.accept === 'screen' ? 'acceptHere' : 'joining') + nth
      )
    case 'agent_accepted':
      return ringing(say('youAreOn'), say('customerIsNext'))
    case 'dialling_customer':
      return ringing(say('dialling'), say('customerIsNext'))
    case 'ringing_customer':
      return ringing(say('dialling'), say('rings'))
    case 'talking':
      if (call.held) return { word: say('onHold'), hint: say('hearsMusic'), time: 'onHoldFor' }
      return {
        word: say('talking'),
        hint: call.muted
          ? say('micIsOff')
          : [campaign, say(call.direction), call.recording === 'on' ? say('recording') : '']
              .filter(Boolean)
              .join(' · '),
        time: 'talkingFor'
      }
  }
}
