"""A message's Markdown as a stack of text runs and cards, growing cheaply while it streams.

Everything before the last top-level block is final and never touched again; the last block is taken back and
written anew each frame. When the text is done it is written once as a whole, but only if something in it could
read differently now (a link defined after its use, a footnote). A text that is there already but very long, or full
of formulas, is let grow in slices as well, so that no step takes long. Text runs are kept short: Qt lays out a whole
document at once.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QRect, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.chat.markup import parted
from app.text import _
from app.ui.chat.items import Sourced
from app.ui.chat.rendering.citing import Placed, moved, placed
from app.ui.chat.rendering.code_block import CodeCard
from app.ui.chat.rendering.inline import Tone
from app.ui.chat.rendering.markdown import (
    Block,
    Code,
    Definitions,
    Item,
    OpenTable,
    Parser,
    Plain,
    Prose,
    Table,
    final_until,
    normalise,
    open_fence,
    row_cut,
)
from app.ui.chat.rendering.prose import ProseView
from app.ui.chat.rendering.table_card import TableCard
from app.ui.chat.rendering.think_card import ThinkCard
from app.ui.chat.rendering.writer import Mark
from app.ui.theme import Theme

Part = ProseView | CodeCard | TableCard
GAP_PX = 12
RUN_MAX_CHARS = 3_000
RUN_MAX_FORMULAS = 24
"""A text run that is longer or has more ends, and the next block begins another."""
OPEN_MAX_CHARS = 32_000
"""Of a block that goes on and on; more is shown as text."""
_FENCES = ("```", "~~~")
SLICE_CHARS = 8_000
SLICE_FORMULAS = 24
"""How much of a text that is there already is written at once."""
_FORMULA_ENDS = re.compile(r"\$\$?|\\[\[\]()]")
"""Two to a formula, and some that are none: it is only about how much work a text is."""


@dataclass(frozen=True, slots=True)
class _Checkpoint:
    """The final head: its length in characters, its parts, how far the last text run belongs to it, and the item of a
    list or the table that stands at its end, if that goes on there. An open table is not among the parts."""

    chars: int = 0
    parts: int = 0
    mark: Mark | None = None
    after: Item | OpenTable | None = None


class MessageBody(QWidget):
    """`set_source`, then `arrange(width)` says how high it is; `height_changed` asks for that again."""

    copy_requested = Signal(object)
    link_requested = Signal(object)
    chip_pressed = Signal(object)
    """Its place in `Sourced.chips`, an int."""
    height_changed = Signal()

    def __init__(self, theme: Theme, parser: Parser, *, parent: QWidget, tone: Tone = "text") -> None:
        super().__init__(parent)
        self._theme = theme
        self._parser = parser
        self._tone: Tone = tone
        self._think: ThinkCard | None = None
        self._parts: list[Part] = []
        self._spare: list[Part] = []
        self._source = ""
        self._shown_chars = 0
        self._definitions = Definitions()
        self._final = _Checkpoint()
        self._is_live = False
        self._sourced: Sourced | None = None
        self._chips: tuple[Placed, ...] = ()
        self._next_slice = QTimer(self)
        self._next_slice.setSingleShot(True)
        self._next_slice.timeout.connect(self._on_next_slice)

    @property
    def parts(self) -> list[Part | ThinkCard]:
        return [*([self._think] if self._think is not None else []), *self._parts]

    @property
    def is_whole(self) -> bool:
        """False while the rest of a very long text is still being written."""
        return self._shown_chars == len(self._source)

    def tab_stops(self) -> list[QWidget]:
        """Everything the Tab key visits, in order."""
        return [stop for part in self.parts for stop in part.tab_stops()]

    def set_source(self, source: str, *, is_live: bool, sourced: Sourced | None = None) -> None:
        """Shows `source`; while `is_live` it is expected to grow. Its chips come when it is whole: `sourced`."""
        is_cited = sourced is not None and not is_live and bool(sourced.chips or sourced.hidden)
        if (sourced if is_cited else None) != self._sourced:
            self._reset()
            self._source = ""
            self._sourced = sourced if is_cited else None
        chips: tuple[Placed, ...] = ()
        if self._sourced is not None:
            source, chips = placed(source, self._sourced)
        whole = parted(normalise(source))
        self._chips = moved(chips, len(whole.answer) - len(source))
        self._set_thought(whole.thought, has_one=bool(whole.thought) or whole.is_thinking, is_live=whole.is_thinking)
        answer = whole.answer
        if answer == self._source and is_live == self._is_live and self._parts:
            return
        may_read_differently = not is_live and ("]:" in answer or self._has_undrawable())
        is_growth = self._is_live and bool(self._source) and answer.startswith(self._source)
        if not is_growth or may_read_differently:
            self._reset()
        self._source, self._is_live = answer, is_live
        self._show_more()

    def arrange(self, width: int) -> int:
        y = 0
        parts = self.parts
        for number, part in enumerate(parts):
            if number:
                y += _gap(parts[number - 1], part)
            height = part.arrange(width)
            part.setGeometry(0, y, width, height)
            y += height
        return y

    def matches(self, words: str) -> int:
        """How often `words` are in what is shown."""
        return sum(part.matches(words) for part in self.parts)

    def mark_words(self, words: str, current: int | None) -> None:
        """Marks them all, and the one with that number more strongly."""
        before = 0
        for part in self.parts:
            count = part.matches(words)
            is_here = current is not None and before <= current < before + count
            part.mark_words(words, current - before if is_here and current is not None else None)
            before += count

    def clear_marks(self) -> None:
        for part in self.parts:
            part.clear_marks()

    def current_rect(self) -> QRect | None:
        """Where the strongly marked one is, in this widget; it is arranged first."""
        for part in self.parts:
            found = part.current_rect()
            if found is not None:
                return found.translated(part.pos())
        return None

    def _show_more(self) -> None:
        """Shows the source, or the next slice of it."""
        is_begun = self._shown_chars > 0
        self._shown_chars = _slice_end(self._source, self._shown_chars)
        is_slice = not self.is_whole
        if is_slice:
            self._next_slice.start(0)
        else:
            self._next_slice.stop()
        if is_slice or is_begun or self._is_live:
            self._grow(is_open=is_slice or self._is_live)
        else:
            blocks = self._parser.parse(self._source, is_whole=True, chips=self._chips)
            self._write_blocks(blocks, is_last_open=False)
        self._place_caret()
        self._show_parts()

    @Slot()
    def _on_next_slice(self) -> None:
        self._show_more()
        self.height_changed.emit()

    def _reset(self) -> None:
        for part in self._parts:
            part.hide()
            part.deleteLater()
        self._parts.clear()
        self._definitions = Definitions()
        self._final = _Checkpoint()
        self._shown_chars = 0

    def _grow(self, *, is_open: bool) -> None:
        begun = self._final.chars
        tail = self._source[begun : self._shown_chars]
        definitions = self._definitions.copy()
        if len(tail) > OPEN_MAX_CHARS and not tail.lstrip().startswith(_FENCES):
            self._give_up(tail)
            return
        fence = open_fence(tail) if is_open and self._final.after is None else None
        chips = moved(self._chips, -begun)
        parsed = (
            [] if fence is not None else self._parser.parse(tail, definitions, after=self._final.after, chips=chips)
        )
        blocks = [fence] if fence is not None else parsed
        cut = final_until(blocks, tail)
        self._back_to_checkpoint()
        if cut:
            self._write_blocks([block for block in blocks if block.start < cut], is_last_open=False)
            if definitions != self._definitions:
                self._parser.parse(tail[:cut], self._definitions)
            self._keep(cut, next(block for block in blocks if block.start >= cut))
        still_open = [block for block in blocks if block.start >= cut]
        if len(still_open) == 1 and isinstance(still_open[0], Table):
            self._keep_rows(still_open[0], tail, begun)
        self._write_blocks(still_open, is_last_open=is_open)
        self._drop_spare()

    def _give_up(self, tail: str) -> None:
        """One block that is that long would be read from its beginning with every word: shown as text so far."""
        self._back_to_checkpoint()
        cut = tail.rfind("\n") + 1 or len(tail)
        self._write_blocks([Plain(tail[:cut], "long", 0)], is_last_open=False)
        self._drop_spare()
        self._final = _Checkpoint(self._final.chars + cut, len(self._parts))

    def _keep(self, cut: int, open_block: Block) -> None:
        """Everything written so far is final; `open_block` comes next."""
        last = self._parts[-1] if self._parts else None
        mark = last.mark() if isinstance(last, ProseView) else None
        item = open_block.item if isinstance(open_block, Prose) else None
        goes_on = item is not None and not item.is_first
        self._final = _Checkpoint(self._final.chars + cut, len(self._parts), mark, item if goes_on else None)

    def _keep_rows(self, table: Table, tail: str, begun: int) -> None:
        """Of an open table all rows but the last are final, too. `begun`: where `tail` stands in the source."""
        cut = row_cut(table, tail)
        if not cut:
            return
        before = self._final.after.table.source if isinstance(self._final.after, OpenTable) else ""
        source = table.source[: len(before) + cut - table.start]
        rows = tuple(row for row, start in zip(table.rows, table.row_starts, strict=True) if start < cut)
        kept = OpenTable(Table(table.head, rows, table.aligns, source, 0, (), table.cells - len(table.head)))
        self._final = replace(self._final, chars=begun + cut, after=kept)

    def _back_to_checkpoint(self) -> None:
        """Parts behind the checkpoint become spare, so that a growing code card is reused and does not flicker."""
        self._spare = self._parts[self._final.parts :]
        del self._parts[self._final.parts :]
        last = self._parts[-1] if self._parts else None
        if isinstance(last, ProseView) and self._final.mark is not None:
            last.take_back(self._final.mark)

    def _drop_spare(self) -> None:
        for part in self._spare:
            part.hide()
            part.deleteLater()
        self._spare = []

    def _write_blocks(self, blocks: Sequence[Block], *, is_last_open: bool) -> None:
        for block in blocks:
            is_open = is_last_open and block is blocks[-1]
            if isinstance(block, Prose):
                self._prose().write(block)
            elif isinstance(block, Table) and block.is_large:
                self._code().set_plain(block.source, _("A very large table, as text"))
            elif isinstance(block, Table):
                self._table().set_table(block)
            elif isinstance(block, Code):
                self._code().set_code(block.text, block.language, is_final=not is_open)
            else:
                self._code().set_plain(block.text, _title(block))

    def _prose(self) -> ProseView:
        """The text run to write on: the last part if it is one and has room, else a new one."""
        last = self._parts[-1] if self._parts else None
        if isinstance(last, ProseView) and _has_room(last):
            return last
        spare = next((part for part in self._spare if isinstance(part, ProseView)), None)
        if spare is not None:
            self._spare.remove(spare)
            spare.take_all_back()
            self._parts.append(spare)
            return spare
        made = ProseView(self._theme, _("Text of the answer"), parent=self, tone=self._tone)
        made.link_requested.connect(self.link_requested)
        made.chip_pressed.connect(self.chip_pressed)
        made.grown.connect(self._on_grown)
        self._parts.append(made)
        return made

    def _code(self) -> CodeCard:
        spare = next((part for part in self._spare if isinstance(part, CodeCard)), None)
        if spare is not None:
            self._spare.remove(spare)
            self._parts.append(spare)
            return spare
        made = CodeCard(self._theme, parent=self)
        made.copy_requested.connect(self.copy_requested)
        made.height_changed.connect(self.height_changed)
        self._parts.append(made)
        return made

    def _table(self) -> TableCard:
        spare = next((part for part in self._spare if isinstance(part, TableCard)), None)
        if spare is not None:
            self._spare.remove(spare)
            self._parts.append(spare)
            return spare
        made = TableCard(self._theme, parent=self)
        made.copy_requested.connect(self.copy_requested)
        made.link_requested.connect(self.link_requested)
        made.chip_pressed.connect(self.chip_pressed)
        made.height_changed.connect(self._on_grown)
        self._parts.append(made)
        return made

    def _set_thought(self, thought: str, *, has_one: bool, is_live: bool) -> None:
        if has_one and self._think is None:
            self._think = ThinkCard(self._theme, self._make_thoughts, parent=self)
            self._think.height_changed.connect(self.height_changed)
            self._think.show()
        elif not has_one and self._think is not None:
            self._think.hide()
            self._think.deleteLater()
            self._think = None
        if self._think is not None:
            self._think.set_thought(thought, is_live=is_live)

    def _make_thoughts(self, parent: QWidget) -> QWidget:
        made = MessageBody(self._theme, self._parser, parent=parent, tone="muted")
        made.copy_requested.connect(self.copy_requested)
        made.link_requested.connect(self.link_requested)
        made.height_changed.connect(self.height_changed)
        return made

    def _has_undrawable(self) -> bool:
        return any(part.has_undrawable for part in self._parts if not isinstance(part, CodeCard))

    def _is_awaiting(self) -> bool:
        return any(part.is_awaiting for part in self._parts if not isinstance(part, CodeCard))

    @Slot()
    def _on_grown(self) -> None:
        """Formulas were drawn. What turned out to be no TeX is written as it stands, once the text is whole and all
        others are drawn; until then it is seen as what waits is."""
        if not self._is_live and self.is_whole and not self._is_awaiting() and self._has_undrawable():
            self._reset()
            self._show_more()
        self.height_changed.emit()

    def _place_caret(self) -> None:
        for part in self._parts:
            if isinstance(part, ProseView):
                part.set_caret(self._is_live and part is self._parts[-1])

    def _show_parts(self) -> None:
        for part in self._parts:
            if part.isHidden():
                part.show()


def _has_room(run: ProseView) -> bool:
    return run.written_chars < RUN_MAX_CHARS and len(run.decorations.formulas) < RUN_MAX_FORMULAS


def _slice_end(source: str, begun: int) -> int:
    """Up to where `source`, shown up to `begun`, is shown next: its end, or the end of a line."""
    least, most = begun + SLICE_CHARS, begun + 2 * SLICE_CHARS
    ends = _FORMULA_ENDS.finditer(source, begun, most)
    formulas = next(itertools.islice(ends, 4 * SLICE_FORMULAS, None), None)
    if formulas is None and len(source) <= most:
        return len(source)
    if formulas is not None:
        halfway = next(itertools.islice(_FORMULA_ENDS.finditer(source, begun, most), 2 * SLICE_FORMULAS, None))
        least = min(least, halfway.start())
    end = source.find("\n", least, most)
    return end + 1 if end != -1 else min(most, len(source))


def _gap(above: QWidget, below: QWidget) -> int:
    """Between two parts. A text run that only goes on stands as near as its first block would in the one before."""
    if not isinstance(below, ProseView):
        return GAP_PX
    wished = int(below.first_gap_px)
    return wished if isinstance(above, ProseView) else max(GAP_PX, wished)


def _title(block: Plain) -> str:
    if block.why == "table":
        return _("A very large table, as text")
    if block.why == "code":
        return _("A very long piece of code, without colours")
    if block.why == "long":
        return _("Very long text, as it stands")
    if block.why == "deep":
        return _("Very deeply nested text, as it stands")
    return _("A very long word, as text")
