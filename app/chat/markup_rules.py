"""What Markdown knows here beyond CommonMark: task lists, bare web addresses, and TeX in $..$, $$..$$, \\(..\\)
and \\[..\\], as tokens `math_inline`, `math_inline_double` and `math_block`.

Money and shell variables stay text: a dollar opens a formula only where no letter or digit stands before it and no
space behind it, and closes one only the other way round. Brackets hold a formula only if what is in them looks like
one, because `\\[` is also how Markdown escapes a bracket. A formula ends in its own paragraph or is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererProtocol
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

FORMULA_MAX_CHARS = 4_000
INLINE_MAX_CHARS = 8_000
"""Of a longer paragraph the bold, links and so on are not looked for: brackets and stars without end cost seconds."""

_DOLLAR = re.compile(r"(?<!\\)((?:\\\\)*)\$")
_CLOSING = {"$$": "$$", r"\[": r"\]", r"\(": r"\)"}
_ADDRESS = re.compile(r"(?<![\w/@.])https?://[^\s<>\x00-\x20\"`]+")
_TRAILING = "?!.,:;*_~'\")]}"
_TASK = re.compile(r"\[([ xX])\] +(?=\S)")
_LOOKS_LIKE_TEX = re.compile(r"[\\^_=+<>|/*0-9]|^\s*\S{1,3}\s*$")


def add_formulas(md: MarkdownIt) -> None:
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.inline.ruler.before("escape", "formula_dollar", _inline_dollar)
    md.inline.ruler.before("escape", "formula_bracket", _inline_bracket)
    md.block.ruler.before("fence", "formula", _block, interrupts)
    md.add_render_rule("math_inline", _render_inline)
    md.add_render_rule("math_inline_double", _render_inline)
    md.add_render_rule("math_block", _render_block)


def _inline_dollar(state: StateInline, silent: bool) -> bool:
    source, start = state.src, state.pos
    if source[start] != "$" or (start and (source[start - 1].isalnum() or source[start - 1] == "$")):
        return False
    mark = "$$" if source.startswith("$$", start) else "$"
    begun = start + len(mark)
    if mark == "$" and (begun >= state.posMax or source[begun].isspace()):
        return False
    found = _DOLLAR.search(source, begun, min(state.posMax, begun + FORMULA_MAX_CHARS))
    if found is None:
        return False
    closing = found.end() - 1
    after = closing + len(mark)
    if mark == "$$" and not source.startswith("$$", closing):
        return False
    if mark == "$" and source[closing - 1].isspace():
        return False
    if after < len(source) and (source[after].isalnum() or source[after] == "$"):
        return False
    return _push(state, source[begun:closing], mark, after, silent)


def _inline_bracket(state: StateInline, silent: bool) -> bool:
    source, start = state.src, state.pos
    mark = source[start : start + 2]
    if mark not in (r"\(", r"\["):
        return False
    closing = source.find(_CLOSING[mark], start + 2, min(state.posMax, start + FORMULA_MAX_CHARS))
    if closing == -1 or not _LOOKS_LIKE_TEX.search(source[start + 2 : closing]):
        return False
    return _push(state, source[start + 2 : closing], mark, closing + 2, silent)


def _push(state: StateInline, formula: str, mark: str, after: int, silent: bool) -> bool:
    if not formula.strip():
        return False
    if not silent:
        token = state.push("math_inline" if mark in ("$", r"\(") else "math_inline_double", "math", 0)
        token.content = formula.strip()
        token.markup = mark
    state.pos = after
    return True


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A formula that begins a line and ends one; both may be the same."""
    if state.is_code_block(start_line):
        return False
    first = _line(state, start_line)
    mark = first[:2]
    if mark not in ("$$", r"\["):
        return False
    lines = [first[2:]]
    number = start_line
    while not lines[-1].rstrip().endswith(_CLOSING[mark]):
        number += 1
        if _CLOSING[mark] in lines[-1] or number >= end_line or state.isEmpty(number):
            return False
        if state.sCount[number] < state.blkIndent:
            return False
        lines.append(_line(state, number))
    lines[-1] = lines[-1].rstrip()[:-2]
    formula = "\n".join(lines).strip()
    if not formula or _CLOSING[mark] in formula or len(formula) > FORMULA_MAX_CHARS:
        return False
    if mark == r"\[" and not _LOOKS_LIKE_TEX.search(formula):
        return False
    if not silent:
        state.line = number + 1
        token = state.push("math_block", "math", 0)
        token.block = True
        token.content = formula
        token.markup = mark
        token.map = [start_line, state.line]
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _render_inline(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    opening = r"\(" if tokens[index].type == "math_inline" else r"\["
    return f'<span class="math">{opening}{escapeHtml(tokens[index].content)}{_CLOSING[opening]}</span>'


def _render_block(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    return f'<div class="math">\\[{escapeHtml(tokens[index].content)}\\]</div>\n'


def safe_url(href: str) -> str:
    """The address if it is a web address with a host, else nothing."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    return href if parts.scheme in ("http", "https") and parts.hostname else ""


def read_inline(state: StateCore) -> None:
    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = []
        if len(token.content) > INLINE_MAX_CHARS:
            token.children.append(Token("text", "", 0, content=token.content))
        else:
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def find_tasks(state: StateCore) -> None:
    """An item that begins with a box gets it as `meta["task"]` ("x" or " "), and its text loses it."""
    tokens = state.tokens
    for index, token in enumerate(tokens[:-2]):
        children = tokens[index + 2].children
        if token.type != "list_item_open" or not children or children[0].type != "text":
            continue
        found = _TASK.match(children[0].content)
        if found is not None and tokens[index + 1].type == "paragraph_open":
            token.meta["task"] = found[1].lower()
            children[0].content = children[0].content[found.end() :]


def find_addresses(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and token.children and "://" in token.content:
            token.children = _with_addresses(token.children)


def _with_addresses(children: list[Token]) -> list[Token]:
    made: list[Token] = []
    depth = 0
    for child in children:
        if child.type in ("link_open", "link_close"):
            depth += child.nesting
        if child.type == "text" and not depth and "://" in child.content:
            made.extend(_split_at_addresses(child))
        else:
            made.append(child)
    return made


def _split_at_addresses(text: Token) -> list[Token]:
    made: list[Token] = []
    begun = 0
    for found in _ADDRESS.finditer(text.content):
        address = _without_trail(found[0])
        if not safe_url(address):
            continue
        if found.start() > begun:
            made.append(Token("text", "", 0, content=text.content[begun : found.start()], level=text.level))
        made.append(Token("link_open", "a", 1, attrs={"href": address}, markup="autolink", info="auto"))
        made.append(Token("text", "", 0, content=address, level=text.level + 1))
        made.append(Token("link_close", "a", -1, markup="autolink", info="auto"))
        begun = found.start() + len(address)
    if not begun:
        return [text]
    if begun < len(text.content):
        made.append(Token("text", "", 0, content=text.content[begun:], level=text.level))
    return made


def _without_trail(address: str) -> str:
    """Without the punctuation of the sentence around it; a closing bracket stays where the address opened it."""
    while address and address[-1] in _TRAILING:
        if address[-1] == ")" and address.count("(") >= address.count(")"):
            break
        address = address[:-1]
    return address
