import { words } from './words.ts'

/** A phone that rings, and numbers in the page. */
export const offerWords = words(
  {
    incoming: 'Incoming call',
    answerThenKey: 'Answer, then press 1 so that the call goes to {name}.',
    answerIt: 'Answer: the call to {name} starts then.',
    answerIncoming: 'Answer: {name} is calling.',
    pressKey: 'Press 1 on your phone so that the call goes to {name}.',
    acceptHere: 'Accept here so that the call goes to {name}.',
    left: 'Time left',
    kept: 'Without an answer the contact stays with you',
    silent: 'It does not ring?',
    silentHelp:
      'Check that your phone is on, has a signal and is not muted. Then cancel and call again, or change your station.',
    call: 'Call {number}',
    callWho: 'Call {name}, {number}',
    onCall: 'On the line with {number}'
  },
  {
    incoming: 'Appel entrant',
    answerThenKey: 'Décrochez, puis tapez 1 pour que l’appel parte vers {name}.',
    answerIt: 'Décrochez : l’appel vers {name} part alors.',
    answerIncoming: 'Décrochez : {name} vous appelle.',
    pressKey: 'Tapez 1 sur votre téléphone pour que l’appel parte vers {name}.',
    acceptHere: 'Acceptez ici pour que l’appel parte vers {name}.',
    left: 'Temps restant',
    kept: 'Sans réponse, la fiche reste à vous',
    silent: 'Il ne sonne pas ?',
    silentHelp:
      'Vérifiez qu’il est allumé, qu’il capte et qu’il n’est pas en silencieux. Puis annulez et rappelez, ou changez de poste.',
    call: 'Appeler le {number}',
    callWho: 'Appeler {name}, {number}',
    onCall: 'En communication avec le {number}'
  }
)
