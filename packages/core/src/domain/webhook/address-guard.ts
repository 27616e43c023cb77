import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { WebhookNetworkError } from './errors.ts'

/** Ranges that do not lead to the public internet (IANA special-purpose registries, RFC 6890 and its updates). */
const special = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16', // also the metadata services of clouds
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '64:ff9b::/96', // translated to any IPv4 address, private ones too
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8'
]

/** Thrown for an address that webhooks may not reach. */
export class AddressRefusedError extends Error {
  readonly code = 'EVS_ADDRESS_REFUSED'
}

/** Decides which addresses webhooks may reach, so that a URL cannot be made to point into the own network. */
export class AddressGuard {
  readonly #special = networks(special)
  readonly #allowed: BlockList

  /** `allowed`: networks in CIDR notation. Throws CORE_WEBHOOK_NETWORK. */
  constructor(allowed: readonly string[]) {
    this.#allowed = networks(allowed)
  }

  permits(address: string): boolean {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    // Of an IPv4 address in IPv6's clothes (::ffff:10.0.0.1) BlockList looks at the IPv4 address.
    return this.#allowed.check(address, family) || !this.#special.check(address, family)
  }

  /** Why a URL cannot be a webhook's, else null. Names are checked when they are resolved, before each connection. */
  refuse(text: string): string | null {
    if (!URL.canParse(text)) return 'must be an absolute URL'
    const url = new URL(text)
    const host = hostOf(url)
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(host))) {
      return 'must begin with https:// (http:// only for a receiver on this machine)'
    }
    if (url.username !== '' || url.password !== '') return 'must not carry a user or a password'
    if (url.hash !== '') return 'must not have a fragment (#…)'
    if (isIP(host) !== 0 && !this.permits(host)) return refusal(host)
    return null
  }

  /** Throws for a host that is an address out of bounds; `lookup` is not asked about addresses. */
  checkHost(host: string): void {
    if (isIP(host) !== 0 && !this.permits(host)) throw new AddressRefusedError(refusal(host))
  }

  /**
   * Resolves names for a socket and leaves only permitted addresses. The socket connects to what was checked: a name
   * that resolves otherwise a moment later changes nothing.
   */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '')
      const permitted = addresses.filter(({ address }) => this.permits(address))
      const [first] = permitted
      if (!first) return callback(new AddressRefusedError(refusal(listOf(addresses))), '')
      if (options.all) callback(null, permitted)
      else callback(null, first.address, first.family)
    })
  }
}

/** Host of a URL as the socket takes it: without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

const refusal = (address: string): string =>
  `leads to ${address}, a private or reserved address; webhooks.allowNetworks permits such networks`

const listOf = (addresses: readonly LookupAddress[]): string =>
  addresses.map(({ address }) => address).join(', ')

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host)

function networks(list: readonly string[]): BlockList {
  const block = new BlockList()
  for (const network of list) {
    const [address = '', prefix = ''] = network.split('/')
    const family = isIP(address)
    const bits = Number(prefix)
    if (family === 0 || !/^\d+$/.test(prefix) || bits > (family === 4 ? 32 : 128)) {
      throw new WebhookNetworkError(network)
    }
    block.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  }
  return block
}
