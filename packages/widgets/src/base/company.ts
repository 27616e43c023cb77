import type { Session } from '@evscallpro/api-client'

interface Member {
  readonly localName: string
  requestUpdate(): void
}

/** The elements of one page that share a session: what one of them offers, another need not. */
const companies = new WeakMap<Session, Set<Member>>()

/** Joins the elements of a session; the returned function leaves them. The others render again. */
export function join(session: Session, member: Member): () => void {
  const company = companies.get(session) ?? new Set()
  companies.set(session, company)
  company.add(member)
  tell(company, member)
  return () => {
    company.delete(member)
    tell(company, member)
  }
}

/** The first element of this tag that shares the session. */
export function companion(session: Session, tag: string): Member | null {
  for (const member of companies.get(session) ?? []) if (member.localName === tag) return member
  return null
}

function tell(company: ReadonlySet<Member>, except: Member): void {
  for (const member of company) if (member !== except) member.requestUpdate()
}
