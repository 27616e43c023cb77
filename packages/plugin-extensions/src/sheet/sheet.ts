import { renderSVG } from 'uqr'
import type { AccountRow } from '../account/accounts.ts'
import { type Label, type Language, labels, type Texts, textsOf } from './texts.ts'

/** Where phones register. */
export interface SipServer {
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly realm: string
  /** Of softphones, in Asterisk's names. */
  readonly codecs: readonly string[]
}

/** Everything a person needs to set up a telephone. */
export interface Sheet {
  readonly fields: readonly { readonly label: string; readonly value: string }[]
  /** A page of its own, without scripts and outside references: for an iframe's `srcdoc`, or to print. */
  readonly html: string
  /** Of the link that configures Linphone; null when there is none. */
  readonly qrSvg: string | null
}

/** Standard port of the transport: left out of addresses. */
const usualPort = { udp: 5060, tcp: 5060, tls: 5061 }
/** Asterisk's names of codecs, as telephones call them. */
const codecNames: Readonly<Record<string, string>> = {
  alaw: 'G.711 A-law (PCMA)',
  ulaw: 'G.711 μ-law (PCMU)',
  opus: 'Opus',
  g722: 'G.722',
  g729: 'G.729'
}

/** `host`, or `host:port` where the port is not the usual one. */
export const addressOf = ({ host, port, transport }: SipServer): string =>
  port === usualPort[transport] ? host : `${host}:${port}`

/** The sheet of an account. `secret` is null when it is not known any more, `link` when softphones cannot fetch settings. */
export function makeSheet(
  account: Pick<AccountRow, 'number' | 'display_name' | 'kind'>,
  server: SipServer,
  language: Language,
  { secret, link }: { readonly secret: string | null; readonly link: string | null }
): Sheet {
  const texts = textsOf[language]
  const codecs = account.kind === 'webrtc' ? ['opus', 'alaw', 'ulaw'] : server.codecs
  const values: Record<Label, string | null> = {
    name: account.display_name,
    user: account.number,
    secret,
    server: addressOf(server),
    transport: account.kind === 'webrtc' ? 'WebSocket (wss)' : server.transport.toUpperCase(),
    realm: server.realm,
    codecs: codecs.map(codec => codecNames[codec] ?? codec).join(', '),
    keys: 'RFC 4733 (RFC 2833)',
    expires: '300 s'
  }
  const fields = labels.flatMap(label => {
    const value = values[label]
    return value === null ? [] : [{ label: texts.labels[label], value }]
  })
  const qrSvg = link === null ? null : renderSVG(link, { ecc: 'M', border: 2 })
  return { fields, html: page({ texts, language, fields, values, qrSvg, hasSecret: secret !== null }), qrSvg }
}

interface PageParts {
  readonly texts: Texts
  readonly language: Language
  readonly fields: Sheet['fields']
  readonly values: Readonly<Record<Label, string | null>>
  readonly qrSvg: string | null
  readonly hasSecret: boolean
}

function page({ texts, language, fields, values, qrSvg, hasSecret }: PageParts): string {
  const filled = (step: string): string =>
    escapeHtml(step.replace(/\{(\w+)\}/g, (all, label: Label) => values[label] ?? all))
  const rows = fields.map(
    ({ label, value }) => `<tr><th scope="row">${escapeHtml(label)}</th><td>${escapeHtml(value)}</td></tr>`
  )
  const devices = texts.devices.map(
    ({ name, steps }) =>
      `<h2>${escapeHtml(name)}</h2><ol>${steps.map(step => `<li>${filled(step)}</li>`).join('')}</ol>`
  )
  const code =
    qrSvg === null ? '' : `<figure>${qrSvg}<figcaption>${escapeHtml(texts.scan)}</figcaption></figure>`
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(texts.title)}</title><style>${style}</style></head><body><main>
<h1>${escapeHtml(texts.title)}</h1>
<p><strong>${escapeHtml(hasSecret ? texts.once : texts.withoutSecret)}</strong></p>
<table>${rows.join('')}</table>${code}${devices.join('')}<p>${escapeHtml(texts.vpn)}</p>
</main></body></html>`
}

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1a1a1a;background:#fff}main{max-width:44rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin:1.5rem 0 .25rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #ccc}th{font-weight:normal;width:45%}
td{font-family:ui-monospace,monospace;word-break:break-all}figure{margin:1.5rem 0;max-width:14rem}figure svg{width:100%;height:auto}
figcaption{font-size:.9rem}ol{margin:0;padding-left:1.4rem}`

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
