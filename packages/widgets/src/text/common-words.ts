import { words } from './words.ts'

/** Texts that every element needs. */
export const commonWords = words(
  {
    noSession: 'Not connected to the call centre',
    connecting: 'Connecting …'
  },
  {
    noSession: 'Non relié au centre d’appels',
    connecting: 'Connexion …'
  }
)
