import { createSession, type Session } from '@evscallpro/api-client'
import { newToken } from './rest.ts'

/** The page's realtime session, with the token that the sign-in's cookie is exchanged for. */
export const connect = (): Session => createSession({ baseUrl: location.origin, getToken: newToken })
