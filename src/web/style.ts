import type { Html } from "./html.ts";

/** The look of every page: the reader's own light or dark, one column, no font from elsewhere. */
export const STYLE: Html = {
  markup: `
:root{color-scheme:light dark;--ink:light-dark(#1c1f23,#e8e6e1);--dim:light-dark(#5b6470,#a2a9b3);--paper:light-dark(#fdfcfa,#15181c);
--open:light-dark(#eef1f4,#1f252c);--rule:light-dark(#d9dde2,#333b45);--curve:light-dark(#2f5d8a,#7fb2e5);
--watch:light-dark(#b26a00,#f0b24a);--act:light-dark(#b3261e,#ff7b72);--ok:light-dark(#1b6e3c,#6fcf97)}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1080px;padding:2rem 1.25rem 3rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{margin:.25rem 0;font-size:2rem;line-height:1.2}h2{margin:2.25rem 0 .5rem;font-size:1.15rem}
h1.act{color:var(--act)}h1.ok{color:var(--ok)}h1.blind{color:var(--dim)}
.crumb,.fine,.axis,footer,.sum{color:var(--dim)}.crumb{margin:0}.lead{margin:0;font-size:1.15rem}
table{border-collapse:collapse;width:100%}th,td{padding:.35rem 1.5rem .35rem 0;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
summary{margin-top:.5rem;cursor:pointer;color:var(--dim)}th{color:var(--dim);font-weight:normal}td:not(:last-child){white-space:nowrap;font-variant-numeric:tabular-nums}
figure{margin:1.4rem 0 0}figcaption{display:flex;flex-wrap:wrap;gap:0 .75rem;align-items:baseline}.sum{margin-left:auto;font-size:.9rem}
figure svg{display:block;width:100%;height:84px;border:1px solid var(--rule)}
.shared{position:absolute;width:0;height:0}#hatch path{stroke:var(--dim);stroke-width:1}
.axis{position:relative;height:1.3em;overflow:hidden;font-size:.78rem}.axis span{position:absolute;padding-left:3px;border-left:1px solid var(--rule);white-space:nowrap}
.fine{margin:.1rem 0 0;font-size:.85rem}.open{fill:var(--open)}.episode{fill:var(--act);fill-opacity:.14}
.curve{fill:var(--curve);fill-opacity:.35;stroke:var(--curve);stroke-width:1.4;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.line{fill:none;stroke-width:1.2;vector-effect:non-scaling-stroke}.watch.line{stroke:var(--watch);stroke-dasharray:5 4}.act.line{stroke:var(--act)}
.watch.held{fill:var(--watch)}.act.held{fill:var(--act)}.gap{fill:url(#hatch);fill-opacity:.55}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2em;margin:0;color:var(--dim);font-size:.9rem}
.swatch{display:inline-block;width:1.1em;height:.9em;margin-right:.4em;vertical-align:-.1em;border:1px solid var(--rule)}
.swatch.open{background:var(--open)}.swatch.watch{background:linear-gradient(transparent 60%,var(--watch) 60%)}.swatch.act{background:var(--act)}
.swatch.episode{background:color-mix(in srgb,var(--act) 20%,transparent)}.swatch.gap{background:repeating-linear-gradient(135deg,var(--dim) 0 1px,transparent 1px 4px)}
dt{margin-top:.75rem}dd{margin:0}pre{margin:.25rem 0;padding:.6rem .8rem;overflow-x:auto;background:var(--open);font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap}
footer{margin-top:2.5rem;font-size:.85rem}
@media (max-width:600px){body{font-size:15px;padding:1.25rem .9rem}h1{font-size:1.5rem}td:not(:last-child){white-space:normal}th,td{padding-right:.75rem}.sum{margin-left:0}.axis span:nth-child(even){display:none}}
@media print{body{max-width:none}}
`,
};
