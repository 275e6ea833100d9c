from __future__ import annotations

import pytest

from app.chat.markup import safe_url
from app.ui.chat.rendering.markdown import (
    CELLS_MAX,
    CODE_MAX_CHARS,
    UNBROKEN_MAX_CHARS,
    Code,
    Definitions,
    Parser,
    Plain,
    Prose,
    Table,
    final_until,
    has_unbroken,
    normalise,
    open_fence,
)


def kinds(source: str) -> list[str]:
    return [type(block).__name__ for block in Parser().parse(source)]


def test_code_stands_apart_from_the_text_around_it() -> None:
    blocks = Parser().parse("Before\n\n```python extra words\nx = 1\n```\n\nAfter")
    assert [type(block) for block in blocks] == [Prose, Code, Prose]
    assert blocks[1] == Code("python", "x = 1", 8)


def test_a_fence_that_is_still_open_is_code_already() -> None:
    assert kinds("Text\n\n```js\nlet a") == ["Prose", "Code"]


@pytest.mark.parametrize(
    ("source", "final"),
    [
        ("One paragraph", ""),
        ("One\n\nTwo", ""),
        ("One\n\nTwo\n", "One\n\n"),
        ("1. a\n\n2", ""),  # which may become the second item
        ("- a\n\n- b", ""),
        ("- a\n\n- b\n", "- a\n\n"),  # an item of a list is as good as a block
        ("- a\n\n- b\n\nText\n", "- a\n\n- b\n\n"),
        ("```\na\n\nb", ""),  # a blank line in a fence ends nothing
        ("Text\n```\na\n```\nMore", "Text\n"),
    ],
)
def test_everything_before_the_last_block_is_final(source: str, final: str) -> None:
    assert source[: final_until(Parser().parse(source), source)] == final


def test_a_table_that_is_too_large_says_so() -> None:
    rows = "\n".join("|1|2|3|" for _row in range(CELLS_MAX // 3))
    blocks = Parser().parse(f"|a|b|c|\n|-|-|-|\n{rows}\n|x|y|z|")
    assert isinstance(blocks[0], Table)
    assert blocks[0].is_large
    assert blocks[0].source.startswith("|a|b|c|")


def test_code_that_is_too_long_becomes_text() -> None:
    (block,) = Parser().parse("```py\n" + "x = 1\n" * (CODE_MAX_CHARS // 6 + 1) + "```")
    assert isinstance(block, Plain)
    assert block.why == "code"


def test_a_word_that_never_ends_becomes_text() -> None:
    (block,) = Parser().parse("x" * (UNBROKEN_MAX_CHARS + 1))
    assert isinstance(block, Plain)
    assert block.why == "unbroken"


def test_text_without_spaces_in_scripts_that_need_none_is_no_endless_word() -> None:
    assert not has_unbroken("日本語" * 2_000)
    assert kinds("日本語" * 2_000) == ["Prose"]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//server/share/x.png",
        r"\\server\share\x.png",
        "data:text/html,x",
        "mailto:a@example.org",
        "vbscript:x",
        "http:",
        "https://",
        "relative/path",
        "http://[broken",
    ],
)
def test_only_web_addresses_are_links(href: str) -> None:
    assert safe_url(href) == ""


def test_a_web_address_is_kept_as_it_is() -> None:
    assert safe_url("https://example.org/a?b=c#d") == "https://example.org/a?b=c#d"


def test_html_stays_text() -> None:
    tokens = Parser().parse('<script>x</script> and <img src="file:///x">')[0]
    assert isinstance(tokens, Prose)
    kinds_inside = {child.type for token in tokens.tokens for child in token.children or []}
    assert kinds_inside <= {"text", "softbreak", "text_special"}


def test_line_ends_are_the_same_everywhere() -> None:
    assert normalise("a\r\nb\rc\0") == "a\nb\nc\ufffd"


def test_definitions_met_earlier_hold_later() -> None:
    parser = Parser()
    known = Definitions()
    parser.parse("[x]: https://example.org\n\nText", known)
    (block,) = parser.parse("See [x].", known)
    assert isinstance(block, Prose)
    assert any(child.type == "link_open" for token in block.tokens for child in token.children or [])


@pytest.mark.parametrize("opening", ["```\n", "```python x=1\n", "~~~ a`b\n", "````\n```\n"])
def test_a_long_open_fence_is_found_without_parsing_and_is_what_the_parser_finds(opening: str) -> None:
    source = opening + "    x = 1  # ```\n\n" * CODE_MAX_CHARS
    assert [open_fence(source)] == Parser().parse(source)


@pytest.mark.parametrize(
    "source",
    [
        "```\n" + "x\n" * 10,
        "```\n" + "x\n" * CODE_MAX_CHARS + "```",
        "```\nx\n   ````  \n" + "x\n" * CODE_MAX_CHARS,
        "``` a`b\n" + "x\n" * CODE_MAX_CHARS,
        "``\n" + "x\n" * CODE_MAX_CHARS,
        "Text\n```\n" + "x\n" * CODE_MAX_CHARS,
    ],
)
def test_what_is_short_or_closed_or_no_fence_is_for_the_parser(source: str) -> None:
    assert open_fence(source) is None
