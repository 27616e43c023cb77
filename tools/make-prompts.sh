#!/usr/bin/env bash
# Makes the voice prompts of the dialplan kit: spoken by espeak-ng, 8 kHz GSM as Asterisk reads it.
# Debian: apt-get install espeak-ng sox libsox-fmt-base. The files are committed; run this only to change a text.
set -euo pipefail
out=$(cd "$(dirname "${BASH_SOURCE[0]}")/../packages/plugin-ami/kit/sounds/evs" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { # LANGUAGE FILE TEXT
  mkdir -p "$out/$1"
  espeak-ng -v "$1" -s 150 -w "$work/speech.wav" "$3"
  sox "$work/speech.wav" -r 8000 -c 1 -e gsm-full-rate "$out/$1/$2.gsm" highpass 200 lowpass 3400 norm -3
}

say fr connecting 'Connexion en cours.'
say fr press-1 'Pour prendre l’appel, appuyez sur un. Pour le refuser, appuyez sur deux.'
say fr screen 'Pour prendre l’appel, cliquez sur Accepter, à l’écran.'
say fr enter-code 'Entrez les six chiffres affichés à l’écran.'
say fr code-right 'Merci. Votre numéro est vérifié.'
say fr code-wrong 'Ce code n’est pas le bon. Au revoir.'
say fr stopped 'Les appels sortants sont suspendus pour le moment.'
say en connecting 'Connecting you now.'
say en press-1 'To take the call, press one. To refuse it, press two.'
say en screen 'To take the call, click Accept on your screen.'
say en enter-code 'Please key the six digits shown on your screen.'
say en code-right 'Thank you. Your number is verified.'
say en code-wrong 'That code is not right. Goodbye.'
say en stopped 'Outgoing calls are suspended for the moment.'
