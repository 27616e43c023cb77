export { type CallCentre, embedToken } from './call-centre.ts'
export { connectCrm } from './connect.ts'
export { contentSecurityPolicy, createCrm } from './crm.ts'
export { demoCallCentre } from './demo-call-centre.ts'
