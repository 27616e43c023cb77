import type { CommandErrorCode } from '@evscallpro/api-client'
import { words } from './words.ts'

/** What a person reads when a command is refused: what is so, and what to do. */
export const refusalWords = words<CommandErrorCode>(
  {
    not_ready: 'You are not ready. Become ready first, then try again.',
    not_authenticated: 'Your sign-in has ended. Sign in again; a call goes on meanwhile.',
    forbidden: 'You are not allowed to do this. Ask your supervisor.',
    invalid_number: 'This is not a telephone number. Write it with its country code, as +33 1 …',
    do_not_contact: 'Protected number: nobody may call it.',
    consent_missing: 'This contact has not agreed to be called.',
    outside_hours: 'The campaign may not call now where this contact lives.',
    attempts_exhausted: 'All attempts for this contact are used up.',
    quota_full: 'The quota of this contact is full.',
    in_call: 'A call is in progress. End it first.',
    wrap_up_pending: 'Qualify the last call first.',
    no_line: 'The call could not leave: no line is free. Try again in a minute.',
    agent_leg_failed: 'Your phone did not answer. Check it, then call again: the contact is kept for you.',
    agent_not_accepted: 'The call was not accepted on your phone. Call again: the contact is kept for you.',
    timeout: 'The server has not answered. Look at the state before you try again.',
    offline: 'You are offline: nothing was sent. Try again when the connection is back.',
    conflict: 'This changed meanwhile. Look at the state, then try again.',
    unsupported: 'The telephone system here cannot do this.',
    invalid_input: 'Something you entered is not right. Check it, then save again.',
    internal: 'The server failed. Nothing was changed; try again, then tell your supervisor.'
  },
  {
    not_ready: 'Vous n’êtes pas disponible. Passez disponible, puis réessayez.',
    not_authenticated: 'Votre session a expiré. Reconnectez-vous ; un appel en cours continue.',
    forbidden: 'Vous n’en avez pas le droit. Demandez à votre superviseur.',
    invalid_number: 'Ce n’est pas un numéro de téléphone. Écrivez-le avec son indicatif, comme +33 1 …',
    do_not_contact: 'Numéro protégé : personne ne peut l’appeler.',
    consent_missing: 'Ce contact n’a pas donné son accord pour être appelé.',
    outside_hours: 'La campagne n’appelle pas à cette heure là où vit ce contact.',
    attempts_exhausted: 'Toutes les tentatives de ce contact sont épuisées.',
    quota_full: 'Le quota de ce contact est complet.',
    in_call: 'Un appel est en cours. Terminez-le d’abord.',
    wrap_up_pending: 'Qualifiez d’abord le dernier appel.',
    no_line: 'L’appel n’a pas pu partir : aucune ligne libre. Réessayez dans une minute.',
    agent_leg_failed: 'Votre poste n’a pas répondu. Vérifiez-le, puis rappelez : la fiche est gardée.',
    agent_not_accepted: 'L’appel n’a pas été accepté sur votre poste. Rappelez : la fiche est gardée.',
    timeout: 'Le serveur n’a pas répondu. Regardez l’état avant de réessayer.',
    offline: 'Vous êtes hors ligne : rien n’a été envoyé. Réessayez quand la connexion revient.',
    conflict: 'Cela a changé entre-temps. Regardez l’état, puis réessayez.',
    unsupported: 'La téléphonie d’ici ne sait pas le faire.',
    invalid_input: 'Une saisie n’est pas juste. Vérifiez-la, puis enregistrez.',
    internal: 'Le serveur a échoué. Rien n’a changé ; réessayez, puis prévenez votre superviseur.'
  }
)
