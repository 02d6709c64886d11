import type { CertificateFacts, Palette } from '../../index.ts';

/** A line each; what ends soon says how it is replaced. */
export function renderCertificates(certificates: readonly CertificateFacts[], { dim, yellow, red }: Palette): string {
  if (certificates.length === 0) return 'No certificate was issued yet: flotilla certificate issue NODE --host HOST\n';
  const width = Math.max(...certificates.map(({ name }) => name.length));
  const lines = certificates.map(({ name, kind, serial, until, daysLeft, state, hosts, mend }) => {
    const day = until.slice(0, 10);
    const left = `${daysLeft} ${daysLeft === 1 ? 'day' : 'days'} left`;
    const ends = {
      good: `until ${day}, ${left}`,
      ending: yellow(`until ${day}, ${left}: ${mend}`),
      ended: red(`ended on ${day}: ${mend}`),
    }[state];
    const whose = kind === 'node' ? ` for ${hosts.join(', ')}` : '';
    return `${name.padEnd(width)}  ${ends}${whose}  ${dim(serial)}`;
  });
  return `${lines.join('\n')}\n`;
}
