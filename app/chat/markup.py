"""Markdown as Paddock reads it: one configuration for the window and for everything that leaves it, and no Qt.

CommonMark with tables, strikethrough, task lists, footnotes, bare web addresses and TeX; raw HTML and images are off.
What a model thought aloud is told apart from its answer first, because Markdown knows nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin

from app.chat.markup_rules import add_formulas, find_addresses, find_tasks, read_inline, safe_url

__all__ = [
    "NESTING_MAX",
    "Parted",
    "footnotes_last",
    "inline_text",
    "markdown_it",
    "parted",
    "plain_text",
    "safe_url",
    "to_html",
]

NESTING_MAX = 40
"""Levels of quotes and lists that are read; what lies deeper is left out of the tokens."""

_THOUGHT_OPEN = re.compile(r"\s*<(think|thinking)>[ \t]*\n?")
_THOUGHT_CLOSE = re.compile(r"\n?[ \t]*</(?:think|thinking)>[ \t]*\n*")
_LONE_CLOSE = re.compile(r"^[ \t]*</(?:think|thinking)>[ \t]*$", re.MULTILINE)
_LEAVES = ("fence", "code_block", "math_block")
_OPENERS = ("<think>", "<thinking>")


@dataclass(frozen=True, slots=True)
class Parted:
    """A message's words: what was thought aloud first (empty: nothing), and the answer."""

    thought: str
    answer: str
    is_thinking: bool = False
    """The thought has no end yet."""


def markdown_it() -> MarkdownIt:
    """A parser of its own: its `env` carries link definitions ("references") and footnotes ("footnotes")."""
    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": NESTING_MAX})
    made.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
    footnote_plugin(made, inline=False, move_to_end=False)
    add_formulas(made)
    made.core.ruler.at("inline", read_inline)
    made.core.ruler.push("tasks", find_tasks)
    made.core.ruler.push("addresses", find_addresses)
    return made


def parted(source: str) -> Parted:
    """Thoughts at the beginning of `source` told apart: <think>...</think>, or only its end where the model's template
    had opened it already. An end counts only as a line of its own, so that an answer may speak of the tag."""
    thoughts: list[str] = []
    rest = source
    while (opened := _THOUGHT_OPEN.match(rest)) is not None:
        closed = _THOUGHT_CLOSE.search(rest, opened.end())
        if closed is None:
            thought = "\n\n".join([*thoughts, rest[opened.end() :]])
            return Parted(thought, "", is_thinking=True)
        thoughts.append(rest[opened.end() : closed.start()].strip("\n"))
        rest = rest[closed.end() :]
    if not thoughts and (lone := _LONE_CLOSE.search(source)) is not None and not _is_in_fence(source[: lone.start()]):
        return Parted(source[: lone.start()].strip("\n"), source[lone.end() :].lstrip("\n"))
    start = rest.lstrip()
    if start and any(opener.startswith(start) for opener in _OPENERS):
        return Parted("\n\n".join(thoughts), "", is_thinking=True)
    return Parted("\n\n".join(thought for thought in thoughts if thought.strip()), rest)


def footnotes_last(tokens: list[Token]) -> list[Token]:
    """Footnotes taken out of the text and put after it, in the order of their marks, those without a mark last.

    Inside `footnote_block_open` and `..._close` each one stands between `footnote_open` (its meta: number, label,
    is_first) and `footnote_close`. A footnote's number is 0 where no mark leads to it.
    """
    numbers = dict(_marks(tokens))
    kept: list[Token] = []
    notes: dict[str, list[Token]] = {}
    into = kept
    for token in tokens:
        if token.type == "footnote_reference_open":
            into = notes.setdefault(str(token.meta["label"]), [])
        elif token.type == "footnote_reference_close":
            into = kept
        else:
            into.append(token)
    if not notes:
        return kept
    kept.append(Token("footnote_block_open", "", 1))
    for label in sorted(notes, key=lambda label: numbers.get(label, len(numbers) + 1)):
        is_first = kept[-1].type == "footnote_block_open"
        meta = {"number": numbers.get(label, 0), "label": label, "is_first": is_first}
        kept.append(Token("footnote_open", "", 1, meta=meta))
        kept.extend(notes[label])
        kept.append(Token("footnote_close", "", -1))
    kept.append(Token("footnote_block_close", "", -1))
    return kept


def _marks(tokens: list[Token]) -> list[tuple[str, int]]:
    return [
        (str(child.meta["label"]), int(child.meta["id"]) + 1)
        for token in tokens
        for child in token.children or ()
        if child.type == "footnote_ref"
    ]


