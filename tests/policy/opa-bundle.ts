import { gzipSync } from 'node:zlib';
import createWabt from 'wabt';

/**
 * Bundles for tests: a module written against OPA's documented WebAssembly ABI 1.2, in an archive laid out as `opa build` does.
 * What a policy says is written into it; it can look whether its input has a text in it.
 */

/** What an entrypoint does. */
export type Behaviour =
  /** The value as JSON. */
  | { says: unknown }
  /** One value where the input has this text somewhere, else the other. */
  | { having: string; says: unknown; otherwise: unknown }
  | 'is undefined'
  | 'loops for ever'
  | 'takes all memory'
  | 'fails'
  /** Of the host, by that name. */
  | { calls: string };

const wabt = await createWabt();

/** A bundle with these entrypoints. */
export function opaBundle(entrypoints: Record<string, Behaviour>, data: object = {}): Buffer {
  return archive({ '/data.json': JSON.stringify(data), '/policy.wasm': policy(entrypoints), '/.manifest': '{}' });
}

/** A `.tar.gz` of these files, in their order. */
export function archive(files: Record<string, string | Uint8Array>): Buffer {
  return gzipSync(tar(Object.entries(files).map(([name, content]) => ({ name, content }))));
}

interface Member {
  name: string;
  content: string | Uint8Array;
  /** Default: a file. */
  type?: string;
  /** What its header says, instead of what is so. */
  size?: number;
}

/** A tar archive. */
export function tar(members: Member[]): Buffer {
  const blocks = members.flatMap(({ name, content, type = '0', size }) => {
    const bytes = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000600\0', 100);
    header.write((size ?? bytes.length).toString(8).padStart(11, '0'), 124);
    header.write(`        ${type}`, 148);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A module out of its text. */
export function assemble(text: string): Uint8Array {
  return wabt.parseWat('policy.wat', text).toBinary({}).buffer;
}

/** A compiled policy. */
export function policy(entrypoints: Record<string, Behaviour>): Uint8Array {
  const texts: string[] = [];
  let end = 1024;
  /** Address of a text in the module's memory, ended by a zero. */
  const put = (text: string): number => {
    const bytes = Buffer.from(`${text}\0`);
    texts.push(`(data (i32.const ${end}) "${bytes.toString('hex').replace(/../g, '\\$&')}")`);
    end += bytes.length;
    return end - bytes.length;
  };
  const result = (value: unknown): string => `(i32.const ${put(JSON.stringify([{ result: value }]))})`;
  const nothing = `(i32.const ${put('[]')})`;
  const called: Record<string, number> = {};
  const code = (does: Behaviour): string => {
    if (does === 'is undefined') return nothing;
    if (does === 'loops for ever') return '(loop $again (br $again)) (unreachable)';
    if (does === 'takes all memory')
      return '(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable)';
    if (does === 'fails') return '(unreachable)';
    if ('calls' in does) {
      called[does.calls] ??= Object.keys(called).length;
      return `(drop (call $host (i32.const ${called[does.calls]}) (i32.const 0))) ${nothing}`;
    }
    if (!('having' in does)) return result(does.says);
    return `(select ${result(does.says)} ${result(does.otherwise)}
      (call $has (local.get $input) (local.get $length) (i32.const ${put(does.having)}) (i32.const ${Buffer.byteLength(does.having)})))`;
  };
  const names = Object.keys(entrypoints);
  const cases = names.map(
    (name, index) =>
      `(if (i32.eq (local.get $entrypoint) (i32.const ${index})) (then (return ${code(entrypoints[name] as Behaviour)})))`,
  );
  const [builtins, list] = [
    put(JSON.stringify(called)),
    put(JSON.stringify(Object.fromEntries(names.entries().map(([index, name]) => [name, index])))),
  ];
  return assemble(`(module
    (import "env" "memory" (memory 2))
    (import "env" "opa_builtin0" (func $host (param i32 i32) (result i32)))
    (global (export "opa_wasm_abi_version") i32 (i32.const 1))
    (global (export "opa_wasm_abi_minor_version") i32 (i32.const 2))
    (global $heap (mut i32) (i32.const ${end}))
    ${texts.join('\n    ')}
    (func (export "builtins") (result i32) (i32.const ${builtins}))
    (func (export "entrypoints") (result i32) (i32.const ${list}))
    (func (export "opa_heap_ptr_get") (result i32) (global.get $heap))
    (func (export "opa_heap_ptr_set") (param i32) (global.set $heap (local.get 0)))
    (func (export "opa_json_parse") (param i32 i32) (result i32) (local.get 0))
    (func (export "opa_json_dump") (param i32) (result i32) (local.get 0))
    (func (export "opa_malloc") (param $size i32) (result i32)
      (global.set $heap (i32.add (global.get $heap) (local.get $size)))
      (i32.sub (global.get $heap) (local.get $size)))
    (func $has (param $at i32) (param $length i32) (param $text i32) (param $size i32) (result i32)
      (local $end i32) (local $same i32)
      (local.set $end (i32.sub (i32.add (local.get $at) (local.get $length)) (local.get $size)))
      (loop $next
        (if (i32.gt_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
        (local.set $same (i32.const 0))
        (loop $compare
          (if (i32.eq (local.get $same) (local.get $size)) (then (return (i32.const 1))))
          (if (i32.eq (i32.load8_u (i32.add (local.get $at) (local.get $same))) (i32.load8_u (i32.add (local.get $text) (local.get $same))))
            (then (local.set $same (i32.add (local.get $same) (i32.const 1))) (br $compare))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next))
      (unreachable))
    (func (export "opa_eval") (param i32) (param $entrypoint i32) (param $data i32) (param $input i32) (param $length i32) (param i32 i32) (result i32)
      ${cases.join('\n      ')}
      (unreachable)))`);
}
