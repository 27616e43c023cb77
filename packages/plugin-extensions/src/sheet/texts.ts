/** Languages of the sheet; other languages of users get English. */
export const languages = ['fr', 'en'] as const
export type Language = (typeof languages)[number]

export interface Texts {
  readonly title: string
  readonly once: string
  readonly withoutSecret: string
  readonly scan: string
  readonly labels: Readonly<Record<Label, string>>
  /** How to, device by device. `{…}` are labels of the fields above. */
  readonly devices: readonly { readonly name: string; readonly steps: readonly string[] }[]
  readonly vpn: string
}

export const labels = [
  'name',
  'user',
  'secret',
  'server',
  'transport',
  'realm',
  'codecs',
  'keys',
  'expires'
] as const
export type Label = (typeof labels)[number]

const fr: Texts = {
  title: 'Réglages du téléphone',
  once: 'Le mot de passe n’est affiché qu’ici, une seule fois : il n’est conservé nulle part. Perdu, il se remplace.',
  withoutSecret: 'Le mot de passe n’est pas conservé : un administrateur peut en faire un nouveau.',
  scan: 'Linphone sur smartphone : à l’accueil, « Scanner un code QR ». Le code sert une seule fois, pendant quinze minutes.',
  labels: {
    name: 'Nom affiché',
    user: 'Identifiant (et identifiant d’authentification)',
    secret: 'Mot de passe',
    server: 'Serveur, domaine',
    transport: 'Transport',
    realm: 'Domaine d’authentification (realm), si le téléphone le demande',
    codecs: 'Codecs, dans cet ordre',
    keys: 'Touches (DTMF)',
    expires: 'Durée d’enregistrement'
  },
  devices: [
    {
      name: 'Zoiper',
      steps: [
        'Identifiant : {user}@{server} ; mot de passe ci-dessus.',
        'Nom d’hôte : {server}. Proxy sortant : aucun.',
        'Parmi les transports trouvés, choisir SIP {transport}.',
        'Le même compte peut servir sur l’ordinateur et sur le smartphone.'
      ]
    },
    {
      name: 'Linphone',
      steps: [
        '« Utiliser un compte SIP tiers » : identifiant {user}, mot de passe, domaine {server}, transport {transport}.',
        'Sur smartphone, autoriser l’exécution en arrière-plan, sans quoi il ne sonne pas écran éteint.'
      ]
    },
    {
      name: 'Téléphone de bureau',
      steps: [
        'Page web du téléphone, compte 1 : nom d’enregistrement et identifiant {user}, mot de passe, serveur SIP {server}, transport {transport}.',
        'Durée d’enregistrement 300 s, DTMF RFC 2833, PCMA en premier, décroché automatique seulement si votre centre le veut.',
        'Pas de second serveur, pas de proxy sortant, pas de STUN.'
      ]
    }
  ],
  vpn: 'Hors du bureau : VPN d’abord, téléphone ensuite. Si l’enregistrement réussit mais que les appels échouent, choisir TCP au lieu d’UDP : de gros paquets ne passent pas.'
}

const en: Texts = {
  title: 'Telephone settings',
  once: 'The password is shown here only, once: it is kept nowhere. A lost one is replaced.',
  withoutSecret: 'The password is not kept: an administrator can make a new one.',
  scan: 'Linphone on a smartphone: “Scan QR code” on its first page. The code works once, within fifteen minutes.',
  labels: {
    name: 'Display name',
    user: 'User name (and authentication name)',
    secret: 'Password',
    server: 'Server, domain',
    transport: 'Transport',
    realm: 'Realm, if the telephone asks for it',
    codecs: 'Codecs, in this order',
    keys: 'Keys (DTMF)',
    expires: 'Registration expires after'
  },
  devices: [
    {
      name: 'Zoiper',
      steps: [
        'User name: {user}@{server}; the password from above.',
        'Host name: {server}. Outbound proxy: none.',
        'Among the transports found choose SIP {transport}.',
        'The same account may be used on the computer and on the smartphone.'
      ]
    },
    {
      name: 'Linphone',
      steps: [
        '“Use a third-party SIP account”: user name {user}, password, domain {server}, transport {transport}.',
        'On a smartphone allow it to run in the background, or it does not ring while the screen is off.'
      ]
    },
    {
      name: 'Desk phone',
      steps: [
        'The telephone’s web page, account 1: register name and user name {user}, password, SIP server {server}, transport {transport}.',
        'Registration expires 300 s, DTMF RFC 2833, PCMA first, automatic answer only if your centre wants it.',
        'No second server, no outbound proxy, no STUN.'
      ]
    }
  ],
  vpn: 'Away from the office: first the VPN, then the telephone. When it registers but calls fail, choose TCP instead of UDP: large packets do not pass.'
}

export const textsOf: Readonly<Record<Language, Texts>> = { fr, en }

export const languageOf = (wanted: string): Language => languages.find(one => one === wanted) ?? 'en'
