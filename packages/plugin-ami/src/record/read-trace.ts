import { AmiFramer } from '../link/framer.ts'
import { type AmiPacket, parsePacket } from '../link/packet.ts'

/** Reads what was recorded of one AMI connection, greeting included, as the packets it held; half a packet at its end is left out. */
export function* readTrace(recorded: Buffer): Iterable<AmiPacket> {
  for (const text of new AmiFramer().push(recorded)) yield parsePacket(text)
}
