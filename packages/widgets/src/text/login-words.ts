import { words } from './words.ts'

/** The start of a shift. */
export const loginWords = words(
  {
    login: 'Start your shift',
    loginLead: 'How can we reach you?',
    campaigns: 'Your campaigns',
    noCampaigns: 'You are in no campaign yet: ask your supervisor.',
    chooseCampaign: 'Choose at least one campaign.',
    noStations: 'No phone is set up for you: ask your supervisor.',
    start: 'Start my shift',
    atWork: 'You are at work on: {station}'
  },
  {
    login: 'Prendre son poste',
    loginLead: 'Comment vous joindre ?',
    campaigns: 'Vos campagnes',
    noCampaigns: 'Vous n’êtes encore dans aucune campagne : demandez à votre superviseur.',
    chooseCampaign: 'Choisissez au moins une campagne.',
    noStations: 'Aucun téléphone n’est prévu pour vous : demandez à votre superviseur.',
    start: 'Prendre mon poste',
    atWork: 'Vous êtes en service sur : {station}'
  }
)
