"""Pictures of the interface for people to look at: `python tests/ui/gallery.py FOLDER [WORD]` draws every page whose
name has WORD in it, light and dark. Offscreen and without the core; its texts are samples."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollArea, QWidget

from app import settings
from app.models.options import BUILT_IN
from app.ui.chat.context.context_popup import ContextShown
from app.ui.chat.context.fullness import Fullness
from app.ui.chat.context.room import RoomNews
from app.ui.chat.items import Boundary, ChatEntry, LinkRequested, MessageItem
from app.ui.chat.page import ChatPage
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.dialogs import ConfirmLink, SentenceDialog
from app.ui.models.page.page import ModelsPage
from app.ui.models.settings_dialog import ModelSettingsDialog
from app.ui.models.shown import BarShown, ModelSettingsShown, PartKind, PartShown, PlanShown, PresetShown
from app.ui.shortcuts import ShortcutsDialog
from app.ui.theme import Theme
from app.ui.toast import Toast
from app.ui.welcome.keys import PassphrasePage, UnlockPage
from app.ui.welcome.recovery import RecoveryPage
from app.ui.welcome.welcome import Problem, WelcomePage
from tests.ui.documents.rooms import ROOMS
from tests.ui.models.page import samples

WINDOW = QSize(1280, 980)

QUESTION = "Does the changelog need a fixed format? Please also give me a way to check it."
ANSWER = """Yes. A changelog entry follows **one fixed layout**, and the `urgency` value on its first line is checked \
by the upload tools. In short:

- the first line names the package, its version and the target distributions;
- every change starts with an asterisk and two leading spaces;
- the entry ends with the maintainer's name, e-mail and the date.

| Urgency | Typical use | Migration delay |
|---|---|---|
| low | documentation, translations | 10 days |
| medium | ordinary bug fixes | 5 days |
| high | security, data loss | 2 days |

You can check an entry before uploading with a few lines of Python:

```python
import re

HEAD = re.compile(r"^(\\S+) \\(([^)]+)\\) ([\\w -]+); urgency=(\\w+)$")

def parse_head(line: str) -> dict:
    \"\"\"Return the parts of a changelog header.\"\"\"
    m = HEAD.match(line)
    if m is None:
        raise ValueError("not a changelog header")  # wrong layout
    return dict(zip(("package", "version", "dist", "urgency"), m.groups()))
```

The function returns"""
LONG = """## Bread in three steps

1. Mix 500 g flour, 350 g water and 10 g salt.
2. Let it rest:
   - 30 minutes covered, *no kneading*;
   - then fold it every half hour;
     - three times is enough.
3. Bake at 240 °C for 40 minutes.

> The dough decides, not the clock.
>
> A cold night makes it better.

- [x] starter fed
- [ ] oven hot

---

