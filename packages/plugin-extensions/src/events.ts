import { defineEvent } from '@evscallpro/core'
import { Type } from 'typebox'

/** A device of an agent came, went, or can or cannot be reached any more; told by the process that reads the PBX's events. */
export const devicesChanged = defineEvent('extensions.devices-changed', {
  userId: Type.Integer(),
  number: Type.String()
})
