import type { AmiLink } from '../link/ami-link.ts'
import { header } from '../link/packet.ts'

/** What may stand in a dialplan function's argument here: names and extensions, no comma, no bracket. */
const plain = /^[\w.+-]{1,80}$/

/** Questions to Asterisk that an account with `call` or `reporting` may ask: all are dialplan functions by Getvar. */
export class PbxReader {
  readonly #link: AmiLink

  constructor(link: AmiLink) {
    this.#link = link
  }

  /** Empty when there is no such thing. */
  async value(expression: string): Promise<string> {
    const answer = await this.#link.action({ Action: 'Getvar', Variable: expression })
    return header(answer, 'Value') ?? ''
  }

  async hasContext(context: string): Promise<boolean> {
    return (await this.value(`DIALPLAN_EXISTS(${checked(context)})`)) === '1'
  }

  /** One setting of a PJSIP object, such as `yes` or `60`. */
  pjsip(object: 'endpoint' | 'aor' | 'auth' | 'global', id: string, setting: string): Promise<string> {
    return this.value(`AST_SORCERY(res_pjsip,${object},${checked(id)},${setting})`)
  }

  config(file: string, section: string, setting: string): Promise<string> {
    return this.value(`AST_CONFIG(${file},${section},${setting})`)
  }
}

function checked(name: string): string {
  if (plain.test(name)) return name
  throw new Error(`'${name}' is no name of a context, trunk or extension`)
}

/** Asterisk writes a switch as yes, true or 1. */
export const isOn = (value: string): boolean => /^(yes|true|1|on)$/i.test(value)
