import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Where a request that the config asks for may go. The config of a repository is no reason to let its author ask the
 * machines around this one: a cloud's metadata service, a database of the company, the router.
 *
 * The address itself is looked at, when the connection is made and again on every redirect, so that neither an odd spelling
 * nor a name that resolves to something else the second time gets past.
 */

/** Never asked: they belong to this machine's own network card or its cloud, to groups, or to nobody. */
const NEVER = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16], // with 169.254.169.254, the metadata of most clouds
  ['168.63.129.16', 32], // metadata of Azure
  ['192.0.0.0', 24], // with 192.0.0.192, metadata of Oracle
  ['100.100.100.200', 32], // metadata of Alibaba
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['fd00:ec2::254', 128], // metadata of AWS
  ['fd20:ce::254', 128], // metadata of Google
  ['ff00::', 8],
  ['100::', 64],
  ['2001::', 32], // Teredo: leads to an address that is not seen here
] as const;

/** Asked where the address is known to be meant: a provider that runs things here, or a config that says so. */
const PRIVATE = [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['192.0.2.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['::1', 128],
  ['fc00::', 7],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['64:ff9b:1::', 48], // a network's own translation, whose layout is for it to choose
] as const;

/** Made by who asks first: most runs do not, and it takes a while. */
let made: { never: BlockList; private: BlockList } | undefined;
const lists = () => (made ??= { never: blockList(NEVER), private: blockList(PRIVATE) });

function blockList(nets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of nets) list.addSubnet(net, prefix, isIP(net) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

/** Thrown where a connection is refused; the message says to whom people may read it. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

/** Why this IP address may not be asked; undefined where it may. */
export function refusal(address: string, allowPrivate: boolean): string | undefined {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 0) return `${address} is no IP address`;
  const inner = family === 6 ? embedded(plain) : undefined;
  const isIn = (list: BlockList): boolean =>
    list.check(plain, family === 6 ? 'ipv6' : 'ipv4') || (inner !== undefined && list.check(inner, 'ipv4'));
  if (isIn(lists().never)) return `${address} ${FORBIDDEN}`;
  if (!allowPrivate && isIn(lists().private)) return `${address} ${NOT_PUBLIC}`;
  return undefined;
}

const FORBIDDEN = 'is an address that nobody may ask';
const NOT_PUBLIC = 'is not a public address, which incidents.allow_private would have to allow';

/** Whether a sample's problem is that its address may not be asked from here: it says nothing of what is there. */
export function isRefused(problem: string | undefined): boolean {
  return problem?.endsWith(FORBIDDEN) === true || problem?.endsWith(NOT_PUBLIC) === true;
}

/** The IPv4 address in an IPv6 one that leads there: mapped, compatible, translated (NAT64), 6to4. */
function embedded(address: string): string | undefined {
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(6);
  const start = groups.slice(0, 6).join(',');
  const zeros = '0,0,0,0,0,';
  // `::` and `::1` have the shape of compatible ones and are addresses of their own.
  if (start === `${zeros}0`) return high === 0 && low <= 1 ? undefined : dotted(high, low);
  if (start === `${zeros}65535` || start === '0,0,0,0,65535,0') return dotted(high, low);
  if (groups[0] === 0x64 && groups[1] === 0xff9b) return dotted(high, low);
  if (groups[0] === 0x2002) return dotted(groups[1] ?? 0, groups[2] ?? 0);
  return undefined;
}

function groupsOf(address: string): number[] {
  // The platform knows all spellings and gives back one: hexadecimal groups, the longest row of zeros left out.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const parse = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [parse(head), parse(tail ?? '')];
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}

const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.');

/** Throws UnreachableError for a host that is itself an address that may not be asked: such are never looked up. */
export function requireReachable(host: string, allowPrivate: boolean): void {
  const plain = host.replace(/^\[|\]$/g, '');
  const because = isIP(plain) === 0 ? undefined : refusal(plain, allowPrivate);
  if (because) throw new UnreachableError(because);
}

/** Looks a name up as `dns.lookup` does, all addresses of it. */
export type Lookup = (
  hostname: string,
  options: { all: true; family?: number; hints?: number },
  done: (error: NodeJS.ErrnoException | null, addresses: { address: string; family: number }[]) => void,
) => void;

/**
 * `lookup` for a connection (`net`, `tls`, `http`): gives only addresses that may be asked, and fails with UnreachableError
 * where there is none among them. An address written as such is not looked up by Node: see `requireReachable`.
 */
export function reachableLookup(allowPrivate: boolean, lookup: Lookup = systemLookup as Lookup): LookupFunction {
  return (hostname, options, done) => {
    const { family, hints } = options;
    const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family;
    const asked = {
      all: true as const,
      ...(wanted === undefined ? {} : { family: wanted }),
      ...(hints === undefined ? {} : { hints }),
    };
    lookup(hostname, asked, (error, found) => {
      if (error) return done(error, '', 0);
      const refused = found.map(({ address }) => refusal(address, allowPrivate));
      const allowed = found.filter((_, index) => refused[index] === undefined);
      const [first] = allowed;
      if (!first) return done(new UnreachableError(`${hostname} leads to ${refused[0] ?? 'no address'}`), '', 0);
      return options.all ? done(null, allowed) : done(null, first.address, first.family);
    });
  };
}
