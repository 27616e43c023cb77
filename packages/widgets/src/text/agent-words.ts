import { words } from './words.ts'

/** The state button, its menu, the login and the link. */
export const agentWords = words(
  {
    menu: 'Change state',
    thenPause: 'then {pause}',
    pauses: 'Pause',
    pausesAfter: 'Pause, after this call',
    unlimited: 'not limited',
    minutes: '{n} min',
    takeBack: 'Take back the pause',
    changeStation: 'Change station …',
    endShift: 'End my shift',
    station_extension: 'Extension',
    station_mobile: 'Mobile',
    login: 'Start your shift',
    loginLead: 'How can we reach you?',
    campaigns: 'Your campaigns',
    noCampaigns: 'You are in no campaign yet: ask your supervisor.',
    chooseCampaign: 'Choose at least one campaign.',
    noStations: 'No phone is set up for you: ask your supervisor.',
    start: 'Start my shift',
    atWork: 'You are at work on: {station}',
    online: 'Online',
    slow: 'Slow',
    connecting: 'Connecting …',
    offlineSince: 'Offline for',
    refused: 'Signed out',
    retryIn: 'next try in {n} s',
    phoneReached: 'phone reached',
    phoneLost: 'phone not reached',
    retry: 'Try now'
  },
  {
    menu: 'Changer d’état',
    thenPause: 'puis {pause}',
    pauses: 'En pause',
    pausesAfter: 'En pause, après cet appel',
    unlimited: 'non limitée',
    minutes: '{n} min',
    takeBack: 'Renoncer à la pause',
    changeStation: 'Changer de poste …',
    endShift: 'Terminer ma journée',
    station_extension: 'Poste',
    station_mobile: 'Mobile',
    login: 'Prendre son poste',
    loginLead: 'Comment vous joindre ?',
    campaigns: 'Vos campagnes',
    noCampaigns: 'Vous n’êtes encore dans aucune campagne : demandez à votre encadrant.',
    chooseCampaign: 'Choisissez au moins une campagne.',
    noStations: 'Aucun téléphone n’est prévu pour vous : demandez à votre encadrant.',
    start: 'Prendre mon poste',
    atWork: 'Vous êtes en service sur : {station}',
    online: 'En ligne',
    slow: 'Lent',
    connecting: 'Connexion …',
    offlineSince: 'Hors ligne depuis',
    refused: 'Déconnecté',
    retryIn: 'prochain essai dans {n} s',
    phoneReached: 'poste joint',
    phoneLost: 'poste injoignable',
    retry: 'Réessayer'
  }
)
export const stationName = (
  station: string,
  say: (key: 'station_extension' | 'station_mobile') => string
): string => (station === 'extension' || station === 'mobile' ? say(`station_${station}`) : station)
