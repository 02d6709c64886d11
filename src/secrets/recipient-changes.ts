import type { Notice } from '../model/plan.ts';
import { kindOf } from './recipients.ts';
import { parseSealed } from './sealed-file.ts';

/** So much of a long recipient is shown: its beginning, and its end. */
const SHOWN = [20, 8] as const;

/** Texts of the files by path, at the commit and on the default branch; absent there: nothing is compared. */
interface Texts {
  sealed: ReadonlyMap<string, string>;
  sealedOnDefault?: ReadonlyMap<string, string> | undefined;
}

/**
 * Who could open what is sealed by a commit and by the default branch not: new recipients are easily merged unseen, because to
 * the eye they are noise. Also where post-quantum recipients give way to others. Nothing is opened.
 */
export function recipientChanges({ sealed: now, sealedOnDefault: before = now }: Texts): Notice[] {
  const known = new Set([...before].flatMap(([path, text]) => recipientsIn(path, text)));
  const wasHybrid = [...known].some((recipient) => kindOf(recipient) === 'hybrid');
  return [...now].flatMap(([path, text]): Notice[] => {
    if (before.get(path) === text) return [];
    const lines = text.split('\n');
    return parseSealed(path, text)
      .recipients.filter(({ recipient }) => !known.has(recipient))
      .map(({ recipient }) => {
        const line = lines.findIndex((one) => one.endsWith(` recipient: ${recipient}`)) + 1;
        const weaker =
          wasHybrid && kindOf(recipient) === 'x25519' ? ', and without protection from quantum computers' : '';
        return {
          message: `${shown(recipient)} opens what is sealed in ${path}, and nothing on the default branch${weaker}: make sure whose it is`,
          position: { file: path, line, column: 1 },
        };
      });
  });
}

/** Those of a file that the default branch has; none where it is damaged there. */
function recipientsIn(path: string, text: string): string[] {
  try {
    return parseSealed(path, text).recipients.map(({ recipient }) => recipient);
  } catch {
    return [];
  }
}

function shown(recipient: string): string {
  const [head, tail] = SHOWN;
  return recipient.length <= 64 ? recipient : `${recipient.slice(0, head)}…${recipient.slice(-tail)}`;
}
