import type { CallView, ContactCard, Handout } from '@evscallpro/api-client'
import { readableNumber } from './phone-number.ts'

/** How a contact is called: name, else company, else his number. */
export function contactName(contact: ContactCard): string {
  const name = [contact.firstName, contact.lastName].filter(Boolean).join(' ')
  return name || contact.company || readableNumber(contact.phones[0] ?? '')
}

/** Who is at the other end: the contact in hand when the call is his, else the number. */
export function otherEnd(call: Pick<CallView, 'handoutId' | 'number'>, handout: Handout | null): string {
  return handout && call.handoutId === handout.id ? contactName(handout.contact) : readableNumber(call.number)
}