def _is_in_fence(text: str) -> bool:
    return len(re.findall(r"^ {0,3}(?:```|~~~)", text, re.MULTILINE)) % 2 == 1


def plain_text(source: str) -> str:
    """The answer's words without their markup, as a person would copy or hear them; formulas as TeX, thoughts out."""
    tokens = footnotes_last(markdown_it().parse(parted(source).answer, {}))
    lines = _Lines()
    for token in tokens:
        lines.take(token)
    return "\n".join(lines.made).strip("\n")


def to_html(source: str) -> str:
    """The answer as HTML in which nothing loads and nothing runs: no raw HTML, no images, links to http and https only;
    thoughts out."""
    made = markdown_it()
    env: dict[str, object] = {}
    tokens = footnotes_last(made.parse(parted(source).answer, env))
    for kind, rule in _SAFE_RULES.items():
        made.add_render_rule(kind, rule)
    rendered: str = made.renderer.render(tokens, made.options, env)
    return rendered


class _Lines:
    """Plain lines out of tokens, one by one."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self._lists: list[int] = []
        self._prefix = ""
        self._cells: list[str] | None = None

    def take(self, token: Token) -> None:
        kind = token.type
        if kind == "inline":
            self._words(inline_text(token.children or ()))
        elif kind in _LEAVES:
            self._words(token.content.rstrip("\n"))
        elif kind in ("bullet_list_open", "ordered_list_open"):
            self._lists.append(int(token.attrs.get("start", 1)) if kind == "ordered_list_open" else 0)
        elif kind == "list_item_open":
            self._prefix = self._item_prefix(token)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif kind == "footnote_open":
            self._prefix = f"[{token.meta['number'] or token.meta['label']}] "
        elif kind == "tr_open":
            self._cells = []
        elif kind == "tr_close":
            self.made.append("\t".join(self._cells or ()))
            self._cells = None
        is_end = kind in _LEAVES or (kind.endswith("_close") and token.level == 0)
        if is_end and token.block and not self._lists:
            self._gap()

    def _item_prefix(self, token: Token) -> str:
        here = self._lists[-1]
        if here:
            self._lists[-1] += 1
        task = token.meta.get("task")
        mark = f"{here}." if here else "-"
        return "  " * (len(self._lists) - 1) + mark + (f" [{task}] " if task else " ")

    def _words(self, text: str) -> None:
        if self._cells is not None:
            self._cells.append(text.replace("\n", " "))
            return
        indent = " " * len(self._prefix) if self._prefix else "  " * len(self._lists)
        self.made.extend(
            (self._prefix if number == 0 and self._prefix else indent) + line
            for number, line in enumerate(text.split("\n"))
        )
        self._prefix = ""

    def _gap(self) -> None:
        if self.made and self.made[-1]:
            self.made.append("")


def inline_text(children: Sequence[Token]) -> str:
    """The words of a paragraph's tokens."""
    pieces = []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            pieces.append("\n")
        elif child.type == "footnote_ref":
            pieces.append(f"[{int(child.meta['id']) + 1}]")
        else:
            pieces.append(child.content)
    return "".join(pieces)


def _safe_link(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, _env: EnvType
) -> str:
    """Opening and closing tags of links that lead elsewhere than to the web are left out; their words stay."""
    token = tokens[index]
    if token.nesting == 1:
        href = safe_url(str(token.attrs.get("href", "")))
        return f'<a href="{escapeHtml(href)}" rel="noreferrer">' if href else ""
    depth = 0
    for earlier in reversed(tokens[:index]):
        depth += earlier.nesting if earlier.type in ("link_open", "link_close") else 0
        if depth == 1:
            return "</a>" if safe_url(str(earlier.attrs.get("href", ""))) else ""
    return ""


def _safe_mark(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    return f"<sup>[{int(tokens[index].meta['id']) + 1}]</sup>"


def _safe_note(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    meta = tokens[index].meta
    return f"<div>[{escapeHtml(str(meta['number'] or meta['label']))}]\n"


def _safe_item(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    box = {"x": "\u2611 ", " ": "\u2610 "}.get(str(tokens[index].meta.get("task", "")), "")
    return f"<li>{box}"


def _constant(text: str) -> Callable[[RendererProtocol, Sequence[Token], int, OptionsDict, EnvType], str]:
    return lambda _renderer, _tokens, _index, _options, _env: text


_SAFE_RULES = {
    "link_open": _safe_link,
    "link_close": _safe_link,
    "list_item_open": _safe_item,
    "footnote_ref": _safe_mark,
    "footnote_block_open": _constant("<hr />\n"),
    "footnote_block_close": _constant(""),
    "footnote_open": _safe_note,
    "footnote_close": _constant("</div>\n"),
}
