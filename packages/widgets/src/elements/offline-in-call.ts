import type { Session } from '@evscallpro/api-client'
import { html, type TemplateResult } from 'lit/html.js'
import { clockTime } from '../format/duration.ts'
import { icon } from '../style/icon.ts'

/** What stands under a call while the server is not reached; `say` puts the time into the sentence. */
export function offlineInCall(session: Session, say: (time: string) => string): TemplateResult {
  const { since } = session.connection.value
  return html`<div class="msg st-danger" role="status">${icon('linkoff')}<span>${say(clockTime(Date.now() - since))}</span></div>`
}
