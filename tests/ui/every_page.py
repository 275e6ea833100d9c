"""Every page and dialog with samples in it, and what is wrong with where its parts stand: for tests of text sizes,
narrow windows and languages, and for pictures of the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QApplication, QHBoxLayout, QWidget

from app import settings
from app.chat.exchange.forms import Found, Problem
from app.chat.tree import Attachment, Draft, Queued
from app.models.options import BUILT_IN
from app.net.policy import DOWNLOAD
from app.storage.keys import SlotState
from app.ui.about.dialog import AboutDialog
from app.ui.chat.context.context_popup import ContextPopup, ContextShown
from app.ui.chat.context.fullness import Fullness
from app.ui.chat.context.room import RoomNews
from app.ui.chat.items import AttachmentItem, Boundary, ChatEntry, FolderEntry, LinkRequested, MessageItem
from app.ui.chat.page import ChatPage
from app.ui.chat.sidebar.bin_dialog import BinDialog, BinEntry
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.controls import ElidedText, IconButton, Text, TextButton
from app.ui.dialogs import ConfirmLink, SentenceDialog
from app.ui.exchange.export_dialog import ExportDialog, ExportShown
from app.ui.exchange.import_dialog import FoundShown, ImportDialog
from app.ui.models.page.page import ModelsPage
from app.ui.models.settings_dialog import ModelSettingsDialog
from app.ui.models.shown import BarShown, ModelSettingsShown, PartShown, PlanShown, PresetShown
from app.ui.models.terms_dialog import TermsDialog, TermsShown, TextShown
from app.ui.network.consent import ConsentDialog, ConsentShown
from app.ui.privacy.dialog import PrivacyDialog, lines
from app.ui.settings.dialog import ROWS, SettingsDialog, SettingsShown
from app.ui.shortcuts import ShortcutsDialog
from app.ui.side_pane import SidePane
from app.ui.theme import Theme
from app.ui.toast import Toast
from app.ui.welcome.keys import PassphrasePage, UnlockPage
from app.ui.welcome.recovery import RecoveryPage
from app.ui.welcome.welcome import Problem as WelcomeProblem
from app.ui.welcome.welcome import WelcomePage
from tests.ui.documents.rooms import ROOMS
from tests.ui.models.page import samples

Host = QWidget
Make = Callable[[Theme, Host], QWidget]
NOW = datetime(2026, 11, 21, 12)  # noqa: DTZ001  # local time of a sample
ANSWER = """Yes, it follows **one fixed layout**, and `urgency` is checked:

- the first line names the package;
  1. and its version;

```python
HEAD = re.compile(r"^(\\S+) [(]([^)]+)[)] ([\\w -]+); urgency=(\\w+)$")
```

