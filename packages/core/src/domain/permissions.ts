import type { PermissionSpec } from '../kernel/plugin.ts'
import { userPermissions } from './user/permissions.ts'

/** What may be done in the domain, and who may do it by default. */
export const corePermissions: Readonly<Record<string, PermissionSpec>> = {
  ...userPermissions,
  'agent:work': {
    description: 'Work as an agent: take contacts, call, qualify',
    roles: ['agent', 'supervisor']
  },
  'agents:watch': { description: 'See the state of every agent', roles: ['supervisor'] },
  'agents:force': {
    description: 'Pause an agent, end his wrap-up, log him out',
    roles: ['supervisor']
  },
  'campaigns:read': { description: 'See campaigns and dispositions', roles: ['agent', 'supervisor'] },
  'campaigns:write': { description: 'Create and change campaigns and dispositions', roles: ['supervisor'] },
  'contacts:read': { description: 'See the contacts of a campaign', roles: ['supervisor'] },
  'contacts:write': { description: 'Add contacts to a campaign', roles: ['supervisor'] },
  'handouts:correct': { description: 'Correct qualifications afterwards', roles: ['supervisor'] },
  'suppressions:read': { description: 'See the numbers that nobody may call', roles: ['supervisor'] },
  'suppressions:write': { description: 'Suppress numbers and lift suppressions', roles: ['supervisor'] },
  'calls:read': { description: 'See calls and their history', roles: ['supervisor'] },
  'calls:read-own': { description: 'See the history of your own calls', roles: ['agent', 'supervisor'] },
  'calls:export': { description: 'Export the history of calls', roles: ['supervisor'] },
  'webhooks:write': { description: 'Create, change and replay webhooks', roles: [] },
  'calls:dial-for': { description: 'Start calls for other agents, as a CRM does by its API key', roles: [] },
  'dialling:read': { description: 'See whether calls may be started', roles: ['agent', 'supervisor'] },
  'dialling:stop': { description: 'Stop new calls, and let them start again', roles: ['supervisor'] },
  'dialling:write': { description: 'Open classes of numbers for calls without a campaign', roles: [] },
  'calls:listen': {
    description: 'Listen to calls, and speak to the agent alone',
    roles: ['supervisor']
  },
  'audit:read': { description: 'See who listened to whom', roles: [] },
  'calls:control': { description: 'Hold, mute and end calls of others', roles: ['supervisor'] }
}
