export { devicesChanged } from './events.ts'
export { extensions } from './extensions-plugin.ts'
