import type { TemplateResult } from './template.ts'

/** Stands for a value in the text of a template. */
const mark = '{evs}'
// Named as in the policies of hosts: docs/guides/embed.md. A page without Trusted Types knows no such thing.
interface Policy {
  createHTML(text: string): string
}
const { trustedTypes } = globalThis as {
  trustedTypes?: { createPolicy(name: string, policy: Policy): Policy }
}
const policy = trustedTypes?.createPolicy('lit-html', { createHTML: text => text })

/** Where values go in a copy of a template: into the comment or the attribute of its nth node. */
export interface Hole {
  readonly node: number
  /** Of the attribute; empty: a comment. */
  readonly name: string
  /** What is written before, between and after the values of an attribute. */
  readonly fixed: readonly string[]
}
export interface Plan {
  readonly content: DocumentFragment
  readonly holes: readonly Hole[]
}
const plans = new WeakMap<TemplateStringsArray, Plan>()

/** Elements and comments of a fragment, in the order of the page. */
export function nodesOf(fragment: DocumentFragment): Node[] {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_COMMENT)
  const nodes: Node[] = []
  while (walker.nextNode()) nodes.push(walker.currentNode)
  return nodes
}

/** How the copies of a template are filled; worked out once. */
export function planOf({ strings, drawing }: TemplateResult): Plan {
  let plan = plans.get(strings)
  if (plan) return plan
  // After an open bracket a value belongs to an attribute.
  const text = strings.reduce((all, part) => all + (/<[^>]*$/.test(all) ? mark : `<!--${mark}-->`) + part)
  const template = document.createElement('template')
  const markup = drawing ? `<svg>${text}</svg>` : text
  template.innerHTML = policy ? policy.createHTML(markup) : markup
  const { content } = template
  const around = drawing && content.firstChild
  if (around) around.replaceWith(...around.childNodes)
  const holes: Hole[] = []
  for (const [i, node] of nodesOf(content).entries())
    if (node instanceof Element)
      for (const name of node.getAttributeNames()) {
        const fixed = node.getAttribute(name)!.split(mark)
        if (fixed.length === 1) continue
        holes.push({ node: i, name, fixed })
        node.removeAttribute(name)
      }
    else if (node.nodeValue === mark) holes.push({ node: i, name: '', fixed: ['', ''] })
  plan = { content, holes }
  plans.set(strings, plan)
  return plan
}
