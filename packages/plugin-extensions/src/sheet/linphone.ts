import { addressOf, type SipServer } from './sheet.ts'

/** What Linphone needs to log in: the hash in place of the secret, which nobody has any more. */
export interface LinphoneAccount {
  readonly number: string
  readonly displayName: string
  readonly realm: string
  readonly ha1: string
  readonly algorithm: 'MD5' | 'SHA-256'
}

/**
 * Linphone's remote provisioning: sections and entries of its `linphonerc` as XML (wiki.linphone.org, Remote
 * Provisioning; the keys are those of "Provisioning configuration keys" of liblinphone).
 */
export function linphoneXml(account: LinphoneAccount, server: SipServer): string {
  const address = addressOf(server)
  const { number, displayName, realm, ha1, algorithm } = account
  const sections: Record<string, Record<string, string>> = {
    sip: { default_proxy: '0', media_encryption: 'none' },
    proxy_0: {
      reg_identity: `"${displayName.replace(/["\\<>]/g, ' ')}" <sip:${number}@${address}>`,
      reg_proxy: `<sip:${address};transport=${server.transport}>`,
      reg_expires: '300',
      reg_sendregister: '1',
      realm
    },
    auth_info_0: { username: number, ha1, realm, domain: server.host, algorithm }
  }
  const written = Object.entries(sections).map(
    ([name, entries]) => `  <section name="${name}">\n${entriesOf(entries)}\n  </section>`
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">
${written.join('\n')}
</config>
`
}

const entriesOf = (entries: Readonly<Record<string, string>>): string =>
  Object.entries(entries)
    .map(([key, value]) => `    <entry name="${key}" overwrite="true">${escapeXml(value)}</entry>`)
    .join('\n')

const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
