"""The main states of the interface, with sample words and without the core: what the golden pictures show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QSize
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from app.chat.manner import OPEN, Manner, built_in
from app.chat.tree import Attachment, Draft, Queued
from app.ui.actions import Act, keys_text, specs
from app.ui.chat.items import AttachmentItem, ChatEntry, FolderEntry, MessageItem
from app.ui.chat.page import ChatPage
from app.ui.chat.sidebar.bin_dialog import BinDialog, BinEntry
from app.ui.chat.sidebar.rows import HitEntry
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.compare.page import ComparePage
from app.ui.compare.shown import AnswerShown, Choices, ModelChoice, SideWish
from app.ui.controls import Ground
from app.ui.documents.page.page import DocumentsPage
from app.ui.exchange.export_dialog import ExportDialog, ExportShown
from app.ui.palette.matching import Command
from app.ui.palette.palette import Palette
from app.ui.prompts.instructions_dialog import InstructionsDialog
from app.ui.prompts.shown import InstructionsShown, Stock, Wider
from app.ui.quick.quick_window import QuickWindow
from app.ui.settings.dialog import ROWS, SettingsDialog, SettingsShown
from app.ui.theme import Theme
from app.ui.toast import Toast
from tests.ui.documents.page import samples

WINDOW = QSize(1180, 820)
NOW = datetime(2026, 11, 21, 15, 30)  # noqa: DTZ001 - local time of a picture

QUESTION = "How long does the dough rest? Please give me a table and the sum."
ANSWER = r"""<think>They bake at home, so a table of hours helps.</think>
## In short

