import ipaddr from 'ipaddr.js';
import { hostName, WrongValue } from '../../config-values.js';

/** Which addresses of the network may be reached. */
export interface Targets {
  /** Why a host must not be connected to at this address; null where it may. */
  refusal(host: string, address: string, protocol: string): string | null;
  /** Why it must not be spoken to as `protocol` says, wherever its name leads; null where that is not known yet. */
  plainRefusal(host: string, protocol: string): string | null;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
/** The well-known prefix behind which a translator puts IPv4 addresses (RFC 6052). */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');

/** `allowed`: names, addresses and ranges that may be private, and spoken to without TLS. */
export function createTargets(allowed: readonly string[]): Targets {
  const names = new Set(allowed);
  const ranges = allowed.flatMap((one) => (isRange(one) ? [rangeOf(one)] : []));
  const isAllowed = (host: string, address: Address) =>
    names.has(host) || ranges.some((range) => address.kind() === range[0].kind() && address.match(range));
  const plain = (host: string, protocol: string) =>
    protocol === 'https:' ? null : `${host} is spoken to without TLS`;

  return {
    refusal(host, text, protocol) {
      const address = ipaddr.process(text);
      if (isAllowed(host, address)) return null;
      const kind = privateKind(address);
      return kind ? `${text} is a ${kind} address` : plain(host, protocol);
    },
    // Where a range is allowed, the name may lead into it.
    plainRefusal: (host, protocol) => (names.has(host) || ranges.length > 0 ? null : plain(host, protocol)),
  };
}

/** As ipaddr.js names it: loopback, private, linkLocal …; null where it is public. */
function privateKind(address: Address): string | null {
  if (address.kind() === 'ipv4') return address.range() === 'unicast' ? null : address.range();
  if (address.match(NAT64)) return privateKind(new ipaddr.IPv4(address.toByteArray().slice(-4)));
  if (address.range() !== 'unicast') return address.range();
  return address.match(GLOBAL_UNICAST) ? null : 'reserved';
}

export const isRange = (text: string): boolean => ipaddr.isValid(text) || ipaddr.isValidCIDR(text);

const rangeOf = (text: string): [Address, number] => {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.toByteArray().length * 8];
};

/** A name or an address as `hostName` takes it, or a range of addresses. Throws WrongValue. */
export function allowedTarget(text: string): string {
  if (ipaddr.isValidCIDR(text)) return text;
  if (text.includes('/'))
    throw new WrongValue('it takes names, addresses and ranges, such as crm.internal or 10.20.0.0/16');
  return hostName(text);
}
