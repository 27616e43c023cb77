/** What this CRM's back end knows of the call centre. */
export interface CallCentre {
  /** Address of its server. */
  readonly url: string
  /** API key with the permission `embed-tokens:write`. It stays on this server. */
  readonly apiKey: string
}

/**
 * A token of ten minutes for the page of one user, bound to the origin of the page.
 * @throws a sentence with the call centre's own words when it refuses.
 */
export async function embedToken(
  { url, apiKey }: CallCentre,
  login: string,
  origin: string
): Promise<string> {
  const response = await fetch(`${url}/api/embed-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ login, as: 'agent', origin })
  })
  const answer = (await response.json()) as { token?: string; detail?: string } // as its /docs describe
  if (!response.ok || answer.token === undefined)
    throw new Error(`The call centre gave no token: ${answer.detail ?? response.status}`)
  return answer.token
}
