import { Type } from 'typebox'
import { InvalidRequestError, RevisionMismatchError } from './errors.ts'

/** Headers of a request that changes a document with a `revision`. */
export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      description: 'ETag of the version that was read; refused with 412 when it is not the newest'
    })
  )
})

/** The ETag of a document: its revision in quotes. */
export const etagOf = ({ revision }: { readonly revision: number }): string => `"${revision}"`

/** The revision an `If-Match` header asks for; undefined for none and for `*`. Throws CORE_INVALID_REQUEST. */
export function readIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header === '*') return undefined
  const match = /^"(\d{1,15})"$/.exec(header)
  if (!match) throw new InvalidRequestError('If-Match must be an ETag as this server sent it, such as "3".')
  return Number(match[1])
}

/** Throws CORE_REVISION_MISMATCH when the document has moved on since it was read (RFC 9110 §13.1.1). */
export function checkRevision(found: { readonly revision: number }, wanted: number | undefined): void {
  if (wanted !== undefined && found.revision !== wanted)
    throw new RevisionMismatchError(found.revision, wanted)
}
