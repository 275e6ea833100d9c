"""The look of an exported page, light and dark, and of the same chats on paper."""

from __future__ import annotations

STYLE = """\
:root {
  color-scheme: light dark; --ground: #ffffff; --text: #1f1e1b; --quiet: #6b6862; --line: #e2dfd8;
  --box: #f5f3ee; --link: #2a5db0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #1d1c1a; --text: #eceae4; --quiet: #a19d94; --line: #3a3835; --box: #292825; --link: #8ab4f0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", sans-serif;
}
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1.25rem 5rem; overflow-wrap: break-word; }
article + article { margin-top: 4rem; border-top: 1px solid var(--line); padding-top: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.3; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 3rem 0 0; padding-top: 1.5rem; border-top: 1px solid var(--line); }
header p, h3, time, .note, summary { color: var(--quiet); font-size: .875rem; }
header p { margin: 0 0 1.5rem; }
section { margin: 1.75rem 0 0; }
section > h3 { margin: 0 0 .4rem; font-weight: 600; }
time { font-weight: 400; margin-inline-start: .5em; }
.said { white-space: pre-wrap; background: var(--box); border-radius: 14px; padding: .75rem 1rem; }
.words h1, .words h2 { font-size: 1.25rem; margin: 1.5rem 0 .5rem; padding: 0; border: 0; }
.words h3 { font-size: 1.05rem; color: inherit; }
.words > :first-child { margin-top: 0; }
.words > :last-child { margin-bottom: 0; }
pre {
  background: var(--box); border-radius: 10px; padding: .8rem 1rem; overflow-x: auto;
  font: .875rem/1.5 ui-monospace, Consolas, Menlo, monospace;
}
details > pre { white-space: pre-wrap; max-height: 30rem; }
code { font-family: ui-monospace, Consolas, Menlo, monospace; font-size: .9em; }
:not(pre) > code { background: var(--box); border-radius: 5px; padding: .1em .35em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .4rem .7rem; text-align: start; }
blockquote {
  margin: 1rem 0; padding-inline-start: 1rem; border-inline-start: 3px solid var(--line); color: var(--quiet);
}
a { color: var(--link); }
details { margin: .5rem 0; }
details > div { border-inline-start: 3px solid var(--line); padding-inline-start: 1rem; color: var(--quiet); }
hr { border: 0; border-top: 1px solid var(--line); }
@media print { body { background: #fff; color: #000; } section { break-inside: avoid-page; } }
"""

PRINTED_STYLE = """\
body { color: #1f1e1b; font-size: 10.5pt; }
h1 { font-size: 17pt; margin-bottom: 2px; }
h2 { font-size: 13pt; margin-top: 24px; }
h3 { font-size: 10pt; margin-top: 18px; margin-bottom: 4px; }
.quiet { color: #6b6862; font-size: 9.5pt; font-weight: normal; }
pre, code { font-family: monospace; font-size: 9.5pt; }
pre { background-color: #f5f3ee; white-space: pre-wrap; }
blockquote { color: #55524c; }
a { color: #2a5db0; }
th, td { padding: 3px; }
"""
