//! How the page looks, in light, in dark and on paper; knows no content.

/// The style sheet. Colours of curves are told apart by people who do not see some colours (Okabe and Ito 2008).
pub(super) const STYLE: &str = "
:root { --back: #fff; --card: #f6f8fa; --ink: #1f2328; --soft: #59636e; --edge: #d1d9e0; --grid: #e6eaef; --heat: 0, 114, 178;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7; --c4: #b58900; --c5: #56b4e9; --c6: #7d4fb5; --c7: #6e7781; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --card: #161b22; --ink: #e6edf3; --soft: #9aa4af; --edge: #30363d;
  --grid: #262c34; --heat: 86, 180, 233; --c0: #56b4e9; --c1: #ff9248; --c2: #2fc59b; --c3: #e39ac4; --c4: #e3b341; --c5: #8fd0f5;
  --c6: #b392f0; --c7: #9aa4af; --bad: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 1180px; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; } h2 { margin: 2.2rem 0 .8rem; font-size: 1.2rem; border-bottom: 1px solid var(--edge); padding-bottom: .3rem; }
figure > h3 { margin-top: .1rem; } .cards { margin-bottom: 1rem; } h3 { margin: 1rem 0 .4rem; font-size: .95rem; font-weight: 600; }
p { margin: .4rem 0; } .soft, footer, figcaption { color: var(--soft); } footer { margin-top: 2.5rem; font-size: .85rem; }
.bad { color: var(--bad); font-weight: 600; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: .8rem; }
.card { background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: .6rem .8rem; }
.card b { display: block; font-size: 1.3rem; } .card span { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 1rem; align-items: start; }
figure { margin: 0; background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: .7rem; min-width: 0; }
figcaption { font-size: .85rem; overflow-wrap: anywhere; } svg { display: block; width: 100%; height: auto; }
.chart text { fill: var(--soft); font-size: 11px; } .chart .grid { stroke: var(--grid); } .chart .axis { stroke: var(--soft); fill: none; }
.chart .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; } .chart .mark { stroke: var(--soft); stroke-dasharray: 3 3; }
.chart .dot { opacity: .55; stroke: none; }
.k0 { stroke: var(--c0); fill: var(--c0); } .k1 { stroke: var(--c1); fill: var(--c1); } .k2 { stroke: var(--c2); fill: var(--c2); }
.k3 { stroke: var(--c3); fill: var(--c3); } .k4 { stroke: var(--c4); fill: var(--c4); } .k5 { stroke: var(--c5); fill: var(--c5); }
.k6 { stroke: var(--c6); fill: var(--c6); } .k7 { stroke: var(--c7); fill: var(--c7); }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: .3rem 0 0; padding: 0; list-style: none; font-size: .85rem; }
.legend i { display: inline-block; width: 1.1em; height: .25em; margin-right: .4em; vertical-align: middle; }
.b0 { background: var(--c0); } .b1 { background: var(--c1); } .b2 { background: var(--c2); } .b3 { background: var(--c3); }
.b4 { background: var(--c4); } .b5 { background: var(--c5); } .b6 { background: var(--c6); } .b7 { background: var(--c7); }
.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 210px), 1fr)); gap: .7rem; }
.small h3 { font-size: .8rem; overflow-wrap: anywhere; } .small figcaption { font-size: .75rem; } .chart .ridge { fill-opacity: .35; stroke-width: 1; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--edge); } th { font-weight: 600; }
th:first-child, td:first-child, .left td, .left th { text-align: left; } .left td { overflow-wrap: anywhere; vertical-align: top; }
.matrix td, .matrix th { padding: .25rem .5rem; text-align: center; border: 1px solid var(--edge); max-width: 9rem; overflow-wrap: anywhere; }
.matrix td { min-width: 2.6rem; background: rgba(var(--heat), var(--p, 0)); } .matrix td.deep { color: #fff; font-weight: 600; }
@media (prefers-color-scheme: dark) { .matrix td.deep { color: #06121c; } }
.worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 170px), 1fr)); gap: .8rem; }
.worst.text { grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); }
.worst img { width: 112px; height: 112px; object-fit: contain; image-rendering: pixelated; display: block; margin: 0 auto .4rem; background: #808080; }
.worst dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .6rem; margin: 0; font-size: .85rem; } .worst dt { color: var(--soft); }
.worst dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; } .worst .said { font-size: .95rem; margin-bottom: .3rem; }
.graph { overflow: auto; max-height: 85vh; } .graph svg { width: auto; max-width: 100%; margin: 0 auto; }
details > summary { cursor: pointer; color: var(--soft); }
@media (prefers-color-scheme: dark) { .nn-page { fill: transparent; } .nn-text { fill: #e6edf3; } .nn-note { fill: #9aa4af; }
  .nn-line { stroke: #9aa4af; } .nn-tip { fill: #9aa4af; } .nn-port { fill: #12271c; stroke: #3fb27f; } .nn-trained { fill: #0e2438; stroke: #56b4e9; }
  .nn-plain { fill: #1c2128; stroke: #768390; } .nn-join { fill: #2f2010; stroke: #ff9248; } .nn-tensor { fill: #231a33; stroke: #b392f0; }
  .nn-loop { fill: #11161d; stroke: #768390; } }
@media (prefers-color-scheme: light) { .nn-page { fill: transparent; } }
@media print { body { max-width: none; padding: 0; font-size: 11px; } figure, .card, tr, .matrix { break-inside: avoid; } h2 { break-after: avoid; }
  .graph { max-height: none; overflow: visible; } .graph svg { max-height: 24cm; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
";
