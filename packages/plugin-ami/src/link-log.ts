import type { FastifyBaseLogger } from 'fastify'
import type { AmiLink } from './link/ami-link.ts'

/** Writes the life of a session into the log: once when it changes, not at every attempt. */
export function watchLink(link: AmiLink, session: string, pbx: string, log: FastifyBaseLogger): void {
  link.on('up', ({ amiVersion }) => log.info({ pbx, session, amiVersion }, 'connected to the PBX'))
  link.on('down', err => log.warn({ err, pbx, session }, 'connection to the PBX lost'))
  link.on('login-refused', err => log.error({ err, pbx, session }, 'the PBX refuses the login'))
  link.on('retry', ({ error: err, delayMs, failures }) => {
    if (failures === 1 || failures % 20 === 0)
      log.warn({ err, pbx, session, delayMs, failures }, 'no connection to the PBX')
  })
}