See [the long version](https://example.org/bread) and ~~never~~ rarely use `rm -rf` on it.

שלום עולם, this line begins right to left. 日本語の文も問題ありません。 👩‍🚀"""
TITLES = (
    ("Changelog format questions", 0),
    ("Trip to Porto in March", 0),
    ("Explain this stack trace", 0),
    ("House purchase – contracts", 1),
    ("Quarterly report summary", 3),
    ("Regex for invoice numbers", 4),
    ("A very long name that somebody pasted here and that never seems to end at all", 5),
    ("Sourdough timetable", 6),
    ("Letter to the landlord", 40),
)


def chats(now: datetime) -> list[ChatEntry]:
    return [
        ChatEntry(str(number), title, now - timedelta(days=days, minutes=number), is_busy=number == 2)
        for number, (title, days) in enumerate(TITLES)
    ]


def memory(device: str, gigabytes: tuple[float, float, float, float], free: float, total: float) -> BarShown:
    kinds: tuple[PartKind, ...] = ("weights", "kv", "working", "other")
    parts = tuple(PartShown(kind, int(size * 1e9)) for kind, size in zip(kinds, gigabytes, strict=True))
    return BarShown(device, parts, int(free * 1e9), int(total * 1e9))


PLAN = PlanShown(
    "On your GPUs and the processor · about 9 tokens/s · first word after 2.1 s",
    (
        memory("NVIDIA GeForce RTX 4090 · 1", (20.1, 1.2, 0.6, 1.1), 2.7, 25.7),
        memory("NVIDIA GeForce RTX 4090 · 2", (20.4, 1.2, 0.5, 0.03), 3.5, 25.7),
        memory("Memory", (3.4, 0.2, 0.1, 9.8), 54.5, 68.0),
    ),
    ("74 of 80 layers on your GPUs, 6 on the processor.", "The speed of the memory is the limit."),
    "The known one of Llama 3.1 and 3.3.",
)


class Gallery:
    def __init__(self, app: QApplication, folder: Path, word: str) -> None:
        self._app = app
        self._folder = folder
        self._word = word
        self._theme = Theme(app, choice="light")
        self._hosts: list[QWidget] = []  # windows that dialogs belong to

    def draw_all(self) -> None:
        pages: dict[str, Callable[[], QWidget]] = {
            "window": self.window,
            "reading": self.reading,
            "states": self.states,
            "markdown": self.markdown,
            "editing": self.editing,
            "greeting": self.greeting,
            "welcome": self.welcome,
            "welcome-problem": self.welcome_problem,
            "passphrase": self.passphrase,
            "recovery": self.recovery,
            "recovery-confirm": self.recovery_confirm,
            "unlock": self.unlock,
            "link": self.link,
            "error": self.error,
            "shortcuts": self.shortcuts,
            "outgrown": self.outgrown,
            "summarised": self.summarised,
            "silent": self.silent,
            "context": self.context,
            "model-settings": self.model_settings,
            "model-settings-changed": self.model_settings_changed,
            "models": self.models,
            "models-opened": self.models_opened,
            "models-waiting": self.models_waiting,
            "models-results": self.models_results,
            "models-shelf": self.models_shelf,
        }
        pages |= {name.replace("_", "-"): partial(self._room, make) for name, make in ROOMS.items()}
        for choice in ("light", "dark"):
            self._theme.choose(choice)
            for name, make in pages.items():
                if self._word in name:
                    self._draw(f"{name}-{choice}", make())

    def window(self) -> QWidget:
        frame, _sidebar, page = self._frame()
        page.header.set_model("Llama 3.1 8B · Q4_K_M", words="On this GPU · 31 tok/s", state="ready")
        page.header.set_context(6_100, 16_384)
        page.show_transcript()
        items = [MessageItem("q", "user", QUESTION), MessageItem("a", "assistant", ANSWER, "streaming")]
        self._fill(frame, page, items)
        page.composer.set_busy(True)
        page.transcript.set_busy(True)
        page.transcript.verticalScrollBar().setValue(0)
        return frame

    def reading(self) -> QWidget:
        frame, _sidebar, page = self._frame()
        page.show_transcript()
        items = [
            MessageItem("q", "user", "Say hello."),
            MessageItem("a", "assistant", "Hello! What can I do for you?", versions=3, version=2, stats="31 tok/s"),
            MessageItem("q2", "user", "Read all of this first, please."),
            MessageItem("a2", "assistant", "", "streaming", note="Reading… 42 %"),
        ]
        self._fill(frame, page, items)
        page.composer.set_text("Typing goes on meanwhile,\non several lines,\nand nothing is lost.")
        page.composer.set_busy(True)
        return frame

    def states(self) -> QWidget:
        frame, _sidebar, page = self._frame()
        page.show_transcript()
        note = (
            "The model ran out of memory and stopped.\nChoose a smaller model or close other programs, then try again."
        )
        items = [
            MessageItem("q", "user", "One"),
            MessageItem("a", "assistant", "Half a thought about", "stopped"),
            MessageItem("q2", "user", "Two"),
            MessageItem("a2", "assistant", "Another one that was", "interrupted", versions=2),
            MessageItem("q3", "user", "Three"),
            MessageItem("a3", "assistant", "It began well", "failed", note=note),
            MessageItem("q4", "user", "Four"),
            MessageItem("a4", "assistant", "It went on and on", "length", stats="31 tok/s · first word after 0.4 s"),
        ]
        self._fill(frame, page, items)
        page.transcript.live_views["a4"].action_row.copy.setFocus(Qt.FocusReason.TabFocusReason)
        self._settle()
        toast = Toast(self._theme, parent=frame)
        toast.show_message("“Trip to Porto in March” was deleted.", "Undo")
        return frame

    def markdown(self) -> QWidget:
        frame, _sidebar, page = self._frame()
        page.show_transcript()
        items = [
            MessageItem("q", "user", "Everything at once, on\nseveral lines."),
            MessageItem("a", "assistant", LONG),
            MessageItem("b", "assistant", "Too long for colours:\n\n```\n" + "x = 1  # again\n" * 2_000 + "```"),
        ]
        self._fill(frame, page, items)
        page.transcript.verticalScrollBar().setValue(0)
        return frame

    def editing(self) -> QWidget:
        frame, _sidebar, page = self._frame()
        page.show_transcript()
        self._fill(frame, page, [MessageItem("q", "user", QUESTION), MessageItem("a", "assistant", LONG)])
        page.transcript.start_edit("q")
        return frame

    def greeting(self) -> QWidget:
        frame, _sidebar, page = self._frame(has_chats=False)
        page.header.set_model("SmolLM2 135M · Q4_1", words="Starter model · for trying the app", state="ready")
        page.show_greeting()
        return frame

    def welcome(self) -> QWidget:
        return WelcomePage(self._theme)

    def welcome_problem(self) -> QWidget:
        page = WelcomePage(self._theme)
        page.show_problem(Problem("This file is not a GGUF model.", "Choose a file that ends in .gguf."))
        return page

    def passphrase(self) -> QWidget:
        page = PassphrasePage(self._theme)
        page.first.setText("four calm horses walk")
        return page

    def recovery(self) -> QWidget:
        return self._recovery()

    def recovery_confirm(self) -> QWidget:
        page = self._recovery()
        page.next.click()
        page.fields[0].setText("k7pd2")
        page.show_fault("That is not what stands there. Check the two groups, or show the key again.")
        return page

    def unlock(self) -> QWidget:
        page = UnlockPage(self._theme)
        page.secret.setText("wrong horse")
        page.show_wrong()
        return page

    def link(self) -> QWidget:
        url = "https://example.org/a/very/long/path/that/goes/on?with=a&query=string&that=is&even=longer#and-a-fragment"
        return ConfirmLink(self._theme, LinkRequested(url), parent=None)

    def error(self) -> QWidget:
        return SentenceDialog(
            self._theme,
            "The model could not be loaded",
            "It needs about 9 GB of memory, and 6 GB are free.",
            parent=None,
            next_step="Choose a smaller one, or close other programs.",
            accept="Choose another model",
            reject="Close",
        )

    def shortcuts(self) -> QWidget:
        host = QWidget()
        host.resize(WINDOW)
        self._hosts.append(host)
        return ShortcutsDialog(self._theme, parent=host)

    def model_settings(self) -> QWidget:
        return self._model_settings({}, "Balanced")

    def model_settings_changed(self) -> QWidget:
        changed: dict[str, object] = {
            settings.TEMPERATURE.key: 0.2,
            settings.XTC_PROBABILITY.key: 0.5,
            settings.CONTEXT_TOKENS.key: 32_768,
            settings.DEVICE_SPLIT.key: "3,1",
            settings.DRAFT_MODEL.key: "/models/Llama-3.1-8B-Instruct-Q4_K_M.gguf",
            settings.ADAPTERS.key: ("0.8 /adapters/legal-english-lora-f16.gguf", "1 /adapters/short-answers.gguf"),
        }
        dialog = self._model_settings(changed, "Long letters")
        dialog.rows[settings.CONTEXT_TOKENS.key].back.click()
        dialog.show()
        self._settle()
        for area in dialog.findChildren(QScrollArea):
            area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        return dialog

    def models(self) -> QWidget:
        return self._models()

    def models_opened(self) -> QWidget:
        page = self._models()
        page.set_shelf(samples.SHELF)
        page.set_downloads(samples.DOWNLOADS[:2])
        page.discover.cards[samples.EIGHT.key].others.click()
        return page

    def models_waiting(self) -> QWidget:
        return ModelsPage(self._theme)

    def models_results(self) -> QWidget:
        page = self._models()
        page.set_network("allowed")
        page.search.setText(samples.RESULTS.text)
        page.set_results(samples.RESULTS)
        page.results.rows[samples.LISTING.repository].head.set_open(True)
        page.set_listing(samples.LISTING)
        return page

    def models_shelf(self) -> QWidget:
        page = self._models()
        page.set_network("fixed")
        page.set_shelf(samples.SHELF)
        page.set_downloads(samples.DOWNLOADS[3:])
        page.show_shelf()
        return page

    def _room(self, make: Callable[[Theme, QWidget], QWidget]) -> QWidget:
        host = QWidget()
        host.resize(WINDOW)
        host.show()
        self._hosts.append(host)
        return make(self._theme, host)

    def _models(self) -> ModelsPage:
        page = ModelsPage(self._theme)
        page.set_offers(samples.RECOMMENDED, samples.OFFERS, computer=samples.COMPUTER)
        page.set_rate(11e6)
        return page

    def _model_settings(self, changed: dict[str, object], preset: str) -> ModelSettingsDialog:
        host = QWidget()
        host.resize(WINDOW)
        self._hosts.append(host)
        defaults: dict[str, object] = {setting.key: setting.default for setting in settings.PER_MODEL}
        presets = [PresetShown(name, is_built_in=True) for name in BUILT_IN]
        shown = ModelSettingsShown(
            title="Llama 3.1 70B Instruct · Q4_K_M",
            plan=PLAN,
            values=defaults | changed,
            defaults=defaults,
            changed=frozenset(changed),
            presets=(*presets, PresetShown("Long letters", is_built_in=False)),
            preset=preset,
            devices=("NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 4090"),
            layers=80,
            trained_context_tokens=131_072,
            template_text="{{- bos_token }}",
        )
        return ModelSettingsDialog(self._theme, shown, parent=host)

    def outgrown(self) -> QWidget:
        frame, page = self._talk(Boundary("q2", 12))
        page.room.set_news(RoomNews("cut", 12))
        return frame

    def summarised(self) -> QWidget:
        frame, page = self._talk(Boundary("q2", 12, "They want a **fixed format**, and a check of it."))
        page.transcript.boundary_line.open()
        page.room.set_news(RoomNews("summarising", text="They want a fixed format for the changelog, and a check"))
        page.composer.set_text("And how do I run it before every upload?")
        page.composer.set_read_ahead(True)
        return frame

    def silent(self) -> QWidget:
        frame, _sidebar, page = self._frame()
        page.show_transcript()
        note = "The model has said nothing for 3 minutes."
        answer = MessageItem("a", "assistant", "It begins", "streaming", note=note, is_asking=True)
        self._fill(frame, page, [MessageItem("q", "user", QUESTION), answer])
        page.room.set_news(RoomNews("filling"))
        return frame

    def context(self) -> QWidget:
        frame, page = self._talk(None)
        self._hosts.append(frame)
        shown = ContextShown(Fullness(6_100, 8_192, 14), Boundary("q2", 12), can_summarise=True, can_enlarge=True)
        return page.open_context(shown)

    def _talk(self, boundary: Boundary | None) -> tuple[QWidget, ChatPage]:
        frame, _sidebar, page = self._frame()
        page.header.set_context(6_600, 8_192)
        page.show_transcript()
        frame.resize(WINDOW)
        frame.show()
        items = [
            MessageItem("q", "user", QUESTION),
            MessageItem("a", "assistant", "Yes, it has one layout."),
            MessageItem("q2", "user", "Show me."),
            MessageItem("a2", "assistant", "The first line names the package, its version and its targets."),
        ]
        page.transcript.set_items(items, boundary)
        self._settle()
        return frame, page

    def _recovery(self) -> RecoveryPage:
        groups = ("k7pd2", "m4x9c", "tq3ra", "9wv6h", "b2nzs", "e8kf4", "u5jg7", "y3dpm")
        return RecoveryPage(self._theme, groups, (2, 5))

    def _frame(self, *, has_chats: bool = True) -> tuple[QWidget, Sidebar, ChatPage]:
        frame = QWidget()
        sidebar = Sidebar(self._theme, parent=frame)
        page = ChatPage(self._theme, parent=frame)
        row = QHBoxLayout(frame)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(sidebar)
        row.addWidget(page, 1)
        now = datetime(2026, 11, 21, 12)  # noqa: DTZ001  # local time of a picture
        sidebar.set_chats(chats(now) if has_chats else [], now.date())
        sidebar.set_current("0")
        return frame, sidebar, page

    def _fill(self, frame: QWidget, page: ChatPage, items: list[MessageItem]) -> None:
        frame.resize(WINDOW)
        frame.show()
        page.transcript.set_items(items)
        self._settle()

    def _settle(self) -> None:
        for _turn in range(4):
            self._app.processEvents()

    def _draw(self, name: str, widget: QWidget) -> None:
        if widget.isHidden() and not widget.windowTitle():
            widget.resize(WINDOW)
        widget.show()
        self._settle()
        widget.grab().save(str(self._folder / f"{name}.png"))
        widget.close()
        widget.deleteLater()
        self._settle()


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    Gallery(app, folder, sys.argv[2] if len(sys.argv) > 2 else "").draw_all()


if __name__ == "__main__":
    main()
