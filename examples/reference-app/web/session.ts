import { ApiError, createSession } from '@evscallpro/api-client'

/**
 * A token of ten minutes for this page, for the session in the cookie; without a session the sign-in page opens. Throws
 * `ApiError` (401, 403: nobody is signed in) and whatever `fetch` throws.
 */
export async function newToken(): Promise<string> {
  const response = await fetch('/api/auth/embed-token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}'
  })
  if (response.status === 401 || response.status === 403) openSignIn()
  if (!response.ok) throw new ApiError(response.status, null)
  return ((await response.json()) as { token: string }).token
}

/** Opens the sign-in page, which leads back to the view that is open now. */
export const openSignIn = (): void =>
  location.assign(`/?next=${encodeURIComponent(location.pathname + location.hash)}`)

/** The page's connection: live values, commands, and the one holder of its token. */
export const session = createSession({ baseUrl: location.origin, getToken: newToken })
