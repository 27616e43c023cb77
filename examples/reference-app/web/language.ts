/** The language of the page; the server chose it, the person may change it. */
export type Language = 'fr' | 'en'

/** French as it is printed: a narrow no-break space before ; : ! ? and inside « ». */
export const french = (text: string): string =>
  text.replace(/ ([;:!?»])/g, '\u202f$1').replace(/« /g, '«\u202f')

const oneYear = 31_536_000

export const language = (): Language => (document.documentElement.lang === 'fr' ? 'fr' : 'en')

/** Shows the page in this language now, and every page from now on. */
export function setLanguage(next: Language): void {
  document.documentElement.lang = next
  remember('evs_language', next)
}

export type Theme = 'auto' | 'light' | 'dark'

export const theme = (): Theme => {
  const { evsTheme } = document.documentElement.dataset
  return evsTheme === 'light' || evsTheme === 'dark' ? evsTheme : 'auto'
}

export function setTheme(next: Theme): void {
  document.documentElement.dataset.evsTheme = next
  remember('evs_theme', next)
}

/** The server reads them, so that the next page comes right at once. */
function remember(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser we serve
  document.cookie = `${name}=${value}; path=/; max-age=${oneYear}; samesite=lax`
}
