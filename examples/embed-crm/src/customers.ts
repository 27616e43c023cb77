/** A customer as this CRM keeps him; the CRM knows nothing of calls. */
export interface Customer {
  readonly id: string
  readonly lastName: string
  readonly firstName: string
  readonly street: string
  readonly city: string
  /** E.164. */
  readonly phone: string
  readonly mobile: string | null
  readonly lastContact: string
  readonly balance: string
}

const customer = (
  id: string,
  lastName: string,
  firstName: string,
  place: readonly [street: string, city: string],
  phones: readonly [phone: string, mobile: string | null],
  lastContact: string,
  balance: string
): Customer => ({
  id,
  lastName,
  firstName,
  street: place[0],
  city: place[1],
  phone: phones[0],
  mobile: phones[1],
  lastContact,
  balance
})

/**
 * Numbers are of the block that is kept for fiction in France (+33 1 99 00); on the PBX simulator their last four
 * digits say how the customer behaves: 1105 answers and waits, 2002 is busy, 2103 does not answer.
 */
export const customers: readonly Customer[] = [
  customer(
    '004217',
    'LEFÈVRE',
    'Hélène',
    ['12, rue des Lices', '49100 ANGERS'],
    ['+33199001105', '+33199001160'],
    '21/11/2026',
    '0,00 €'
  ),
  customer(
    '004218',
    'GIRARD',
    'Marc',
    ['12, rue des Lices', '49100 ANGERS'],
    ['+33199002002', null],
    '12/09/2026',
    '0,00 €'
  ),
  customer(
    '003990',
    'AUBRY',
    'Jean-Luc',
    ['3, place de l’Église', '49240 AVRILLÉ'],
    ['+33199002103', null],
    '04/11/2026',
    '128,40 €'
  ),
  customer(
    '004102',
    'GARNIER',
    'Sylvie',
    ['27, rue du Stade', '49800 TRÉLAZÉ'],
    ['+33199001030', null],
    '19/11/2026',
    '0,00 €'
  ),
  customer(
    '001774',
    'ROBIN',
    'Patrick',
    ['8, allée des Tilleuls', '49070 BEAUCOUZÉ'],
    ['+33199001045', null],
    '02/10/2026',
    '56,90 €'
  ),
  customer(
    '004455',
    'NGUYEN',
    'Minh',
    ['41, boulevard Foch', '49100 ANGERS'],
    ['+33199001050', null],
    '18/11/2026',
    '0,00 €'
  )
]

export const customerOf = (id: string | undefined): Customer | undefined =>
  customers.find(one => one.id === id)

/** The customer with this number (E.164), landline or mobile. */
export const customerAt = (number: string): Customer | undefined =>
  customers.find(({ phone, mobile }) => phone === number || mobile === number)

/** Customers whose name holds the words, without regard to accents and case. */
export function searchCustomers(words: string): readonly Customer[] {
  const plain = (text: string): string =>
    text
      .normalize('NFD')
      .replace(/\p{Diacritic}/gu, '')
      .toLowerCase()
  return customers.filter(({ lastName, firstName }) =>
    plain(`${lastName} ${firstName}`).includes(plain(words))
  )
}