| Urgency | Typical use |
|---|---|
| low | documentation |
"""
URL = "https://example.org/a/very/long/path/that/goes/on?with=a&query=string&that=is&even=longer#and-a-fragment"
SLOTS = SlotState(
    has_keyring=True, has_passphrase=False, has_recovery=True, is_recovery_confirmed=False, keyring_backend="x"
)
PLAN = PlanShown(
    "On your GPU and the processor · about 9 tokens/s · first word after 2.1 s",
    (
        BarShown(
            "NVIDIA GeForce RTX 4090",
            (PartShown("weights", 20_100_000_000), PartShown("kv", 1_200_000_000), PartShown("other", 1_100_000_000)),
            2_700_000_000,
            25_700_000_000,
        ),
    ),
    ("74 of 80 layers on your GPU, 6 on the processor.", "The speed of the memory is the limit."),
    "The known one of Llama 3.1 and 3.3.",
)
QUESTION = "Does the changelog need a fixed format? Please also give me a way to check it."


def chat(theme: Theme, host: Host) -> QWidget:
    frame, page = _frame(theme, host)
    page.show_transcript()
    items = [
        MessageItem(
            "q", "user", QUESTION, attachments=(AttachmentItem("A rather long name of a file.txt", "x" * 900),)
        ),
        MessageItem("a", "assistant", ANSWER, versions=3, version=2, stats="31 tok/s · first word after 0.4 s"),
        MessageItem("q2", "user", "Another"),
        MessageItem("a2", "assistant", "It began well", "failed", note="The model stopped.\nTry a smaller one."),
        MessageItem("q3", "user", "One more"),
        MessageItem("a3", "assistant", "Half a thought", "stopped", can_continue=True),
    ]
    page.transcript.set_items(items, Boundary("q2", 12, "They want a **fixed format**."))
    page.composer.set_draft(
        Draft(
            "A question\non two lines",
            (Attachment("notes of the meeting.md", "x" * 2_000), Attachment("", "a\nb")),
            (
                Queued("The next question", (Attachment("minutes.txt", "x"),)),
                Queued("And the one after that, which is a good deal longer than the first"),
            ),
        )
    )
    page.room.set_news(RoomNews("cut", 12))
    toast = Toast(theme, parent=frame)
    toast.stand_on(page.composer)
    toast.show_message("“Trip to Porto in March” was deleted.", "Undo")
    return frame


def editing(theme: Theme, host: Host) -> QWidget:
    frame, page = _frame(theme, host)
    page.show_transcript()
    silent = MessageItem("a", "assistant", "It begins", "streaming", note="Silent for 3 minutes.", is_asking=True)
    attached = (AttachmentItem("A rather long name of a file.txt", "x" * 900), AttachmentItem("", "a\nb"))
    page.transcript.set_items([MessageItem("q", "user", QUESTION, attachments=attached), silent])
    page.transcript.start_edit("q")
    return frame


def greeting(theme: Theme, host: Host) -> QWidget:
    frame, page = _frame(theme, host)
    page.show_greeting()
    return frame


def sidebar(theme: Theme, host: Host) -> QWidget:
    frame, _page = _frame(theme, host, is_open=True)
    return frame


def context(theme: Theme, host: Host) -> QWidget:
    shown = ContextShown(Fullness(6_100, 8_192, 14), Boundary("q2", 12), can_summarise=True, can_enlarge=True)
    popup = ContextPopup(theme, shown, parent=host)
    popup.open_below(host.mapToGlobal(QPoint(host.width() - 8, 60)))
    return popup


def models(theme: Theme, host: Host) -> QWidget:
    page = ModelsPage(theme)
    page.set_offers(samples.RECOMMENDED, samples.OFFERS, computer=samples.COMPUTER)
    page.set_rate(11e6)
    page.set_shelf(samples.SHELF)
    page.set_downloads(samples.DOWNLOADS[:2])
    return _filling(page, host)


def models_here(theme: Theme, host: Host) -> QWidget:
    page = ModelsPage(theme)
    page.set_network("fixed")
    page.set_shelf(samples.SHELF)
    page.set_downloads(samples.DOWNLOADS[3:])
    page.show_shelf()
    return _filling(page, host)


def models_found(theme: Theme, host: Host) -> QWidget:
    page = ModelsPage(theme)
    page.set_network("allowed")
    page.search.setText(samples.RESULTS.text)
    page.set_results(samples.RESULTS)
    page.results.rows[samples.LISTING.repository].head.set_open(True)
    page.set_listing(samples.LISTING)
    return _filling(page, host)


def model_settings(theme: Theme, host: Host) -> QWidget:
    defaults: dict[str, object] = {setting.key: setting.default for setting in settings.PER_MODEL}
    shown = ModelSettingsShown(
        title="Llama 3.1 70B Instruct · Q4_K_M",
        plan=PLAN,
        values=defaults | {settings.TEMPERATURE.key: 0.2},
        defaults=defaults,
        changed=frozenset({settings.TEMPERATURE.key}),
        presets=tuple(PresetShown(name, is_built_in=True) for name in BUILT_IN),
        preset="Balanced",
        devices=("NVIDIA GeForce RTX 4090",),
        layers=80,
        trained_context_tokens=131_072,
        template_text="{{- bos_token }}",
    )
    return ModelSettingsDialog(theme, shown, parent=host)


def preferences(theme: Theme, host: Host) -> QWidget:
    shown = SettingsShown(
        theme="light",
        values={setting.key: setting.default for setting in ROWS},
        states_bytes=1_200_000_000,
        has_passphrase=False,
        is_recovery_confirmed=False,
        profile_folder="/somewhere/in/a/home",
        models_folder="/somewhere/in/a/home/models",
    )
    return SettingsDialog(theme, shown, parent=host)


def export(theme: Theme, host: Host) -> QWidget:
    return ExportDialog(theme, ExportShown(12), host)


def importing(theme: Theme, host: Host) -> QWidget:
    dialog = ImportDialog(theme, ("Work", "A folder with a long name"), host)
    whole = Found(Path("conversations of last year.json"), "chatgpt", tuple("abcd"), (Problem("a.json", "Not JSON."),))
    dialog.show_found([FoundShown(whole, 2), FoundShown(Found(Path("empty.zip"), None), 0)])
    return dialog


def bin_(theme: Theme, host: Host) -> QWidget:
    entries = [BinEntry(str(number), f"Chat {number}", NOW - timedelta(days=number)) for number in range(8)]
    return BinDialog(theme, entries, days=30, today=NOW.date(), parent=host)


def privacy(theme: Theme, host: Host) -> QWidget:
    return PrivacyDialog(theme, lines(SLOTS, None), parent=host)


def terms(theme: Theme, host: Host) -> QWidget:
    texts = (TextShown("LICENSE.txt", "You may. " * 400), TextShown("USE_POLICY.md", "Do no harm."))
    return TermsDialog(theme, _terms(texts), parent=host)


def terms_without_text(theme: Theme, host: Host) -> QWidget:
    return TermsDialog(theme, _terms(()), parent=host)


def consent(theme: Theme, host: Host) -> QWidget:
    return ConsentDialog(theme, ConsentShown("huggingface.co", DOWNLOAD, "acme/Tiny-GGUF", True), parent=host)


def about(theme: Theme, host: Host) -> QWidget:
    return AboutDialog(theme, parent=host)


def shortcuts(theme: Theme, host: Host) -> QWidget:
    return ShortcutsDialog(theme, parent=host)


def link(theme: Theme, host: Host) -> QWidget:
    return ConfirmLink(theme, LinkRequested(URL), parent=host)


def error(theme: Theme, host: Host) -> QWidget:
    return SentenceDialog(
        theme,
        "The model could not be loaded",
        "It needs about 9 GB of memory, and 6 GB are free.",
        parent=host,
        next_step="Choose a smaller one, or close other programs.",
        accept="Choose another model",
        reject="Close",
    )


def welcome(theme: Theme, host: Host) -> QWidget:
    page = WelcomePage(theme)
    page.show_problem(WelcomeProblem("This file is not a GGUF model.", "Choose a file that ends in .gguf."))
    return _filling(page, host)


def passphrase(theme: Theme, host: Host) -> QWidget:
    return _filling(PassphrasePage(theme), host)


def unlock(theme: Theme, host: Host) -> QWidget:
    page = UnlockPage(theme)
    page.show_wrong()
    return _filling(page, host)


def recovery(theme: Theme, host: Host) -> QWidget:
    return _filling(_recovery(theme), host)


def recovery_asked(theme: Theme, host: Host) -> QWidget:
    page = _recovery(theme)
    page.next.click()
    page.show_fault("That is not what stands there. Check the two groups, or show the key again.")
    return _filling(page, host)


PAGES: dict[str, Make] = {
    make.__name__.strip("_"): make
    for make in (
        chat,
        editing,
        greeting,
        sidebar,
        context,
        models,
        models_here,
        models_found,
        model_settings,
        preferences,
        export,
        importing,
        bin_,
        privacy,
        terms,
        terms_without_text,
        consent,
        about,
        shortcuts,
        link,
        error,
        welcome,
        passphrase,
        unlock,
        recovery,
        recovery_asked,
    )
} | ROOMS


def opened(theme: Theme, name: str, size: QSize) -> tuple[QWidget, QWidget]:
    """The page or dialog, shown, and the window of that size that it is in or belongs to."""
    host = QWidget()
    host.resize(size)
    host.show()
    made = PAGES[name](theme, host)
    made.show()
    settle()
    return made, host


def settle() -> None:
    """Once everything has been laid out, and once more for what follows from it."""
    for _turn in range(8):
        QApplication.sendPostedEvents()
        QApplication.processEvents()


def misfits(root: QWidget) -> list[str]:
    """What is cut, or stands outside of what it is in."""
    found = []
    for part in root.findChildren(QWidget):
        if part.isVisible() and not part.visibleRegion().isEmpty():
            found += [f"{_said(part)}: {fault}" for fault in (*_cuts(part), *_strays(part))]
    return found


def _cuts(part: QWidget) -> list[str]:
    if isinstance(part, Text):
        needed = part.heightForWidth(part.width()) if part.wordWrap() else part.sizeHint().height()
        is_narrow = not part.wordWrap() and part.width() < part.sizeHint().width()
    elif isinstance(part, TextButton) and part.layout() is None and not part.toolTip():  # else cut by design, and told
        needed, is_narrow = part.height_for(part.width()), False
    elif isinstance(part, TextButton | IconButton | ElidedText) and part.layout() is None:
        needed = part.sizeHint().height()
        is_told = bool(part.toolTip()) and not isinstance(part, IconButton)  # cut by design, told by the tooltip
        is_narrow = part.width() < part.sizeHint().width() and not is_told
    else:
        return []
    faults = [f"{part.width()} wide instead of {part.sizeHint().width()}"] if is_narrow else []
    return faults + ([f"{part.height()} high instead of {needed}"] if part.height() < needed else [])


def _strays(part: QWidget) -> list[str]:
    parent = part.parentWidget()
    if part.isWindow() or parent is None:
        return []
    room = parent.rect()
    area = parent.parentWidget()
    if isinstance(area, QAbstractScrollArea) and area.viewport() is parent:
        room = QRect(room.left(), -(10**6), room.width(), 2 * 10**6)
        if area.horizontalScrollBar().maximum() > 0 and area.horizontalScrollBar().isVisible():
            return []
    if part.inherits("QMenu") or room.contains(part.geometry()):
        return []
    return [f"at {part.geometry().getRect()} in {parent.rect().getRect()} of {type(parent).__name__}"]


def _said(part: QWidget) -> str:
    words = part.text() if isinstance(part, QAbstractButton | Text) else part.accessibleName()
    return f"{type(part).__name__} “{words[:40]}”"


def _frame(theme: Theme, host: Host, *, is_open: bool = False) -> tuple[QWidget, ChatPage]:
    frame = QWidget(host)
    row = QHBoxLayout(frame)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    side = Sidebar(theme, parent=frame)
    page = ChatPage(theme, parent=frame)
    row.addWidget(page, 1)
    titles = ("Changelog format questions", "Trip to Porto", "A very long name that never seems to end at all")
    chats = [
        ChatEntry(str(number), title, NOW - timedelta(days=2 * number), number == 1, "f" if number == 2 else "")
        for number, title in enumerate(titles)
    ]
    side.set_chats(chats, NOW.date(), [FolderEntry("f", "Work", has_manner=True)])
    side.set_current("0")
    page.header.set_model("Llama 3.1 8B · Q4_K_M", words="On this GPU · 31 tok/s", state="ready")
    page.header.set_context(6_100, 16_384)
    page.header.set_manner("Editor", "Corrects and shortens.")
    frame.resize(host.size())
    pane = SidePane(theme, frame, row, side, is_wanted=True)
    pane.shown_changed.connect(lambda: page.header.set_sidebar_hidden(not pane.is_open))
    page.header.set_sidebar_hidden(not pane.is_open)
    if is_open:
        pane.open()
    frame.show()
    settle()
    return frame, page


def _filling(page: QWidget, host: Host) -> QWidget:
    page.setParent(host)
    page.resize(host.size())
    return page


def _recovery(theme: Theme) -> RecoveryPage:
    return RecoveryPage(theme, ("k7pd2", "m4x9c", "tq3ra", "9wv6h", "b2nzs", "e8kf4", "u5jg7", "y3dpm"), (2, 5))


def _terms(texts: tuple[TextShown, ...]) -> TermsShown:
    return TermsShown(
        title="Tiny · Q4_K_M",
        licence_title="Llama 3.1 Community License",
        summary="You may use it, also for money, as long as you name it.",
        texts=texts,
        repository="acme/Tiny-GGUF",
        commit="0123456789" * 4,
        text_link="https://example.org/licence",
        policy_link="https://example.org/policy",
        needs_acceptance=True,
        size_bytes=2_000_000_000,
        free_bytes=10_000_000_000,
    )
