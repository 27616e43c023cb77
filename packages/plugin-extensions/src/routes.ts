import type { Kernel, PluginScope } from '@evscallpro/core'
import { type AccountParts, registerAccountRoutes } from './account/account-routes.ts'
import { registerDeviceRoutes } from './device/device-routes.ts'
import type { Devices } from './device/devices.ts'
import { registerSheetRoutes } from './sheet/sheet-routes.ts'

export interface RouteParts extends AccountParts {
  readonly devices: Devices
}

/** Accounts, devices, sheets. */
export function registerRoutes(scope: PluginScope, kernel: Kernel, parts: RouteParts): void {
  registerAccountRoutes(scope, parts)
  registerDeviceRoutes(scope, kernel, parts.devices)
  registerSheetRoutes(scope, parts)
}
