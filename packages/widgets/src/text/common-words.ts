import { words } from './words.ts'

/** Texts that every element needs. */
export const commonWords = words(
  {
    noSession: 'Not connected to the call centre',
    connecting: 'Connecting …',
    close: 'Close',
    cancel: 'Cancel',
    tryAgain: 'Try again'
  },
  {
    noSession: 'Non relié au centre d’appels',
    connecting: 'Connexion …',
    close: 'Fermer',
    cancel: 'Annuler',
    tryAgain: 'Réessayer'
  }
)
