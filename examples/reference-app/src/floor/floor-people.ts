/** A simulated agent of the demo: an ordinary user, marked by his login. */
export interface FloorAccount {
  readonly login: string
  readonly password: string
}

/** Extensions 1007 to 1018 of the simulator are theirs; 1001 to 1006 belong to people. */
export const floorPeople: readonly { login: string; name: string; site: number; extension: string }[] = [
  'Awa Diallo',
  'Karim Haddad',
  'Claire Dubois',
  'Hugo Lambert',
  'Inès Moreau',
  'Julie Perrin',
  'Léo Fabre',
  'Mina Tran',
  'Nadia Roussel',
  'Olivier Caron',
  'Paul Lefort',
  'Zoé Picard'
].map((name, i) => ({
  login: `demo-${1007 + i}`,
  name: `${name} (démo)`,
  site: i % 3,
  extension: String(1007 + i)
}))
