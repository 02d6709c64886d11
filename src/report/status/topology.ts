import type { Html } from '../../model/html.ts';
import type { Address } from '../../model/resource.ts';
import { clip } from '../visible.ts';
import { markup } from './markup.ts';
import { STANDING, type StatusResource } from './standing.ts';

const [NODE_WIDTH, NODE_HEIGHT] = [160, 44];
const [COLUMN, LINE] = [NODE_WIDTH + 40, NODE_HEIGHT + 12];
/** Columns of those that neither use nor are used. */
const ALONE = 5;

/** Height that a line takes which passes through a column. */
const LANE = 14;

interface Node {
  resource: StatusResource;
  x: number;
  y: number;
}

/** Where a line from `from` to `to` passes through the columns between them. */
type Lanes = Map<string, { x: number; y: number }[]>;

/** The resources in layers, from what others use on the left to what uses it on the right. */
export function topology(resources: readonly StatusResource[]): Html {
  const layers = layersOf(resources);
  const { nodes, lanes } = placed(layers, resources);
  const all = [...nodes.values()];
  const width = Math.max(...all.map(({ x }) => x)) + NODE_WIDTH + 1;
  const height = Math.max(...all.map(({ y }) => y)) + NODE_HEIGHT + 1;
  const edges = all.flatMap((to) =>
    to.resource.dependsOn.flatMap((used) => {
      const from = nodes.get(used);
      return from && from !== to ? [edge(from, to, lanes.get(laneKey(from.resource, to.resource)) ?? [])] : [];
    }),
  );
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="Map of the fleet">
    <svg
      class="map"
      width="${width}"
      height="${height}"
      viewBox="0 0 ${width} ${height}"
      role="img"
      aria-label="${inWords(resources)}"
    >
      <defs>
        <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0l8 4-8 4z" />
        </marker>
        <rect id="box" x=".5" y=".5" width="${NODE_WIDTH}" height="${NODE_HEIGHT}" rx="4" />
        <rect id="bar" width="5" height="${NODE_HEIGHT + 1}" rx="2" />
      </defs>
      ${edges}${all.map(box)}
    </svg>
  </div>`;
}

/** Column by resource, one more than the furthest of what it uses; only of those that use or are used. */
function layersOf(resources: readonly StatusResource[]): Map<Address, number> {
  const known = new Set(resources.map(({ address }) => address));
  const uses = new Map<Address, Address[]>();
  for (const { address, dependsOn } of resources) {
    const used = dependsOn.filter((one) => known.has(one) && one !== address);
    if (used.length > 0) for (const one of [address, ...used]) uses.set(one, uses.get(one) ?? []);
    if (used.length > 0) uses.set(address, used);
  }
  const layers = new Map<Address, number>();
  for (let layer = 0; layers.size < uses.size; layer += 1) {
    const open = [...uses.keys()].filter((address) => !layers.has(address));
    const ready = open.filter((address) => uses.get(address)?.every((used) => layers.has(used)));
    // A record from between two applies may hold a circle: what is in it, and beyond, shares the last column.
    for (const address of ready.length > 0 ? ready : open) layers.set(address, layer);
  }
  return layers;
}

interface Slot {
  /** Where it would like to be. */
  wish: number;
  height: number;
  put(y: number): void;
}

/** Each beside the middle of what it uses, as far as the others of its column, and the lines that pass it, leave room. */
function placed(layers: Map<Address, number>, resources: readonly StatusResource[]) {
  const nodes = new Map<Address, Node>();
  const lanes: Lanes = new Map();
  const linked = resources.filter(({ address }) => layers.has(address));
  const last = Math.max(-1, ...layers.values());
  let bottom = 0;
  for (let column = 0; column <= last; column += 1) {
    const slots: Slot[] = [];
    for (const resource of linked) {
      const own = layers.get(resource.address) as number;
      const used = resource.dependsOn.flatMap((address) => nodes.get(address) ?? []);
      if (own === column) {
        const sources = used.map((from) => lanes.get(laneKey(from.resource, resource))?.at(-1)?.y ?? from.y);
        slots.push({
          wish: sources.length === 0 ? 0 : sources.reduce((sum, y) => sum + y, 0) / sources.length,
          height: LINE,
          put: (y) => nodes.set(resource.address, { resource, x: column * COLUMN, y }),
        });
      }
      if (own <= column) continue;
      for (const from of used.filter(({ x }) => x < column * COLUMN)) {
        const passed = lanes.get(laneKey(from.resource, resource)) ?? [];
        lanes.set(laneKey(from.resource, resource), passed);
        slots.push({
          wish: passed.at(-1)?.y ?? from.y,
          height: LANE,
          put: (y) => passed.push({ x: column * COLUMN, y }),
        });
      }
    }
    let free = 0;
    for (const { wish, height, put } of slots.toSorted((a, b) => a.wish - b.wish)) {
      const y = Math.max(free, Math.round(wish));
      put(y);
      free = y + height;
    }
    bottom = Math.max(bottom, free);
  }
  const top = bottom === 0 ? 0 : bottom + LINE / 4;
  for (const [index, resource] of resources.filter(({ address }) => !layers.has(address)).entries())
    nodes.set(resource.address, {
      resource,
      x: (index % ALONE) * COLUMN,
      y: top + Math.floor(index / ALONE) * LINE,
    });
  return { nodes, lanes };
}

const laneKey = (from: StatusResource, to: StatusResource): string => `${from.address} ${to.address}`;

function edge(from: Node, to: Node, lanes: readonly { x: number; y: number }[]): Html {
  let [x, y] = [from.x + NODE_WIDTH, from.y + NODE_HEIGHT / 2];
  let line = `M${x} ${y}`;
  const curveTo = (x2: number, y2: number): void => {
    const bend = Math.max(20, Math.abs(x2 - x) / 2);
    line += `C${x + bend} ${y} ${x2 - bend} ${y2} ${x2} ${y2}`;
    [x, y] = [x2, y2];
  };
  for (const lane of lanes) {
    curveTo(lane.x, lane.y + LANE / 2);
    x += NODE_WIDTH;
    line += `H${x}`;
  }
  curveTo(to.x, to.y + NODE_HEIGHT / 2);
  return markup`<path marker-end="url(#tip)" d="${line}" />`;
}

function box({ resource: { kind, name, standing, instances }, x, y }: Node): Html {
  const where = [...new Set(instances.map(({ provider }) => provider))].join(', ');
  const second = clip([where || 'nowhere', STANDING[standing].toLowerCase()].join(' · '), 23);
  return markup`<g class="${standing}" transform="translate(${x} ${y})"><use href="#box" /><use href="#bar" /><text x="14" y="18">${clip(`${kind} ${name}`, 19)}</text><text class="dim" x="14" y="35">${second}</text></g>`;
}

function inWords(resources: readonly StatusResource[]): string {
  const used = resources.filter(({ dependsOn }) => dependsOn.length > 0).length;
  return `${resources.length} resources, ${used} of which use others; the list below says which`;
}
