import createError from '@fastify/error'
import type { Issue } from '../kernel/problem.ts'

// Agents
export const AgentNotLoggedInError = createError(
  'CORE_AGENT_NOT_LOGGED_IN',
  'You are not at work: open an agent session first (POST /api/agent/session)',
  409
)
export const AgentInCallError = createError('CORE_AGENT_IN_CALL', 'A call is in progress: end it first', 409)
export const AgentNotReadyError = createError('CORE_AGENT_NOT_READY', 'You are %s: become ready first', 409)
export const AgentHasHandoutError = createError(
  'CORE_AGENT_HAS_HANDOUT',
  'A contact is already in your hands: qualify or release it first',
  409
)
export const NothingToResumeError = createError(
  'CORE_AGENT_NOTHING_TO_RESUME',
  'You are not paused and no pause was asked for',
  409
)
export const AgentNotInWrapUpError = createError(
  'CORE_AGENT_NOT_IN_WRAP_UP',
  'This agent has no call to qualify: there is nothing to end for him',
  409
)
export const AgentNotFoundError = createError('CORE_AGENT_NOT_FOUND', 'Agent %s does not exist', 404)
export const StationUnknownError = createError(
  'CORE_STATION_UNKNOWN',
  "Station '%s' does not exist here; available: %s",
  422
)
export const StationRefusedError = createError('CORE_STATION_REFUSED', '%s', 409)
export const StationReasonUnsaidError = createError(
  'CORE_STATION_REASON_UNSAID',
  "Station '%s' is refused without a reason in '%s': have the plan of its plugin answer { refused: { fr, en } }",
  500
)

// Dispatch
export const CampaignNotFoundError = createError('CORE_CAMPAIGN_NOT_FOUND', 'Campaign %s does not exist', 404)
export const CampaignClosedError = createError('CORE_CAMPAIGN_CLOSED', "Campaign '%s' is not active", 409)
export const NotInCampaignError = createError(
  'CORE_NOT_IN_CAMPAIGN',
  "You are not assigned to campaign '%s'",
  403
)
export const CampaignsNotAssignedError = createError(
  'CORE_CAMPAIGNS_NOT_ASSIGNED',
  'campaignIds: you are not assigned to campaign %s; choose among %s, or leave campaignIds out to work in all',
  422
)
export const CampaignNotChosenError = createError(
  'CORE_CAMPAIGN_NOT_CHOSEN',
  "You chose not to work in campaign '%s' now: open your session with it among campaignIds",
  409
)
export const ContactChosenError = createError(
  'CORE_CONTACT_NOT_CHOOSABLE',
  "Campaign '%s' hands out contacts itself (dial mode %s): leave out contactId",
  422
)
export const ContactTakenError = createError(
  'CORE_CONTACT_NOT_AVAILABLE',
  'Contact %s cannot be handed out now: %s',
  409
)
export const CallbackNotOpenError = createError(
  'CORE_CALLBACK_NOT_OPEN',
  'Callback %s is not open for you: it was served or given up, or a colleague promised it. Read the list of callbacks again',
  409
)
export const GateMissingError = createError(
  'CORE_GATE_MISSING',
  "Dispatch gate '%s' is registered in this database and no plugin of this process fills it: add its plugin, or take it out for good with 'evs dispatch-gate-remove %s'",
  500
)
export const GateFunctionMissingError = createError(
  'CORE_GATE_FUNCTION_MISSING',
  "Dispatch gate '%s' names the SQL function %s, which does not exist: create it in a migration of its plugin",
  500
)
export const HandoutNotFoundError = createError(
  'CORE_HANDOUT_NOT_FOUND',
  'Hand-out %s does not exist or is not yours',
  404
)
export const HandoutEndedError = createError(
  'CORE_HANDOUT_ENDED',
  'Hand-out %s has ended: nothing more can be changed on it',
  409
)
export const CallEndingError = createError(
  'CORE_CALL_ENDING',
  'Your last call is still being ended: ask again when you are ready',
  409
)
export const DispositionUnknownError = createError(
  'CORE_DISPOSITION_UNKNOWN',
  "Disposition %s is not one of campaign '%s'",
  422
)
export const CallbackDateError = createError('CORE_CALLBACK_DATE', '%s', 422)
export const CorrectionRefusedError = createError('CORE_CORRECTION_REFUSED', '%s', 409)
export const WrapUpNotExtendableError = createError(
  'CORE_WRAP_UP_NOT_EXTENDABLE',
  'There is no more time for this qualification: the campaign allows no further extension, or none is running',
  409
)
export const QualificationMissingError = createError(
  'CORE_QUALIFICATION_MISSING',
  'Choose a disposition before you finalise',
  409
)

