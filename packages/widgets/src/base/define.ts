/** Version of this package: two of them on one page are told by it. */
export const version = '0.1.0'

interface Versioned extends CustomElementConstructor {
  readonly version?: string
}

/**
 * Registers a tag. The same tag in the same version is left as it is, in another version there is one warning that
 * names both: it never throws, which would leave the rest of a bundle undefined.
 */
export function define(tag: string, element: Versioned): void {
  const there = customElements.get(tag) as Versioned | undefined // what registered it may be anything
  if (!there) customElements.define(tag, element)
  else if (there.version !== version && there !== element)
    console.warn(
      `<${tag}> is already defined by version ${there.version ?? 'unknown'}; version ${version} is not used. Load one of the two.`
    )
}
