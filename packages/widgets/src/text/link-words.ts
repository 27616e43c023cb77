import { words } from './words.ts'

/** The link to the server, and whether the phone is reached. */
export const linkWords = words(
  {
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
