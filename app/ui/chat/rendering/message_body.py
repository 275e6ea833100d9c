"""A message's Markdown as a stack of text runs and code cards, growing cheaply while it streams.

Everything before the last top-level block is final and never touched again; the last block is taken back and
written anew each frame. When the text is done it is written once as a whole, but only if something in it could
read differently now (a link defined after its use).
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui.chat.rendering.code_block import CodeCard
from app.ui.chat.rendering.markdown import Block, Code, Parser, Plain, Prose, References, final_until, normalise
from app.ui.chat.rendering.prose import ProseView
from app.ui.chat.rendering.writer import Mark
from app.ui.theme import Theme

Part = ProseView | CodeCard
GAP_PX = 12


@dataclass(frozen=True, slots=True)
class _Checkpoint:
    """The final head: its length in characters, its parts, and how far the last text run belongs to it."""

    chars: int
    parts: int
    mark: Mark | None


class MessageBody(QWidget):
    copy_requested = Signal(object)
    link_requested = Signal(object)
    height_changed = Signal()

    def __init__(self, theme: Theme, parser: Parser, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parser = parser
        self._parts: list[Part] = []
        self._spare: list[Part] = []
        self._source = ""
        self._references: References = {}
        self._final = _Checkpoint(0, 0, None)
        self._is_live = False

    @property
    def parts(self) -> list[Part]:
        return list(self._parts)

    def set_source(self, source: str, *, is_live: bool) -> None:
        """Shows `source`; while `is_live` it is expected to grow."""
        source = normalise(source)
        if source == self._source and is_live == self._is_live and self._parts:
            return
        may_read_differently = not is_live and "]:" in source
        is_growth = self._is_live and bool(self._source) and source.startswith(self._source)
        is_growth = is_growth and not may_read_differently
        if not is_growth:
            self._reset()
        self._source, self._is_live = source, is_live
        if is_growth or is_live:
            self._grow()
        else:
            self._write_blocks(self._parser.parse(source, {}), is_last_open=False)
        self._place_caret()
        self._show_parts()

    def arrange(self, width: int) -> int:
        y = 0
        for number, part in enumerate(self._parts):
            if number:
                y += GAP_PX
            height = part.arrange(width)
            part.setGeometry(0, y, width, height)
            y += height
        return y

    def _reset(self) -> None:
        for part in self._parts:
            part.hide()
            part.deleteLater()
        self._parts.clear()
        self._references = {}
        self._final = _Checkpoint(0, 0, None)

    def _grow(self) -> None:
        tail = self._source[self._final.chars :]
        references = dict(self._references)
        blocks = self._parser.parse(tail, references)
        cut = final_until(blocks, tail)
        self._back_to_checkpoint()
        if cut:
            final = [block for block in blocks if block.start < cut]
            self._write_blocks(final, is_last_open=False)
            if len(references) != len(self._references):
                self._parser.parse(tail[:cut], self._references)
            last = self._parts[-1] if self._parts else None
            mark = last.mark() if isinstance(last, ProseView) else None
            self._final = _Checkpoint(self._final.chars + cut, len(self._parts), mark)
        self._write_blocks([block for block in blocks if block.start >= cut], is_last_open=self._is_live)
        self._drop_spare()

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

    def _write_blocks(self, blocks: list[Block], *, is_last_open: bool) -> None:
        for block in blocks:
            is_open = is_last_open and block is blocks[-1]
            if isinstance(block, Prose):
                self._prose().write(block.tokens)
            elif isinstance(block, Code):
                self._card().set_code(block.text, block.language, is_final=not is_open)
            else:
                self._card().set_plain(block.text, _title(block))

    def _prose(self) -> ProseView:
        """The text run to write on: the last part if it is one, else a new one."""
        if self._parts and isinstance(self._parts[-1], ProseView):
            return self._parts[-1]
        spare = next((part for part in self._spare if isinstance(part, ProseView)), None)
        if spare is not None:
            self._spare.remove(spare)
            spare.take_all_back()
            self._parts.append(spare)
            return spare
        made = ProseView(self._theme, _("Text of the answer"), parent=self)
        made.link_requested.connect(self.link_requested)
        self._parts.append(made)
        return made

    def _card(self) -> CodeCard:
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

    def _place_caret(self) -> None:
        for part in self._parts:
            if isinstance(part, ProseView):
                part.set_caret(self._is_live and part is self._parts[-1])

    def _show_parts(self) -> None:
        for part in self._parts:
            if part.isHidden():
                part.show()


def _title(block: Plain) -> str:
    if block.why == "table":
        return _("A very large table, as text")
    if block.why == "code":
        return _("A very long piece of code, without colours")
    return _("A very long word, as text")
