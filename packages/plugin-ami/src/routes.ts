import type { Kernel, PluginScope } from '@evscallpro/core'
import { Type } from 'typebox'
import type { PbxCheck } from './check/pbx-check.ts'
import { readCdr } from './reconcile/cdr-store.ts'
import { compareWithCdr } from './reconcile/compare.ts'
import { settledMs } from './reconcile/recent-reconciliation.ts'

const dayMs = 86_400_000

const Time = Type.String({ format: 'date-time' })

export interface PbxView {
  readonly pbx: string
  readonly check: PbxCheck
  /** Sentences on journal and database. */
  failures(): string[]
  isUp(): boolean
}

/** What an administrator wants to know of the PBX: its state, what is wrong with it, and whether calls are missing. */
export function registerPbxRoutes(scope: PluginScope, { db, clock }: Kernel, view: PbxView): void {
  scope.get(
    '/status',
    {
      config: { permission: 'ami:read' },
      schema: {
        operationId: 'getPbxStatus',
        summary: 'State of the link to the PBX, and what is wrong with the PBX’s side',
        response: {
          200: Type.Object({
            pbx: Type.String(),
            up: Type.Boolean(),
            asteriskVersion: Type.Union([Type.String(), Type.Null()]),
            findings: Type.Array(
              Type.Object({ kind: Type.Enum(['missing', 'danger', 'advice']), sentence: Type.String() })
            ),
            failures: Type.Array(Type.String())
          })
        }
      }
    },
    async () => ({
      pbx: view.pbx,
      up: view.isUp(),
      asteriskVersion: view.check.asteriskVersion,
      findings: view.check.findings.map(({ kind, sentence }) => ({ kind, sentence })),
      failures: view.failures()
    })
  )

  scope.get(
    '/reconciliation',
    {
      config: { permission: 'ami:read' },
      schema: {
        operationId: 'getReconciliation',
        summary: "Compares call_history with Asterisk's own CDR; the last 24 hours unless a period is given",
        querystring: Type.Object({
          from: Type.Optional(Time),
          to: Type.Optional(Time),
          limit: Type.Integer({ minimum: 0, maximum: 10_000, default: 100 })
        }),
        response: {
          200: Type.Object({
            from: Time,
            to: Time,
            cdrCalls: Type.Integer(),
            matched: Type.Integer(),
            noCall: Type.Integer({
              description:
                'Not among cdrCalls: Local channels alone without a call id of ours, a supervisor’s leg, a held leg without a call'
            }),
            matchRate: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()]),
            differences: Type.Array(
              Type.Object({
                linkedid: Type.String(),
                difference: Type.Enum(['no_row', 'not_answered_there', 'no_cdr']),
                callId: Type.Union([Type.String(), Type.Null()]),
                endedAt: Time
              })
            )
          })
        }
      }
    },
    async ({ query }) => {
      const settled = new Date(clock.now().getTime() - settledMs)
      const to = query.to ? new Date(query.to) : settled
      const from = query.from ? new Date(query.from) : new Date(to.getTime() - dayMs)
      const period = { from, to }
      const result = await compareWithCdr(
        db,
        view.pbx,
        period,
        await readCdr(db, view.pbx, period),
        query.limit
      )
      return { ...result, differences: [...result.differences] }
    }
  )
}