The dough rests **twice**; a *cold* night makes it `better`. See [the long version](https://example.org/bread).

| Step | Hours | At |
|:---|---:|---|
| Autolyse | 0.5 | 24 °C |
| Bulk | 4 | 24 °C |
| Proof | 12 | 4 °C |

The sum is $t = \frac{1}{2} + 4 + 12 = 16.5$ hours.[^1]

- [x] starter fed
- [ ] oven hot
  1. stone in
  2. steam on

> The dough decides, not the clock.

```python
def rest_h(steps: dict[str, float]) -> float:
    return sum(steps.values())  # all of them
```

[^1]: Without the half hour that you forget it.
"""


def entry(number: int, title: str, days: int, *, folder_id: str = "", **more: bool) -> ChatEntry:
    return ChatEntry(str(number), title, NOW - timedelta(days=days, minutes=number), folder_id=folder_id, **more)


ENTRIES = (
    entry(1, "House purchase – contracts", 3, is_pinned=True),
    entry(2, "Sourdough timetable", 0),
    entry(3, "Trip to Porto in March", 0, is_busy=True),
    entry(4, "Explain this stack trace", 1),
    entry(5, "A very long name that somebody pasted here and that never seems to end at all", 5),
    entry(6, "Letter to the landlord", 40),
    entry(7, "Lease, first draft", 2, folder_id="f1"),
    entry(8, "Lease, second draft", 1, folder_id="f1"),
    entry(9, "Old thing", 300, is_archived=True),
)
FOLDERS = (FolderEntry("f1", "Contracts", has_manner=True), FolderEntry("f2", "Recipes"))
HITS = (
    HitEntry(
        "2", "m1", "Sourdough timetable", "The dough decides, not the clock.", ((4, 9),), NOW, 2, is_question=False
    ),
    HitEntry("6", "m2", "Letter to the landlord", "…and the dough on the floor", ((9, 14),), NOW, 1, is_question=True),
)


class States:
    """Makes each of them as a widget that is not shown yet; `hosts` are to be closed after it."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self.hosts: list[QWidget] = []

    def all(self) -> dict[str, Callable[[], QWidget]]:
        return {
            "empty": self.empty,
            "chat": self.chat,
            "sidebar": self.sidebar,
            "composer": self.composer,
            "palette": self.palette,
            "settings": self.settings,
            "instructions": self.instructions,
            "compare": self.compare,
            "documents": self.documents,
            "bin": self.bin,
            "export": self.export,
            "quick": self.quick,
        }

    def empty(self) -> QWidget:
        frame, page = self._frame(())
        page.header.set_model("SmolLM2 135M · Q4_1", words="Starter model · for trying the app", state="ready")
        page.show_greeting()
        return frame

    def chat(self) -> QWidget:
        frame, page = self._frame(ENTRIES)
        page.header.set_model("Llama 3.1 8B · Q4_K_M", words="On this GPU · 31 tok/s", state="ready")
        page.header.set_context(6_100, 16_384)
        page.show_transcript()
        frame.resize(WINDOW.width(), 1240)
        items = [
            MessageItem("q", "user", QUESTION, attachments=(AttachmentItem("bread.md", "x" * 12_345),)),
            MessageItem("a", "assistant", ANSWER, versions=3, version=2, stats="412 tokens · 31 tok/s"),
            MessageItem("q2", "user", "And without a stone?"),
            MessageItem("a2", "assistant", "Then a **pan**, and", "stopped", can_continue=True),
        ]
        self._lay_out(frame)
        page.transcript.set_items(items)
        self._lay_out(frame)
        toast = Toast(self._theme, parent=page)
        toast.stand_on(page.composer)
        toast.show_undo("“Old thing” was deleted.", frame.update)
        return frame

    def sidebar(self) -> QWidget:
        sides = [Sidebar(self._theme) for _turn in range(3)]
        host = QWidget()
        row = QHBoxLayout(host)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for side in sides:
            side.set_chats(ENTRIES, NOW.date(), FOLDERS)
            row.addWidget(side)
        host.resize(3 * sides[0].width() + 12, 720)
        folders, search, selecting = sides
        folders.list.set_open("f1", is_open=True)
        folders.set_current("8")
        search.filter.setText("dough")
        search.show_hits("dough", HITS, has_more=True)
        selecting.list.reveal("2")
        selecting.list.begin_selecting()
        second = selecting.list.items.index_of("4")
        selecting.list.selectionModel().select(second, QItemSelectionModel.SelectionFlag.Select)
        return host

    def composer(self) -> QWidget:
        frame, page = self._frame(ENTRIES)
        page.show_transcript()
        page.composer.set_busy(True)
        files = (Attachment("report.md", "x" * 12_345), Attachment("", "line\n" * 30_000))
        queued = (Queued("Then write a test for it, please"), Queued("What about Windows?"))
        page.composer.set_draft(Draft("What is in these files?", files, queued))
        frame.resize(WINDOW.width(), 620)
        return frame

    def palette(self) -> QWidget:
        frame, page = self._frame(ENTRIES)
        page.show_greeting()
        frame.resize(WINDOW)
        commands = [
            Command(spec.act.value, spec.label, spec.group, keys=keys_text(spec.act), icon=spec.icon)
            for spec in specs()
            if spec.act is not Act.PALETTE
        ]
        chats = [Command(one.id, one.title, "Chats", icon="chat-circle") for one in ENTRIES]
        palette = Palette(self._theme, frame)
        frame.show()
        palette.open([*commands, *chats], "te")
        return frame

    def settings(self) -> QWidget:
        shown = SettingsShown(
            theme="system",
            values={setting.key: setting.default for setting in ROWS},
            states_bytes=1_200_000_000,
            has_passphrase=False,
            is_recovery_confirmed=False,
            profile_folder="/home/you/.local/share/paddock",
            models_folder="/home/you/models",
        )
        return SettingsDialog(self._theme, shown, parent=self._host())

    def instructions(self) -> QWidget:
        words = "Answer as a lawyer who explains every clause in plain words, and name the paragraph."
        folder = Wider("Contracts", Manner(words, sampling=(("answer.temperature", 0.3),)))
        shown = InstructionsShown("chat", "Lease", OPEN, (folder, Wider("", OPEN)), Stock(built_in()))
        return InstructionsDialog(self._theme, shown, parent=self._host())

    def compare(self) -> QWidget:
        page = ComparePage(self._theme)
        page.resize(WINDOW)
        first, second = (ModelChoice(Path(name), name) for name in ("Llama 3.1 8B", "Qwen 2.5 Coder 14B"))
        page.set_choices((SideWish(first), SideWish(second, temperature=0.2)), Choices((first, second)))
        page.set_question("What is there to see in Rome in two days?")
        words = "214 tokens · 31.0 tokens/s · first word after 0.4 s"
        page.set_answer(0, AnswerShown("over", "The **Forum**, then the *Pantheon*.", words, can_keep=True))
        page.set_answer(1, AnswerShown("writing", "Two days are short, so", "Writing…"))
        return page

    def documents(self) -> QWidget:
        page = DocumentsPage(self._theme)
        page.resize(WINDOW)
        page.set_shelf(samples.SHELF)
        page.cards["c1"].head.set_open(True)
        return page

    def bin(self) -> QWidget:
        titles = ("Trip to Porto in March", "A very long name that somebody pasted here and that never ends", "Regex")
        entries = [BinEntry(title, title, NOW - timedelta(days=3 * at)) for at, title in enumerate(titles)]
        return BinDialog(self._theme, entries, days=30, today=NOW.date(), parent=self._host())

    def export(self) -> QWidget:
        return ExportDialog(self._theme, ExportShown(7), self._host())

    def quick(self) -> QWidget:
        window = QuickWindow(self._theme)
        window.field.setText("How late is it in Porto?")
        window.finish("An hour **earlier** than in Berlin.")
        return window

    def _host(self) -> QWidget:
        """A window that a dialog belongs to."""
        host = Ground(self._theme, "window", parent=None)
        host.resize(WINDOW)
        self.hosts.append(host)
        return host

    def _frame(self, entries: tuple[ChatEntry, ...]) -> tuple[QWidget, ChatPage]:
        frame = QWidget()
        side = Sidebar(self._theme, parent=frame)
        page = ChatPage(self._theme, parent=frame)
        row = QHBoxLayout(frame)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(side)
        row.addWidget(page, 1)
        side.set_chats(entries, NOW.date(), FOLDERS if entries else ())
        side.set_current("2")
        frame.resize(WINDOW)
        return frame, page

    def _lay_out(self, frame: QWidget) -> None:
        frame.show()
        QApplication.processEvents()
