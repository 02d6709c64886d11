/** One style sheet for both pages: light and dark by the system's choice, from 320 pixels to a wide desktop. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf7, #121518);
  --raised: light-dark(#f3f1ec, #1a1e22);
  --ink: light-dark(#1b1f23, #e6e8ea);
  --dim: light-dark(#5a6068, #9ea6ae);
  --line: light-dark(#e3e0d9, #2a2f34);
  --link: light-dark(#1f5f8b, #8cc4ee);
  --up: light-dark(#2f8a5b, #4fb783);
  --some: light-dark(#b07512, #dca53c);
  --bad: light-dark(#c0392f, #ee7a6d);
  --hole: light-dark(#8b9097, #6d747b);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 3px; border-radius: 3px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
.wrap, main { max-width: 66rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
.top { border-top: 5px solid var(--tone); }
.top .wrap { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; justify-content: space-between; align-items: baseline; padding-top: 1.25rem; }
.top p, .top nav ul { margin: 0; }
.brand { font-weight: 650; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 1.25rem; }
nav [aria-current] { color: inherit; text-decoration: none; font-weight: 650; }
.hero { padding: clamp(2rem, 7vw, 4.5rem) 0 clamp(1.5rem, 4vw, 2.5rem); }
h1 { font-size: clamp(2rem, 6.5vw, 3.4rem); line-height: 1.08; letter-spacing: -.025em; font-weight: 650; margin: 0 0 .75rem; text-wrap: balance; }
h2 { font-size: 1.3rem; letter-spacing: -.01em; font-weight: 650; margin: 0 0 .75rem; line-height: 1.25; }
h3, h4 { font-size: 1rem; font-weight: 600; margin: 0; line-height: 1.4; }
section { padding: 1.75rem 0 1rem; }
p { margin: 0 0 .5rem; max-width: 62ch; text-wrap: pretty; }
.dim { color: var(--dim); }
.small, .mark, .rows > li p { font-size: .875rem; }
code { font-family: var(--mono); font-size: .86em; }
.plain { list-style: none; margin: 0; padding: 0; }
.up { --tone: var(--up); } .degraded, .some { --tone: var(--some); } .down, .bad { --tone: var(--bad); }
.maintenance { --tone: var(--link); } .unknown, .unwatched, .hole { --tone: var(--hole); }
.mark { display: inline-flex; align-items: baseline; gap: .5em; }
.res .mark { white-space: nowrap; justify-self: end; }
.mark::before { content: ""; width: .7em; height: .7em; border-radius: 50%; background: var(--tone); flex: none; }
.mark.down::before { border-radius: 1px; }
.mark.degraded::before { border-radius: 0; clip-path: polygon(50% 0, 100% 100%, 0 100%); }
.mark.maintenance::before { border-radius: 1px; transform: rotate(45deg) scale(.85); }
.mark.unknown::before, .mark.unwatched::before { background: none; border: 2px solid var(--tone); }
.rows { border-top: 1px solid var(--line); }
.rows > li { border-bottom: 1px solid var(--line); padding: .8rem 0; }
.rows > li p { margin: 0; }
.pct, .lat { white-space: nowrap; }
.group { margin: 1.75rem 0 .4rem; color: var(--dim); font-size: .875rem; font-weight: 500; }
.res { display: grid; gap: .35rem 1rem; grid-template-columns: 1fr auto; align-items: center; }
.res .bars { grid-column: 1 / -1; }
.res .lat { display: flex; gap: .6rem; align-items: center; justify-content: flex-end; }
svg { display: block; }
.bars { width: 100%; height: 28px; }
.bars path { fill: none; stroke: var(--tone); stroke-width: 22; stroke-dasharray: 3 1; }
.bars .some, .bars .bad { stroke-width: 28; }
.bars .hole { stroke-width: 4; }
.spark { width: 92px; height: 24px; flex: none; }
.spark path { fill: none; stroke: var(--dim); stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; }
.key { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0 0; }
.key li::before { content: ""; display: inline-block; width: .45em; height: 1em; margin-right: .5em; vertical-align: -.12em; background: var(--tone); }
.key .hole::before { height: .2em; vertical-align: .2em; }
.card { background: var(--raised); border-left: 4px solid var(--tone, var(--hole)); padding: 1rem 1.25rem; margin: 0 0 1rem; }
.card h3 { font-size: 1.1rem; }
.card p:last-child { margin-bottom: 0; }
ol.when { list-style: none; padding: 0; margin: .6rem 0 0; font-size: .875rem; }
ol.when li { padding: .3rem 0 .3rem 1rem; border-left: 2px solid var(--line); }
ol.when + p { margin-top: .6rem; }
ol.when time { display: block; color: var(--dim); }
.day { padding: .9rem 0; border-bottom: 1px solid var(--line); }
.day h3 { margin-bottom: .15rem; }
details { padding: .25rem 0; }
summary { cursor: pointer; }
summary .dim { font-size: .875rem; }
details > :not(summary) { margin-left: 1.1rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1.25rem 1.5rem; margin: 0; }
.figures div { display: flex; flex-direction: column; justify-content: space-between; }
.figures dt { color: var(--dim); font-size: .875rem; line-height: 1.35; }
.figures dd { margin: 0; font-size: 1.45rem; letter-spacing: -.015em; font-weight: 600; line-height: 1.3; }
.figures .none { color: var(--dim); font-size: 1rem; font-weight: 400; letter-spacing: 0; }
.scroll { overflow-x: auto; padding-bottom: .5rem; }
.map text { font-size: 13px; fill: var(--ink); }
.map .dim { font-size: 11.5px; fill: var(--dim); }
#box { fill: var(--raised); stroke: var(--line); }
#bar { fill: var(--tone); }
.map path { fill: none; stroke: var(--hole); stroke-width: 1.25; }
.map marker path { fill: var(--hole); stroke: none; }
.usage { width: 100%; height: 8px; margin: .35rem 0; }
.usage rect { fill: var(--tone); } .usage .rest { fill: var(--line); }
.two { display: grid; gap: .4rem 1.5rem; }
.find { display: block; margin: 0 0 1rem; }
.find input { display: block; width: 100%; max-width: 28rem; font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--hole); border-radius: 6px; padding: .5rem .75rem; margin-top: .25rem; }
footer { border-top: 1px solid var(--line); margin-top: 2.5rem; padding: 1.25rem 0 3rem; color: var(--dim); font-size: .875rem; }
footer p { max-width: none; }
@media (min-width: 48rem) {
  .res { grid-template-columns: minmax(9rem, 1fr) 7rem minmax(12rem, 22rem) 4.75rem 10.5rem; }
  .res .bars { grid-column: auto; }
  .res .mark { justify-self: start; }
  .res .pct { text-align: right; }
  .two { grid-template-columns: minmax(11rem, 1fr) 2fr; }
  ol.when li { display: grid; grid-template-columns: 11.5rem 1fr; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media (forced-colors: active) { .mark::before, .key li::before { forced-color-adjust: none; } }
@media print { .top nav, .skip, .find { display: none; } }
`
  .replace(/\n\s*/g, '\n')
  .trim();
