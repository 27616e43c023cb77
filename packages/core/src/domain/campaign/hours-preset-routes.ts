import { Type } from 'typebox'
import type { PluginScope } from '../../kernel/plugin.ts'
import { hoursPresets } from '../hours/index.ts'

/** Hours and holidays to start from. */
export function registerHoursPresets(scope: PluginScope): void {
  scope.get(
    '/hours-presets',
    {
      config: { permission: 'campaigns:read' },
      schema: {
        operationId: 'listHoursPresets',
        summary: 'Hours and holidays to choose for a campaign, with the text they come from',
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                id: Type.String(),
                labelFr: Type.String(),
                labelEn: Type.String(),
                hours: Type.Unknown(),
                calendar: Type.Unknown(),
                source: Type.String()
              })
            )
          })
        }
      }
    },
    async () => ({ items: [...hoursPresets] })
  )
}
