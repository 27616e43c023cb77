export { mobileCallback } from './mobile-callback-plugin.ts'
export { defaultSettings, SiteSettings } from './site-settings.ts'
