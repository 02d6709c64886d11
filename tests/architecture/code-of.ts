/** Source text with comments gone and each string replaced by `"<index>"`, so that patterns see code only. */
export interface Code {
  code: string;
  /** Contents of the plain strings, by index. */
  strings: string[];
}

const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|[`{}]|\/(?![/*])/g;
const REGULAR_EXPRESSION = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
/** What may stand before a regular expression and never before a division. */
const BEFORE_EXPRESSION = /(?:^|[([{,;:=!&|?+\-*%~^<>}]|\b(?:return|typeof|case|in|of|await|throw))$/;
const TEMPLATE_PART = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(`|\$\{)/y;

export function codeOf(text: string): Code {
  const strings: string[] = [];
  let code = '';
  let at = 0;
  /** Open braces; `true` for one that ends a template's `${`. */
  const braces: boolean[] = [];

  const templatePart = (): void => {
    TEMPLATE_PART.lastIndex = at;
    const end = TEMPLATE_PART.exec(text);
    at = end ? TEMPLATE_PART.lastIndex : text.length;
    if (end?.[1] === '${') braces.push(true);
    code += end?.[1] === '${' ? '(' : '""';
  };

  for (;;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (!token) return { code: code + text.slice(at), strings };
    const [found] = token;
    code += text.slice(at, token.index);
    at = token.index + found.length;
    if (found.startsWith('//') || found.startsWith('/*')) code += ' ';
    else if (found.startsWith("'") || found.startsWith('"')) code += `"${strings.push(found.slice(1, -1)) - 1}"`;
    else if (found === '`') templatePart();
    else if (found === '{') code += (braces.push(false), '{');
    else if (found === '}') {
      if (braces.pop()) {
        code += ')';
        templatePart();
      } else code += '}';
    } else {
      REGULAR_EXPRESSION.lastIndex = token.index;
      const expression = BEFORE_EXPRESSION.test(code.trimEnd()) ? REGULAR_EXPRESSION.exec(text) : null;
      if (expression) at = REGULAR_EXPRESSION.lastIndex;
      code += expression ? '""' : '/';
    }
  }
}
