/** Values that a template may name. */
export type PopValues = Readonly<Record<string, string | number | null>>

/**
 * Expands the URI template of the attribute `screen-pop` (RFC 6570, level 3: `{a,b}` and `{?a,b}` `{&a,b}`); values
 * are always percent-encoded, absent ones left out.
 */
export function expandTemplate(template: string, values: PopValues): string {
  return template.replace(/\{([?&]?)([\w,]+)\}/g, (_, operator: string, names: string) => {
    const pairs = names.split(',').flatMap(name => {
      const value = values[name]
      return value === null || value === undefined ? [] : [[name, encodeURIComponent(String(value))] as const]
    })
    if (operator === '') return pairs.map(([, value]) => value).join(',')
    const query = pairs.map(([name, value]) => `${name}=${value}`).join('&')
    return query && operator + query
  })
}

/**
 * The address to open, absolute; null when it may not be opened: only https (or http on a page that is http itself),
 * and only the page's own origin unless `origins` names another.
 */
export function popAddress(url: string, page: string, origins: readonly string[] = []): string | null {
  const target = URL.canParse(url, page) ? new URL(url, page) : null
  if (!target) return null
  const { protocol, origin } = new URL(page)
  const secure = target.protocol === 'https:' || (target.protocol === 'http:' && protocol === 'http:')
  return secure && (target.origin === origin || origins.includes(target.origin)) ? target.href : null
}
