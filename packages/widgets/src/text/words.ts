export type Language = 'fr' | 'en'
export const languages: readonly Language[] = ['fr', 'en']

/** The texts of one element in every language, under the same keys. `{name}` is a place for a value. */
export type Words<K extends string = string> = Readonly<Record<Language, Readonly<Record<K, string>>>>

/** Texts in English and French; a text that is missing in French is an error of the compiler. */
export const words = <K extends string>(
  en: Readonly<Record<K, string>>,
  fr: Readonly<Record<NoInfer<K>, string>>
): Words<K> => ({ en, fr })

/**
 * The same, as the build writes it: the keys, then their texts in one language or in English and French, between `|`.
 */
export function packed<K extends string>(count: number, text: string): Words<K> {
  const parts = text.split('|')
  const size = parts.length / (count + 1)
  const of = (n: number): Record<K, string> =>
    Object.fromEntries(parts.slice(0, size).map((key, i) => [key, parts[n * size + i]])) as Record<K, string> // keys and texts were written by the build
  return { en: of(1), fr: of(count) }
}

/** Puts values in their places; a place without a value stays empty. */
export const fill = (text: string, values: Readonly<Record<string, string | number>> = {}): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))

const rules: Partial<Record<Language, Intl.PluralRules>> = {}

/** The key of the plural form: `agents_one`, `agents_other`; French counts 0 as one, English does not. */
export const plural = <K extends string>(
  language: Language,
  key: K,
  count: number
): `${K}_one` | `${K}_other` => {
  rules[language] ??= new Intl.PluralRules(language)
  return rules[language].select(count) === 'one' ? `${key}_one` : `${key}_other`
}
