/**
 * What an administrator of the call centre does once for a CRM: approves the origin of its pages and makes a key for its back
 * end that can do nothing but ask for tokens.
 * @throws a sentence with the call centre's own words when it refuses, or that says what to start when nobody answers.
 */
export async function connectCrm(
  url: string,
  admin: { readonly login: string; readonly password: string },
  crmOrigin: string
): Promise<string> {
  const post = async (path: string, body: object, token?: string): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/api${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body)
    }).catch(cause => {
      throw new Error(`No call centre answers at ${url}: run npm start in another terminal, or set EVS_URL`, {
        cause
      })
    })
    const answer = (await response.json()) as Record<string, unknown> // JSON of our own server
    if (!response.ok) throw new Error(`${path}: ${String(answer.detail ?? response.status)}`)
    return answer
  }
  const { token } = await post('/auth/login', admin)
  await post('/origins', { origin: crmOrigin }, String(token))
  const name = `GestiPro ${new Date().toISOString()}`
  const { key } = await post('/auth/api-keys', { name, permissions: ['embed-tokens:write'] }, String(token))
  return String(key)
}
