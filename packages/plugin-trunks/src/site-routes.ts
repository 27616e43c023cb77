import {
  callableClasses,
  classifyNumber,
  invalidField,
  type Kernel,
  Nullable,
  type PluginScope,
  seesCampaign,
  tryNormaliseNumber
} from '@evscallpro/core'
import { Type } from 'typebox'
import { whyNoRoute } from './decision/decide.ts'
import { dialplanFiles } from './dialplan/files.ts'
import { readDialplanData } from './dialplan/sites.ts'
import { SiteNotFoundError } from './errors.ts'
import type { TrunkBook } from './trunk-book.ts'
import type { WayOut } from './way-out.ts'

const Classes = Type.Union(
  [Type.Array(Type.Enum([...callableClasses]), { uniqueItems: true }), Type.Null()],
  {
    description: 'Kinds of numbers that go this way; null: all'
  }
)
const EmergencyNumbers = Nullable(
  Type.Array(Type.String({ pattern: '^[0-9]{2,6}$' }), { minItems: 1, maxItems: 50, uniqueItems: true })
)
const FailOver = Type.Enum(['next', 'none'], {
  description: 'none: when the first way fails the call fails, with the reason'
})
const SiteWays = Type.Object(
  {
    siteId: Type.Integer(),
    failOver: FailOver,
    routes: Type.Array(Type.Object({ trunkId: Type.Integer(), classes: Classes })),
    emergencyNumbers: EmergencyNumbers,
    emergencyInForce: Type.Array(Type.String(), {
      description: 'The list that holds: the site’s own or its country’s'
    })
  },
  { $id: 'Trunks.SiteWays' }
)
const SiteId = Type.Object({ siteId: Type.Integer({ minimum: 1 }) })
const tags = ['trunks']
const read = { permission: 'trunks:read' }
const write = { permission: 'trunks:write' }

