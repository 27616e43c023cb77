import { type Actor, isWithin, wholeScope } from '../../kernel/actor.ts'
import { CampaignNotFoundError } from '../errors.ts'

/** Whether the actor sees this campaign. All sites share the campaigns; the token of a page may name some of them. */
export const seesCampaign = ({ scope = wholeScope }: Pick<Actor, 'scope'>, campaignId: number): boolean =>
  isWithin(scope, { siteId: 'every', campaignIds: [campaignId] })

/** Throws CORE_CAMPAIGN_NOT_FOUND for a campaign that the actor does not see, as for one that does not exist. */
export function checkCampaign(actor: Pick<Actor, 'scope'>, campaignId: number): void {
  if (!seesCampaign(actor, campaignId)) throw new CampaignNotFoundError(campaignId)
}

/** The campaigns that the actor is limited to, as a query takes them; null: all. */
export const campaignsOf = ({ scope = wholeScope }: Pick<Actor, 'scope'>): number[] | null =>
  scope.campaignIds && [...scope.campaignIds]