// Calls
export const CallNotFoundError = createError('CORE_CALL_NOT_FOUND', 'Call %s does not exist', 404)
export const CallEndedError = createError('CORE_CALL_ENDED', 'Call %s has already ended', 409)
export const CallControlUnavailableError = createError(
  'CORE_CALL_CONTROL_UNAVAILABLE',
  'This call cannot do that now (%s); what it can do stands in its capabilities: %s',
  409
)
export const NoHeldLegError = createError(
  'CORE_NO_HELD_LEG',
  'Your phone is not on the line: have it called first (POST /api/agent/phone)',
  409
)
export const ListenerWithoutPhoneError = createError(
  'CORE_LISTENER_WITHOUT_PHONE',
  'Your own phone cannot be rung: %s',
  409
)
export const NumberInvalidError = createError(
  'CORE_NUMBER_INVALID',
  'This is not a telephone number of country %s: write it as +<country><number>',
  422
)
export const NumberForeignError = createError(
  'CORE_NUMBER_NOT_OF_CONTACT',
  'This number is not one of the contact: choose one of his numbers',
  422
)
export const DestinationDeniedError = createError(
  'CORE_DESTINATION_DENIED',
  'This number may not be called: %s',
  403
)
export const NumberSuppressedError = createError(
  'CORE_NUMBER_SUPPRESSED',
  'This number is suppressed: nobody may call it',
  403
)
export const OutsideHoursError = createError(
  'CORE_OUTSIDE_HOURS',
  'The campaign may not call now where this contact lives: %s',
  409
)
export const NoRouteError = createError(
  'CORE_NO_ROUTE',
  'There is no way out for this call: give site %s at least one trunk',
  409
)
export const OriginateNotPermittedError = createError(
  'CORE_ORIGINATE_NOT_PERMITTED',
  'This call did not come by the way of dialling that checks the destination policy: use POST /api/calls or /api/handouts/<id>/calls',
  403
)
export const DiallingStoppedError = createError(
  'CORE_DIALLING_STOPPED',
  'New calls are stopped (%s): a supervisor lets them start again',
  409
)
export const DialLimitError = createError(
  'CORE_DIAL_LIMIT',
  'Too many calls in a short time by this %s: try again in %s s',
  429
)
export const TrunksBusyError = createError(
  'CORE_TRUNKS_BUSY',
  'No channel is free for this call: %s; try again when a call has ended',
  409
)
export const AgentLegRefusedError = createError(
  'CORE_AGENT_LEG_REFUSED',
  "Station '%s' wanted to ring %s: mend its plugin",
  500
)
export const RouteRefusedError = createError(
  'CORE_ROUTE_REFUSED',
  "A trunk selector sent the call by '%s' to another number than the one asked for: mend its plugin",
  500
)

// Master data
export const ContactNotFoundError = createError(
  'CORE_CONTACT_NOT_FOUND',
  'Contact %s does not exist in campaign %s',
  404
)
export const DuplicateFieldError = createError('CORE_DUPLICATE', '%s', 409)
export const UnknownReferenceError = createError('CORE_REFERENCE_UNKNOWN', '%s %s does not exist', 422)
export const RevisionConflictError = createError(
  'CORE_REVISION_CONFLICT',
  'Someone else changed this meanwhile: read it again (found revision %s)',
  409
)
export const CampaignReservedError = createError(
  'CORE_CAMPAIGN_RESERVED',
  "Campaign 0 ('direct') belongs to the system",
  409
)

/** 409 that names the field whose value is taken. */
export function duplicateField(field: string, sentence: string): Error {
  const issues: Issue[] = [{ in: 'body', pointer: `/${field}`, detail: 'is already taken' }]
  return Object.assign(new DuplicateFieldError(sentence), { issues })
}
