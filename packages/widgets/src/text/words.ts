export type Language = 'fr' | 'en'
export const languages: readonly Language[] = ['fr', 'en']

/** The texts of one element in every language, under the same keys. `{name}` is a place for a value. */
export type Words<K extends string = string> = Readonly<Record<Language, Readonly<Record<K, string>>>>

/** Texts in English and French; a text that is missing in French is an error of the compiler. */
export const words = <K extends string>(
  en: Readonly<Record<K, string>>,
  fr: Readonly<Record<NoInfer<K>, string>>
): Words<K> => ({ en, fr })

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