/** The ways out of sites, the test that explains a decision, and the files for the PBX. */
export function registerSiteRoutes(
  scope: PluginScope,
  { db }: Kernel,
  { book, wayOut }: { readonly book: TrunkBook; readonly wayOut: WayOut }
): void {
  const waysOf = async (siteId: number) => {
    const { routes, emergencyNumbers, emergencyInForce, failOver } = await book.siteBook(siteId)
    return {
      siteId,
      failOver,
      routes: routes.map(({ trunkId, classes }) => ({ trunkId, classes: classes && [...classes] })),
      emergencyNumbers: emergencyNumbers && [...emergencyNumbers],
      emergencyInForce: [...emergencyInForce]
    }
  }

  scope.get(
    '/sites/:siteId',
    {
      config: read,
      schema: {
        operationId: 'getSiteWays',
        summary: 'The ways out of a site, in the order to be tried',
        tags,
        params: SiteId,
        response: { 200: SiteWays }
      }
    },
    ({ params }) => waysOf(params.siteId)
  )

  scope.put(
    '/sites/:siteId',
    {
      config: write,
      schema: {
        operationId: 'setSiteWays',
        summary: 'Set the ways out of a site; hand-dialled calls follow when the PBX has the new files',
        tags,
        params: SiteId,
        body: Type.Object({
          failOver: Type.Enum(['next', 'none'], { default: 'next' }),
          routes: Type.Array(
            Type.Object({ trunkId: Type.Integer({ minimum: 1 }), classes: Type.Optional(Classes) }),
            { maxItems: 20 }
          ),
          emergencyNumbers: Type.Optional(EmergencyNumbers)
        }),
        response: { 200: SiteWays }
      }
    },
    async ({ params: { siteId }, body }) => {
      const trunks = body.routes.map(({ trunkId }) => trunkId)
      const twice = trunks.find((id, at) => trunks.indexOf(id) < at)
      if (twice !== undefined) throw invalidField('routes', `has trunk ${twice} twice: keep one`)
      const { emergencyNumbers = null, failOver } = body
      const routes = body.routes.map(({ trunkId, classes = null }) => ({ trunkId, classes }))
      await book.setSite(siteId, { failOver, emergencyNumbers }, routes)
      return waysOf(siteId)
    }
  )

  scope.post(
    '/decide',
    {
      config: read,
      schema: {
        operationId: 'decideRoute',
        summary: 'Route test: which ways a call would take now, and why; nothing is called',
        tags,
        body: Type.Object({
          siteId: Type.Integer({ minimum: 1 }),
          number: Type.String({ minLength: 2, maxLength: 30 }),
          campaignId: Type.Integer({ minimum: 0, default: 0 })
        }),
        response: {
          200: Type.Object({
            number: Nullable(Type.String({ description: 'E.164' })),
            numberClass: Type.String(),
            emergency: Type.Boolean({ description: 'Goes before every rule, by the site’s emergency ways' }),
            campaignAllows: Type.Boolean({
              description: 'Whether the campaign allows numbers of this class'
            }),
            requestedCallerId: Nullable(
              Type.Object({ number: Type.String(), by: Type.Enum(['campaign', 'site']) })
            ),
            routes: Type.Array(
              Type.Object({ trunk: Type.String(), number: Type.String(), callerId: Nullable(Type.String()) })
            ),
            steps: Type.Array(
              Type.Object({
                position: Type.Integer(),
                trunk: Type.String(),
                taken: Type.Boolean(),
                number: Nullable(Type.String()),
                presents: Nullable(Type.String()),
                because: Type.String()
              })
            ),
            verdict: Type.String()
          })
        }
      }
    },
    async ({ actor, body: { siteId, number, campaignId } }) => {
      const site = await db('core.sites').where({ id: siteId }).first('country', 'caller_id')
      if (!site) throw new SiteNotFoundError(siteId)
      const { emergencyInForce } = await book.siteBook(siteId)
      if (emergencyInForce.includes(number)) return emergencyAnswer
      const campaign = await db('core.campaigns')
        .where({ id: campaignId })
        .first('caller_id', 'country', 'number_classes')
      if (!campaign || (campaignId !== 0 && !seesCampaign(actor, campaignId)))
        throw invalidField('campaignId', `names no campaign: ${campaignId} does not exist`)
      const country: string = campaignId === 0 ? site.country : campaign.country
      const normal = tryNormaliseNumber(number, country)
      if (normal === null)
        throw invalidField('number', `is no telephone number of ${country}: write it as +<country><number>`)
      const numberClass = classifyNumber(normal, country)
      if (numberClass === 'short') throw invalidField('number', 'is a short number: only phones dial those')
      const decision = await wayOut.decide({
        siteId,
        number: normal,
        numberClass,
        country,
        campaignCallerId: campaign.caller_id,
        siteCallerId: site.caller_id
      })
      const { routes, steps, requestedCallerId } = decision ?? {
        routes: [],
        steps: [],
        requestedCallerId: null
      }
      return {
        number: normal,
        numberClass,
        emergency: false,
        campaignAllows: campaign.number_classes.includes(numberClass),
        requestedCallerId,
        routes: routes.map(route => ({ ...route })),
        steps: steps.map(step => ({ ...step })),
        verdict: routes[0]
          ? `by ${routes.map(({ trunk }) => trunk).join(', then ')}`
          : whyNoRoute({ routes, steps, requestedCallerId })
      }
    }
  )

  scope.get(
    '/dialplan',
    {
      config: write,
      schema: {
        operationId: 'getTrunksDialplan',
        summary:
          'The files that the PBX needs to work without the server, as evs trunks-dialplan writes them',
        tags,
        response: {
          200: Type.Object({ files: Type.Array(Type.Object({ name: Type.String(), text: Type.String() })) })
        }
      }
    },
    async () => ({ files: dialplanFiles(await readDialplanData(db)).map(file => ({ ...file })) })
  )
}

const emergencyAnswer = {
  number: null,
  numberClass: 'short',
  emergency: true,
  campaignAllows: false,
  requestedCallerId: null,
  routes: [],
  steps: [],
  verdict: 'by the emergency ways of the site, before every rule'
}
