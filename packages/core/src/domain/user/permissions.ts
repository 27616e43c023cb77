import type { PermissionSpec } from '../../kernel/plugin.ts'

export const userPermissions: Readonly<Record<string, PermissionSpec>> = {
  'users:read': { description: 'See users', roles: ['supervisor'] },
  'users:write': { description: 'Create, change and deactivate users', roles: [] },
  'sites:read': { description: 'See sites', roles: ['agent', 'supervisor'] },
  'sites:write': { description: 'Create and change sites', roles: [] },
  'api-keys:write': { description: 'Create and revoke API keys', roles: [] },
  'origins:write': { description: 'Approve and withdraw origins of pages that embed widgets', roles: [] },
  'embed-tokens:write': { description: 'Issue and revoke tokens of pages that embed widgets', roles: [] }
}
