/** Markup that is safe to send: everything put into it was escaped, or was such markup itself. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escape = (text: string): string => text.replace(/[&<>"']/g, (found) => entities[found] ?? found);

export type Insert = Html | string | number | undefined | null | false | readonly Insert[];

/** A template whose inserts go through `treat`, which escapes them, unless they are {@link Html} already. */
export const htmlWith = (treat: (text: string) => string) => {
  const render = (value: Insert): string => {
    if (value === undefined || value === null || value === false) return '';
    if (value instanceof Html) return value.text;
    if (Array.isArray(value)) return value.map(render).join('');
    return treat(String(value));
  };
  return (parts: TemplateStringsArray, ...inserts: Insert[]): Html =>
    new Html(parts.map((part, at) => part + (at < inserts.length ? render(inserts[at]) : '')).join(''));
};

/** A template whose inserts are escaped, unless they are {@link Html} already. */
export const html = htmlWith(escape);
