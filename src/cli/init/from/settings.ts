import type { Leftover } from './converted.ts';

/**
 * A map of another host's file, whose settings are taken one by one. What nobody took is what could not be carried over:
 * so nothing is dropped silently, whatever the file holds.
 */
export class Settings {
  readonly path: string;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #taken = new Map<string, Settings[]>();
  readonly #dropped = new Map<string, string>();
  #refused: string | undefined;

  /** @param path where the map stands in the file; empty for the whole of it */
  constructor(value: unknown, path = '') {
    this.path = path;
    this.#values = new Map(isMap(value) ? Object.entries(value) : []);
  }

  keys(): string[] {
    return [...this.#values.keys()];
  }

  has(key: string): boolean {
    return this.#values.get(key) !== undefined && this.#values.get(key) !== null;
  }

  /** Text, or a number or boolean as text. */
  text(key: string): string | undefined {
    return this.#take(key, 'text', (value) => (isScalar(value) ? String(value) : undefined));
  }

  number(key: string): number | undefined {
    return this.#take(key, 'a number', (value) => {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    });
  }

  flag(key: string): boolean | undefined {
    return this.#take(key, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined));
  }

  /** A list of texts; one text is a list of one. */
  texts(key: string): string[] | undefined {
    return this.#take(key, 'a list of texts', (value) => {
      const list = Array.isArray(value) ? value : [value];
      return list.every(isScalar) ? list.map(String) : undefined;
    });
  }

  /** Text of a form of its own, such as a duration; what `read` does not understand is left over. */
  read<T>(key: string, expected: string, read: (text: string) => T | undefined): T | undefined {
    return this.#take(key, expected, (value) => (isScalar(value) ? read(String(value)) : undefined));
  }

  /** One line for the shell, or a list of words. */
  command(key: string): string | string[] | undefined {
    return this.#take(key, 'a command', (value) => {
      if (typeof value === 'string') return value.trim() || undefined;
      return Array.isArray(value) && value.length > 0 && value.every(isScalar) ? value.map(String) : undefined;
    });
  }

  /** A map inside this one; an empty one when there is none, so that its settings can be asked for all the same. */
  map(key: string): Settings {
    const inner = this.#take(key, 'a map', (value) => (isMap(value) ? new Settings(value, this.at(key)) : undefined));
    if (inner) this.#taken.set(key, [inner]);
    return inner ?? new Settings({}, this.at(key));
  }

  /** The maps of a list; one map is a list of one. */
  maps(key: string): Settings[] {
    const inner = this.#take(key, 'a list of maps', (value) => {
      const list = Array.isArray(value) ? value : [value];
      if (!list.every(isMap)) return undefined;
      return list.map((item, index) => new Settings(item, `${this.at(key)}[${index}]`));
    });
    if (inner) this.#taken.set(key, inner);
    return inner ?? [];
  }

  /** The maps under names of the file's own choosing. */
  named(key: string): [name: string, Settings][] {
    const outer = this.map(key);
    return outer.keys().flatMap((name): [string, Settings][] => {
      const inner = outer.map(name);
      return outer.#taken.get(name)?.length ? [[name, inner]] : [];
    });
  }

  /** A map of names to texts. */
  variables(key: string): Record<string, string> {
    const inner = this.map(key);
    return Object.fromEntries(
      inner.keys().flatMap((name): [string, string][] => {
        const value = inner.text(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
  }

  /** The value as it stands, for settings that come in many shapes. */
  any(key: string): unknown {
    return this.#take(key, 'a value', (value) => value);
  }

  /** Not carried over, and why; nothing when it is not there. */
  drop(key: string, why: string): void {
    if (!this.#values.has(key)) return;
    this.#taken.delete(key);
    this.#dropped.set(key, why);
  }

  /** None of the map is carried over, and why. */
  refuse(why: string): void {
    this.#refused = why;
  }

  /** Says nothing about what runs, such as the address of a schema. */
  ignore(...keys: string[]): void {
    for (const key of keys) this.#taken.set(key, []);
  }

  at(key: string): string {
    const name = /^[\w$@/*.-]+$/.test(key) ? key : JSON.stringify(key);
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  /** All that was not taken, in the order of the file. */
  leftovers(file: string): Leftover[] {
    if (this.#refused !== undefined) return [{ file, path: this.path, why: this.#refused }];
    return this.keys().flatMap((key) => {
      const why = this.#dropped.get(key);
      if (why !== undefined) return [{ file, path: this.at(key), why }];
      const inner = this.#taken.get(key);
      if (inner) return inner.flatMap((one) => one.leftovers(file));
      return [{ file, path: this.at(key), why: 'flotilla.yml has no such setting' }];
    });
  }

  #take<T>(key: string, expected: string, read: (value: unknown) => T | undefined): T | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    const result = value === null ? undefined : read(value);
    if (result !== undefined || value === null) this.#taken.set(key, []);
    else this.drop(key, `${expected} was expected here`);
    return result;
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function isScalar(value: unknown): value is string | number | boolean | bigint {
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}
