import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** An open TCP or UDP socket of this machine, as the kernel lists it. */
export interface OpenSocket {
  readonly kind: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
  readonly listening: boolean
  readonly inode: string
}

/** Every TCP socket that listens and every UDP socket, IPv4 and IPv6. */
export function openSockets(): OpenSocket[] {
  return (['tcp', 'udp', 'tcp6', 'udp6'] as const).flatMap(file => {
    const lines = readFileSync(`/proc/net/${file}`, 'utf8').trim().split('\n').slice(1)
    return lines.map(line => {
      const fields = line.trim().split(/\s+/)
      const [host = '', port = ''] = (fields[1] ?? '').split(':')
      const kind = file.startsWith('tcp') ? 'tcp' : 'udp'
      const listening = kind === 'udp' || fields[3] === '0A'
      return {
        kind,
        address: addressOf(host),
        port: Number.parseInt(port, 16),
        listening,
        inode: fields[9] ?? ''
      }
    })
  })
}

/** The sockets that a process holds. */
export function socketsOf(pid: number): OpenSocket[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).map(fd => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
      } catch {
        return undefined // closed meanwhile
      }
    })
  )
  return openSockets().filter(({ listening, inode }) => listening && inodes.has(inode))
}

// IPv4 stands there as one little-endian word
function addressOf(hex: string): string {
  if (hex.length !== 8) return /^0+$/.test(hex) ? '::' : hex
  return (hex.match(/../g) ?? [])
    .reverse()
    .map(byte => Number.parseInt(byte, 16))
    .join('.')
}

/** Whether a process runs; one that has ended and whose parent has not asked for it yet does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
