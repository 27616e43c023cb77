export { createPlainPage } from './plain-page.ts'
