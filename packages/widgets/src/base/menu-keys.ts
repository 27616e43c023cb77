/**
 * The keys of an open menu (ARIA authoring practices): arrows, Home and End move the focus; Escape leaves it, back to
 * where it was opened (`back`), and Tab on from there.
 */
export function menuKeys(event: KeyboardEvent, menu: Element, leave: (back: boolean) => void): void {
  const options = [...menu.querySelectorAll<HTMLElement>('.menu__opt')]
  const at = options.indexOf(event.target as HTMLElement) // -1: another node
  const next = { ArrowDown: at + 1, ArrowUp: at - 1 + options.length, Home: 0, End: options.length - 1 }[
    event.key
  ]
  if (next !== undefined) {
    event.preventDefault()
    options[next % options.length]?.focus()
  } else if (event.key === 'Escape' || event.key === 'Tab') leave(event.key === 'Escape')
}
