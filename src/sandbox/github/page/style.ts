/** One style sheet for every page: light and dark by the system's choice, from phone to desktop. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f7f8f6, #10161b);
  --card: light-dark(#ffffff, #161e25);
  --ink: light-dark(#1c2730, #dbe4ea);
  --faint: light-dark(#5d6b76, #8fa0ad);
  --line: light-dark(#d9dfe0, #2a3640);
  --sea: light-dark(#0b6a78, #5cc4cf);
  --deep: light-dark(#0e3b47, #0a1216);
  --good: light-dark(#1f7a45, #58c184);
  --bad: light-dark(#b3261e, #ff8d80);
  --wait: light-dark(#8a5b00, #e3b04b);
  --plus: light-dark(#e3f5e8, #12301f);
  --minus: light-dark(#fbe6e4, #3a1d1b);
  --code: light-dark(#eef2f1, #1e2830);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
a { color: var(--sea); text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible, button:focus-visible, textarea:focus-visible, summary:focus-visible { outline: 2px solid var(--sea); outline-offset: 2px; }
header.top { background: var(--deep); color: #e8f3f4; }
header.top > div { display: flex; gap: 10px; align-items: center; flex-wrap: wrap; padding: 12px 20px; max-width: 1120px; margin: auto; }
header.top a { color: inherit; }
header.top .brand { font-weight: 650; display: flex; gap: 9px; align-items: center; }
header.top .crumb { opacity: .85; overflow-wrap: anywhere; }
header.top .crumb::before { content: "/"; opacity: .5; margin-right: 10px; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 24px; line-height: 1.3; margin: 0 0 6px; font-weight: 650; overflow-wrap: anywhere; text-wrap: balance; }
h2 { font-size: 16px; margin: 0; font-weight: 650; }
.lead { color: var(--faint); margin: 0 0 22px; overflow-wrap: anywhere; }
.faint { color: var(--faint); }
.small { font-size: 13px; }
.mono { font-family: var(--mono); font-size: 12.5px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 18px; overflow: hidden; }
.card > .head { display: flex; gap: 10px; align-items: center; justify-content: space-between; flex-wrap: wrap; padding: 10px 16px; border-bottom: 1px solid var(--line); }
.card .body { padding: 14px 16px; }
details.step > .body { padding-top: 2px; }
.body .actions { margin-top: 14px; }
.body > .actions:first-child { margin-top: 0; }
.card > :last-child { border-bottom: 0; }
.rows { list-style: none; margin: 0; padding: 0; }
.rows > li { padding: 10px 16px; border-top: 1px solid var(--line); display: flex; gap: 10px; align-items: baseline; }
.rows > li:first-child { border-top: 0; }
.rows .grow { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.rows .end { margin-left: auto; text-align: right; white-space: nowrap; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 340px; gap: 22px; align-items: start; }
.mark { display: inline-block; width: 1.15em; text-align: center; font-weight: 700; flex: none; }
.good { color: var(--good); } .bad { color: var(--bad); } .wait { color: var(--wait); }
.pill { display: inline-block; border-radius: 99px; border: 1px solid currentColor; padding: 0 10px; font-size: 13px; line-height: 22px; font-weight: 600; white-space: nowrap; }
.pill.full { color: #fff; border-color: transparent; background: light-dark(#1f7a45, #2c7c4f); }
.pill.full.merged { background: light-dark(#6a4bb0, #6c51ab); } .pill.full.closed { background: light-dark(#a3352d, #9c3d35); }
.label { display: inline-block; border-radius: 99px; padding: 0 8px; font-size: 12px; line-height: 20px; border: 1px solid var(--line); background: var(--code); }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 5px; }
button { font: inherit; font-size: 14px; font-weight: 600; color: var(--ink); background: var(--code); border: 1px solid var(--line); border-radius: 7px; padding: 5px 13px; cursor: pointer; }
button:hover { border-color: var(--sea); }
button.main { background: light-dark(#0b6a78, #14707c); color: #fff; border-color: transparent; }
.actions { display: flex; gap: 10px; flex-wrap: wrap; align-items: center; }
.actions form { margin: 0; }
textarea { width: 100%; min-height: 84px; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 7px; padding: 9px 11px; resize: vertical; }
form.comment button { margin-top: 8px; }
.scroll { overflow-x: auto; }
table.code { border-collapse: collapse; width: 100%; font: 12.5px/1.6 var(--mono); }
table.code td { padding: 0 12px; white-space: pre; vertical-align: top; }
table.code td.n { width: 1%; min-width: 44px; text-align: right; color: var(--faint); user-select: none; border-right: 1px solid var(--line); }
table.code tr.add { background: var(--plus); } table.code tr.del { background: var(--minus); }
table.code tr.hunk td { color: var(--faint); background: var(--code); }
table.code tr.note > td { padding: 8px 12px; white-space: normal; font: 14px/1.5 system-ui, sans-serif; }
.note-box { border: 1px solid var(--line); border-left: 4px solid var(--sea); border-radius: 6px; padding: 7px 12px; background: var(--card); max-width: 860px; position: sticky; left: 12px; }
.note-box.warning { border-left-color: var(--wait); } .note-box.failure { border-left-color: var(--bad); }
.note-box p { margin: 2px 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.markdown { overflow-wrap: anywhere; }
.markdown > :first-child { margin-top: 0; } .markdown > :last-child { margin-bottom: 0; }
.markdown h1 { font-size: 21px; } .markdown h2 { font-size: 18px; margin: 20px 0 8px; } .markdown h3 { font-size: 16px; margin: 18px 0 6px; } .markdown h4 { margin: 14px 0 4px; }
.markdown code { font: 12.5px var(--mono); background: var(--code); border-radius: 5px; padding: 2px 5px; }
.markdown pre { background: var(--code); border-radius: 8px; padding: 11px 14px; overflow-x: auto; }
.markdown pre code { padding: 0; background: none; line-height: 1.5; }
.markdown table { border-collapse: collapse; font-size: 14px; }
.markdown th, .markdown td { border: 1px solid var(--line); padding: 5px 11px; text-align: left; overflow-wrap: normal; }
.markdown th { background: var(--code); font-weight: 600; }
.markdown .right { text-align: right; } .markdown .center { text-align: center; }
.markdown blockquote { margin: 12px 0; padding: 2px 14px; border-left: 4px solid var(--line); color: var(--faint); }
.markdown blockquote.warning, .markdown blockquote.caution { border-color: var(--wait); color: inherit; }
.markdown blockquote.note, .markdown blockquote.tip, .markdown blockquote.important { border-color: var(--sea); color: inherit; }
.markdown ul, .markdown ol { padding-left: 24px; } .markdown .task { list-style: none; margin-left: -20px; }
details > summary { cursor: pointer; }
details.step { border-top: 1px solid var(--line); } details.step:first-of-type { border-top: 0; }
details.step > summary { padding: 8px 16px; } details.step > pre { margin: 0; }
pre.log { background: light-dark(#15222a, #0b1115); color: #d6e2e8; font: 12.5px/1.55 var(--mono); padding: 12px 16px; margin: 0; overflow: auto; max-height: 560px; }
.outside { margin: 0; padding: 5px 16px; background: var(--code); }
.empty { padding: 18px 16px; color: var(--faint); }
footer { color: var(--faint); font-size: 13px; text-align: center; padding: 0 20px 40px; }
@media (max-width: 800px) {
  .columns { grid-template-columns: minmax(0, 1fr); gap: 0; }
  main { padding: 18px 14px 48px; } header.top > div { padding: 11px 14px; }
  .rows > li { flex-wrap: wrap; } .rows .end { margin-left: 26px; text-align: left; white-space: normal; width: 100%; }
}
`;

/** Reloads a page on which something is still going on, unless someone is writing on it. */
export const refreshScript = `
setInterval(() => {
  const writing = [...document.querySelectorAll('textarea')].some((area) => area.value || area === document.activeElement);
  if (!writing && !document.hidden) location.reload();
}, 3000);
`;
