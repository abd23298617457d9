// SPDX-License-Identifier: MIT
// The style sheet of the report page. Classes h0..h15 colour codes and right answers, w0..w15 wrong
// answers, cause0..cause6 the causes of cycles in the order of svg::kCauses.
#pragma once

namespace tendon::cli {

inline constexpr const char* kStyle = R"css(
:root{--paper:#fbfaf6;--card:#ffffff;--ink:#17222b;--soft:#66727c;--line:#e2dfd6;--quiet:#c9cfd2;
--low:#eef3f1;--mid:#2b9c8f;--high:#07403f;--bad:#c8502a;--c0:#0f7f78;--c1:#e0a030;--c2:#c8502a;
--c3:#8a5aa8;--c4:#8fa3ad;--c5:#5b8fd0;--c6:#b9b49f}
@media (prefers-color-scheme:dark){:root{--paper:#11181d;--card:#182229;--ink:#e8ecee;--soft:#94a3ad;
--line:#2a363e;--quiet:#3d4c55;--low:#1d2a30;--mid:#1f8f86;--high:#8ff0dc;--bad:#e57a4f;
--c0:#2fb5a8;--c4:#6d828d}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,
"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1080px;margin:0 auto;padding:40px 24px 64px}
header h1{font-size:38px;line-height:1.15;margin:0 0 6px;letter-spacing:-.02em}
header p{margin:0;color:var(--soft);max-width:70ch}
h2{font-size:21px;margin:0 0 4px;letter-spacing:-.01em}
.lead{color:var(--soft);margin:0 0 18px;max-width:80ch}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:26px 28px;
margin-top:22px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:22px}
.pair td{white-space:normal}.pair small{color:var(--soft)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;
margin-top:26px}
.figure{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:16px 18px}
.figure b{display:block;font-size:27px;line-height:1.2;letter-spacing:-.02em;
font-variant-numeric:tabular-nums}
.figure span{color:var(--soft);font-size:14px}
.good b{color:var(--c0)}.poor b{color:var(--bad)}
.flow{display:flex;flex-wrap:wrap;gap:24px 22px;align-items:flex-start}
.flow figure{margin:0}
figcaption{font-size:13.5px;color:var(--soft);margin-top:6px;max-width:240px}
figcaption b{color:var(--ink)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14.5px;
margin-top:16px}
th,td{text-align:right;padding:7px 10px;border-bottom:1px solid var(--line);white-space:nowrap}
th{color:var(--soft);font-weight:500}
th:first-child,td:first-child{text-align:left;padding-left:0}
tr.sum td{font-weight:600;border-bottom:0}
.scroll{overflow-x:auto}
.key{display:flex;flex-wrap:wrap;gap:6px 18px;font-size:13.5px;color:var(--soft);margin:10px 0 0}
.key i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px}
.same{color:var(--c0);font-weight:600}.differs{color:var(--bad);font-weight:600}
.bits{display:inline-block;min-width:26px;text-align:center;border-radius:6px;padding:1px 7px;
color:#fff;background:var(--high)}
@media (prefers-color-scheme:dark){.bits{color:#10201f}}
.b4{background:var(--c0)}.b2{background:var(--c1);color:#231a05}
footer{color:var(--soft);font-size:13.5px;margin-top:26px}
svg{max-width:100%;height:auto;font:13px system-ui,sans-serif}
svg text{fill:var(--ink)}svg text.soft{fill:var(--soft)}svg text.inverse{fill:var(--card)}
svg .end{text-anchor:end}svg .mid{text-anchor:middle}svg .strong{font-weight:700}
.trace{fill:none;stroke:var(--c0);stroke-width:1.6;stroke-linejoin:round}
.area{fill:var(--c0);opacity:.13}
.quiet{fill:var(--quiet)}.cell{rx:6px}
)css";

}  // namespace tendon::cli
