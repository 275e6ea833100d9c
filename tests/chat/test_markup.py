from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.chat.markup import markdown_it, parted, plain_text, safe_url, to_html

SPEC = os.environ.get("PADDOCK_COMMONMARK", "")
"""The examples as JSON; they come with the source of markdown-it-py (tests/test_cmark_spec/commonmark.json)."""

# Where Paddock reads something else than CommonMark 0.31.2 does, on purpose: raw HTML and images are text, a bare web
# address is a link, and "$" and "\\[" may begin a formula.
OTHER_SECTIONS = {"HTML blocks", "Raw HTML", "Images"}
WITH_HTML = {21, 31, 201, 308, 309, 344, 475, 476, 477, 491, 494, 524, 536, 642, 643}
WITH_IMAGES = {517, 520, 531}
WITH_ADDRESSES = {602, 608, 611}
WITH_FORMULAS = {12}
OTHERS = WITH_HTML | WITH_IMAGES | WITH_ADDRESSES | WITH_FORMULAS

OWN_EXAMPLES = [
    ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>\n"),
    ("# a\n## b", "<h1>a</h1>\n<h2>b</h2>\n"),
    ("- a\n- b\n\n  c", "<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n<p>c</p>\n</li>\n</ul>\n"),
    ("2. a\n3. b", '<ol start="2">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
    ("> a\nb", "<blockquote>\n<p>a\nb</p>\n</blockquote>\n"),
    ("```js\nx\n```", '<pre><code class="language-js">x\n</code></pre>\n'),
    ("    x", "<pre><code>x\n</code></pre>\n"),
    ("[a](/b 'c')", '<p><a href="/b" title="c">a</a></p>\n'),
    ("a  \nb\\\nc", "<p>a<br />\nb<br />\nc</p>\n"),
    ("***", "<hr />\n"),
    ("\\*a\\* &copy;", "<p>*a* ©</p>\n"),
]


def kinds(source: str) -> list[str]:
    return [child.type for token in markdown_it().parse(source, {}) for child in (token, *(token.children or ()))]


def formulas(source: str) -> list[str]:
    tokens = markdown_it().parse(source, {})
    every = [child for token in tokens for child in (token, *(token.children or ()))]
    return [token.content for token in every if token.type.startswith("math")]


@pytest.mark.parametrize(("source", "html"), OWN_EXAMPLES)
def test_commonmark_is_read_as_commonmark(source: str, html: str) -> None:
    parser = markdown_it()
    parser.options["breaks"] = False
    assert parser.render(source) == html


@pytest.mark.skipif(not SPEC, reason="PADDOCK_COMMONMARK names no file with the examples of CommonMark")
def test_every_example_of_commonmark_reads_as_the_reference_but_for_what_is_off() -> None:
    parser = markdown_it()
    parser.options["breaks"] = False
    examples = json.loads(Path(SPEC).read_text("utf-8"))
    different = {
        example["example"]
        for example in examples
        if parser.render(example["markdown"]).replace("<blockquote></", "<blockquote>\n</") != example["html"]
        and example["section"] not in OTHER_SECTIONS
    }
    assert len(examples) > 600
    assert different == OTHERS


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("It costs $5 and $10.", []),
        ("$5–$10, US$3, 3$ and $HOME/bin:$PATH", []),
        ("$x^2$ and $5$ and (\\alpha)", ["x^2", "5"]),
        ("\\$x\\$ is no formula", []),
        ("An open $x + y", []),
        ("\\(a+b\\), \\[c=1\\] but \\[not a link\\]", ["a+b", "c=1"]),
        ("Text:\n$$\na\n= b\n$$\nmore", ["a\n= b"]),
        ("$$\na\n\nb\n$$", []),
        ("- item\n\n  \\[\n  x_1\n  \\]", ["x_1"]),
        ("`$x$` and\n\n    $$y$$", []),
        ("$$a$$ in $$b$$ text", ["a", "b"]),
    ],
)
def test_only_what_is_meant_as_a_formula_is_one(source: str, found: list[str]) -> None:
    assert formulas(source) == found


@pytest.mark.parametrize(
    ("source", "thought", "answer", "is_thinking"),
    [
        ("Hello", "", "Hello", False),
        ("<think>\na\n</think>\n\nb", "a", "b", False),
        ("<thinking>a", "a", "", True),
        ("opened before\n</think>\nb", "opened before", "b", False),
        ("<thi", "", "", True),
        ("<think>\n\n</think>\n\nb", "", "b", False),
        ("The tag `</think>` ends it", "", "The tag `</think>` ends it", False),
        ("```\n</think>\n```", "", "```\n</think>\n```", False),
        ("Text <think> in it", "", "Text <think> in it", False),
    ],
)
def test_thoughts_are_told_from_the_answer(source: str, thought: str, answer: str, is_thinking: bool) -> None:
    found = parted(source)
    assert (found.thought, found.answer, found.is_thinking) == (thought, answer, is_thinking)


def test_bare_web_addresses_are_links_without_the_punctuation_around_them() -> None:
    assert '<a href="https://example.org/a_(b)" rel="noreferrer">' in to_html("(see https://example.org/a_(b)).")
    assert "<a" not in to_html("ftp://example.org and `https://example.org` and a@example.org")


def test_html_for_others_holds_nothing_that_loads_or_runs() -> None:
    html = to_html(
        "<script>x</script> ![i](file:///etc/passwd) [j](javascript:alert(1)) [r](/here) [k](data:text/html,x) "
        "[d](//server/share) [w](https://example.org/?a=b&c=d)"
    )
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("<a ") == 1
    assert html.count("</a>") == 1
    assert 'href="https://example.org/?a=b&amp;c=d"' in html


def test_plain_text_keeps_words_and_shape_and_leaves_out_thoughts() -> None:
    source = (
        "<think>hm</think>\n# Head\n\n**a** [b](https://c.example)\n\n- [x] done\n- more\n  1. one\n\n"
        "|a|b|\n|-|-|\n|1|2|\n\n$x$[^1]\n\n[^1]: note"
    )
    shown = "Head\n\na b\n\n- [x] done\n- more\n  1. one\n\na\tb\n1\t2\n\nx[1]\n\n[1] note"
    assert plain_text(source) == shown


def test_a_footnote_that_nothing_leads_to_is_not_lost() -> None:
    assert "lone" in plain_text("Text\n\n[^1]: lone")


def test_a_paragraph_without_end_is_not_searched_for_markup() -> None:
    assert "strong_open" not in kinds("**a** " * 2_000)


def test_a_broken_address_is_no_address() -> None:
    assert safe_url("http://[broken") == ""
