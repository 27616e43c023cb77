import { css } from '../base/sheet.ts'

/** One class sets --s; everything else reads it. */
export const stateColour = css`
.st-offline { --s: var(--e-state-offline); }
.st-ready { --s: var(--e-state-ready); }
.st-reserved { --s: var(--e-state-reserved); }
.st-ringing_agent { --s: var(--e-state-ringing-agent); }
.st-agent_accepted { --s: var(--e-state-agent-accepted); }
.st-dialling_customer { --s: var(--e-state-dialling-customer); }
.st-talking { --s: var(--e-state-talking); }
.st-hold { --s: var(--e-call-hold); }
.st-wrap_up { --s: var(--e-state-wrap-up); }
.st-paused { --s: var(--e-state-paused); }
.st-disconnected_ui { --s: var(--e-state-disconnected-ui); }
.st-phone_lost { --s: var(--e-state-phone-lost); }
.st-danger { --s: var(--e-color-danger); }
@media (forced-colors: active) { [class*='st-'] { --s: CanvasText; } }
`
