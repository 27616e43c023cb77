export type Language = 'fr' | 'en'

/**
 * What a page may load and do: our own files and the server's own API, nothing inline, no eval, no foreign frame. Lit
 * makes its templates through one Trusted Types policy; it may exist twice, in the kit of elements and in our pages.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types lit-html 'allow-duplicates'"
].join('; ')

/** Headers of every page. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
  vary: 'accept-language, cookie'
} as const

/** How the person who asks wants to see pages: what he chose (cookies), else what his browser says. */
export interface Look {
  readonly language: Language
  readonly theme: 'light' | 'dark' | 'auto'
}

export function lookOf(headers: {
  readonly cookie?: string | undefined
  readonly 'accept-language'?: string | undefined
}): Look {
  const cookie = (name: string): string | undefined =>
    new RegExp(`(?:^|; )${name}=([a-z]+)`).exec(headers.cookie ?? '')?.[1]
  const chosen = cookie('evs_language')
  const theme = cookie('evs_theme')
  const french = /^\s*fr\b/i.test(headers['accept-language'] ?? '')
  return {
    language: chosen === 'fr' || chosen === 'en' ? chosen : french ? 'fr' : 'en',
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto'
  }
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, char => `&#${char.charCodeAt(0)};`)

/** A page: the styles, its scripts, one element that is the page. */
export const page = (
  { language, theme }: Look,
  title: string,
  scripts: readonly string[],
  body: string
): string =>
  `<!doctype html>
<html lang="${language}" data-evs-theme="${theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · EVSCallPro</title>
<link rel="icon" href="/app/icon.svg">
<link rel="stylesheet" href="/elements/tokens.css">
<link rel="stylesheet" href="/app/app.css">
${scripts.map(src => `<script type="module" src="${src}"></script>`).join('\n')}
</head>
<body class="body evs">
${body}
</body>
</html>
`
