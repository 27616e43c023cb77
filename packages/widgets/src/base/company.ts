import type { Session } from '@evscallpro/api-client'

interface Member {
  readonly localName: string
  requestUpdate(): void
}

/** The elements of this page, with the session they share: what one of them offers, another need not. */
const members = new Map<Member, Session>()

/** Joins the elements of a session; the returned function leaves them. The others render again. */
export function join(session: Session, member: Member): () => void {
  members.set(member, session)
  tell(session)
  return () => {
    members.delete(member)
    tell(session)
  }
}

/** The first element of this tag that shares the session. */
export function companion(session: Session, tag: string): Member | null {
  for (const [member, shared] of members) if (shared === session && member.localName === tag) return member
  return null
}

function tell(session: Session): void {
  for (const [member, shared] of members) if (shared === session) member.requestUpdate()
}
