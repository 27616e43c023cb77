import type { SandboxSecrets } from './secrets.ts'

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i))

/** The extensions that phones of the sandbox register: 1001 to 1010 sit at site a, 1011 to 1020 at site b. */
export const softphones: readonly string[] = range(1001, 1020)

/** The extensions that a browser may register over `ws`; no phone of the sandbox does. */
export const webphones: readonly string[] = range(1101, 1110)

/** The site an extension belongs to, as its endpoint's `EVS_SITE` says it. */
export function siteOf(extension: string): 'site-a' | 'site-b' {
  return Number(extension) % 100 > 10 ? 'site-b' : 'site-a'
}

/** `pjsip_agents.conf` of the central instance: one endpoint, auth and aor for each extension. */
export function agentsConf(secrets: SandboxSecrets): string {
  const agents = softphones.map(extension => agent(extension, 'agent', secrets))
  const web = webphones.map(extension => agent(extension, 'agent-webrtc', secrets))
  return [...agents, ...web].join('\n')
}

function agent(extension: string, template: string, secrets: SandboxSecrets): string {
  return `[${extension}](${template})
auth = ${extension}
aors = ${extension}
callerid = "Agent ${extension}" <${extension}>
set_var = EVS_SITE=${siteOf(extension)}
set_var = EVS_POLICY=default
[${extension}](agent-auth)
username = ${extension}
password = ${secrets.sip[extension]}
[${extension}](agent-aor)
`
}

/** `pjsip_phones.conf` of the phones' instance: what each phone registers with, and calls from. */
export function phonesConf(secrets: SandboxSecrets, centralSipPort: number): string {
  const central = `127.0.0.1:${centralSipPort}`
  return softphones
    .map(
      extension => `[out-${extension}](phone)
outbound_auth = auth-${extension}
from_user = ${extension}
[auth-${extension}]
type = auth
auth_type = userpass
username = ${extension}
password = ${secrets.sip[extension]}
[reg-${extension}](registration)
outbound_auth = auth-${extension}
server_uri = sip:${central}
client_uri = sip:${extension}@${central}
contact_user = ${extension}
`
    )
    .join('\n')
}
