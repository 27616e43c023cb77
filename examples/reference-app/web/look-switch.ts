import { html, type TemplateResult } from 'lit'
import { language, setLanguage, setTheme, type Theme, theme } from './language.ts'
import { texts } from './page-element.ts'

const words = texts(
  { language: 'Language', look: 'Colours', auto: 'As the system', light: 'Light', dark: 'Dark' },
  { language: 'Langue', look: 'Couleurs', auto: 'Comme le système', light: 'Clair', dark: 'Sombre' }
)
const themes: readonly Theme[] = ['auto', 'light', 'dark']

/** Language and colours of the page; each remembered for the next page. */
export function lookSwitch(changed: () => void): TemplateResult {
  const text = words[language()]
  const pick = (event: Event): string => (event.target as HTMLSelectElement).value // both listeners are on selects
  return html`<span class="row row--tight">
    <select class="input input--small" aria-label=${text.language} @change=${(event: Event) => {
      setLanguage(pick(event) === 'fr' ? 'fr' : 'en')
      changed()
    }}>
      <option value="fr" lang="fr" ?selected=${language() === 'fr'}>Français</option>
      <option value="en" lang="en" ?selected=${language() === 'en'}>English</option>
    </select>
    <select class="input input--small" aria-label=${text.look} @change=${(event: Event) => {
      setTheme(themes.find(each => each === pick(event)) ?? 'auto')
      changed()
    }}>
      ${themes.map(each => html`<option value=${each} ?selected=${theme() === each}>${text[each]}</option>`)}
    </select>
  </span>`
}
