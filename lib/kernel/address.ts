import ipaddr from "ipaddr.js";

/** One way to write each address: IPv4 inside IPv6 unwrapped, IPv6 shortened, zone and port left off. */
function canonical(text: string): string | undefined {
  const trimmed = text.trim().replace(/^\[(.*)\](:\d+)?$/, "$1");
  if (!ipaddr.isValid(trimmed)) {
    // "192.0.2.1:4711", as some proxies write the hop
    const host = /^([\d.]+):\d+$/.exec(trimmed)?.[1];
    return host !== undefined && ipaddr.IPv4.isValidFourPartDecimal(host) ? host : undefined;
  }
  // "1" and "0x7f.1" are valid to ipaddr.js; no peer and no proxy writes an address so.
  if (!trimmed.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(trimmed)) return undefined;
  const address = ipaddr.process(trimmed);
  if (address.kind() === "ipv6") (address as ipaddr.IPv6).zoneId = undefined;
  return address.toString();
}

type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Bits of an IPv6 address that say that an IPv4 address is inside it (RFC 4291 2.5.5.2). */
const MAPPED_BITS = 96;

/** A network (CIDR) as addresses are compared with it: one of IPv4 inside IPv6 unwrapped, as they are. */
function networkOf(text: string): Network | undefined {
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return ipaddr.IPv4.parseCIDR(text);
  if (!ipaddr.IPv6.isValidCIDR(text)) return undefined;
  const [address, bits] = ipaddr.IPv6.parseCIDR(text);
  if (!address.isIPv4MappedAddress()) return [address, bits];
  return bits < MAPPED_BITS ? undefined : [address.toIPv4Address(), bits - MAPPED_BITS];
}

/** Whether this is an address, without a port, or a network that `clientAddress` can find a proxy by. */
export const namesProxies = (text: string): boolean =>
  ipaddr.isValid(text) ? canonical(text) !== undefined : networkOf(text) !== undefined;

// Read once for each list: it is the same setting at every request.
const networksOf = new WeakMap<readonly string[], { addresses: Set<string>; networks: Network[] }>();

function proxiesOf(list: readonly string[]): { addresses: Set<string>; networks: Network[] } {
  let proxies = networksOf.get(list);
  if (proxies === undefined) {
    proxies = {
      addresses: new Set(list.flatMap((entry) => canonical(entry) ?? [])),
      networks: list.flatMap((entry) => {
        const network = networkOf(entry);
        return network === undefined ? [] : [network];
      }),
    };
    networksOf.set(list, proxies);
  }
  return proxies;
}

function isTrusted(address: string, trustedProxies: readonly string[]): boolean {
  const { addresses, networks } = proxiesOf(trustedProxies);
  if (addresses.has(address)) return true;
  if (networks.length === 0) return false;
  const parsed = ipaddr.parse(address);
  return networks.some(
    ([network, bits]) =>
      // biome-ignore lint/suspicious/noExplicitAny: the types want the two kinds apart; the check before sees to it
      network.kind() === parsed.kind() && parsed.match(network as any, bits),
  );
}

/**
 * The address a request comes from, in its canonical form.
 *
 * X-Forwarded-For is believed only from the peers in `trustedProxies` (addresses or CIDR networks), and only its right
 * end, which they wrote: walking from the right over trusted hops, the first hop that is not trusted is the client.
 * Everything left of it is the client's own claim. A hop that is no address ends the walk at the last one that was.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: readonly string[],
): string {
  let address = canonical(peer ?? "");
  if (address === undefined) return "unknown";
  const hops = (forwardedFor ?? "").split(",");
  while (isTrusted(address, trustedProxies)) {
    const hop: string | undefined = canonical(hops.pop() ?? "");
    if (hop === undefined) break;
    address = hop;
  }
  return address;
}

/**
 * What a budget is counted by: an IPv4 address as it is, of an IPv6 address its /64, which one subscriber has to
 * himself and can walk through at will. Takes what `clientAddress` gives; anything else is its own bucket.
 */
export function addressBucket(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const parts = ipaddr.IPv6.parse(address).parts.slice(0, 4);
  return `${new ipaddr.IPv6([...parts, 0, 0, 0, 0])}/64`;
}
