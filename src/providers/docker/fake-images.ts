import { createHash } from 'node:crypto';
import type { FakeAnswer, FakeCall } from '../../provider-kit/fake-server.ts';
import { asImage, asListedImage, said, type FakeImage } from './fake-shapes.ts';

/** The images of the fake engine, and the registries that it pulls from. */
export interface FakeImages {
  /** By id. */
  readonly byId: Map<string, FakeImage>;
  /** What registries have: others cannot be pulled. By reference without its tag; the value is its repository digest. */
  readonly registries: Map<string, string>;
  /** What the next builds say before they fail; undefined: they succeed. */
  buildError: string | undefined;
  /** By id, tag or repository digest. */
  at(reference: string): FakeImage | undefined;
  /** Undefined where the call is not about images. */
  answer(asked: string, call: FakeCall): FakeAnswer | undefined;
}

export function createImages(inUse: (id: string) => boolean): FakeImages {
  const fake: FakeImages = {
    byId: new Map(),
    registries: new Map(),
    buildError: undefined,
    at: (reference) =>
      fake.byId.get(reference) ??
      [...fake.byId.values()].find(({ tags, digests }) => [...tags, ...digests].includes(withTag(reference))),
    answer(asked, call) {
      const { query } = call;
      if (asked === 'POST /images/create') return pull(query.get('fromImage') ?? '', query.get('tag') ?? '');
      if (asked === 'POST /build') return build(call);
      if (asked === 'GET /images/json') return { status: 200, body: labelled(query.get('filters') ?? '{}') };
      const [, reference] = /^GET \/images\/(.+)\/json$/.exec(asked) ?? [];
      if (reference !== undefined) return inspect(reference);
      const [, id] = /^DELETE \/images\/(.+)$/.exec(asked) ?? [];
      return id === undefined ? undefined : remove(id);
    },
  };

  function pull(name: string, tag: string): FakeAnswer {
    const digest = fake.registries.get(name);
    if (digest === undefined)
      return stream(
        { status: `Pulling from ${name}` },
        failed(`pull access denied for ${name}, repository does not exist or may require 'docker login': denied`),
      );
    const id = digestOf(digest);
    const known = fake.byId.get(id) ?? { id, tags: [], digests: [`${name}@${digest}`], labels: {} };
    if (!tag.startsWith('sha256:')) {
      for (const other of fake.byId.values()) other.tags = other.tags.filter((each) => each !== `${name}:${tag}`);
      known.tags.push(`${name}:${tag}`);
    }
    fake.byId.set(id, known);
    return stream(
      { status: `Pulling from ${name}`, id: tag },
      ...layers(digest),
      { status: `Digest: ${digest}` },
      { status: `Status: Downloaded newer image for ${name}:${tag}` },
    );
  }

  function build({ query, bytes }: FakeCall): FakeAnswer {
    const step = { stream: 'Step 1/2 : FROM scratch\n' };
    if (fake.buildError !== undefined) return stream(step, failed(fake.buildError));
    const tag = query.get('t') ?? '';
    const id = digestOf(`${tag} ${bytes.length}`);
    const labels = JSON.parse(query.get('labels') ?? '{}') as Record<string, string>;
    fake.byId.set(id, { id, tags: [tag], digests: [], labels });
    return stream(step, { aux: { ID: id } }, { stream: `Successfully tagged ${tag}\n` });
  }

  function inspect(reference: string): FakeAnswer {
    const image = fake.at(reference);
    return image ? { status: 200, body: asImage(image) } : said(404, `No such image: ${reference}`);
  }

  function labelled(filters: string): object[] {
    const { label = [] } = JSON.parse(filters) as { label?: string[] };
    const entries = ({ labels }: FakeImage) => Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    return [...fake.byId.values()]
      .filter((image) => label.every((entry) => entries(image).includes(entry)))
      .map(asListedImage);
  }

  function remove(id: string): FakeAnswer {
    const image = fake.at(id);
    if (!image) return said(404, `No such image: ${id}`);
    if (inUse(image.id))
      return said(409, `conflict: unable to delete ${id} (cannot be forced) - image is being used by a container`);
    fake.byId.delete(image.id);
    return { status: 200, body: [{ Deleted: image.id }] };
  }

  return fake;
}

/** Two layers of an image: one that another image has too, and one that comes in pieces. */
function layers(digest: string): object[] {
  const [old, fresh] = [digest.slice(-12), digest.slice(-24, -12)];
  const piece = (current: number) => ({
    status: 'Downloading',
    progressDetail: { current, total: 300 },
    progress: `[=>  ] ${current}B/300B`,
    id: fresh,
  });
  return [
    { status: 'Pulling fs layer', progressDetail: {}, id: fresh },
    { status: 'Already exists', progressDetail: {}, id: old },
    ...[100, 200, 300].map(piece),
    { status: 'Download complete', progressDetail: {}, id: fresh },
    { status: 'Pull complete', progressDetail: {}, id: fresh },
  ];
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function withTag(reference: string): string {
  return reference.includes(':', reference.lastIndexOf('/') + 1) ? reference : `${reference}:latest`;
}

const failed = (error: string): object => ({ errorDetail: { message: error }, error });

/** Objects as the engine streams them: one a line, and 200 before it knows how it ends. */
function stream(...lines: object[]): FakeAnswer {
  const text = lines.map((line) => `${JSON.stringify(line)}\r\n`).join('');
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: text };
}
