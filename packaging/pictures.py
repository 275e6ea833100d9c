"""Draws the pictures of the README: the real window, the starter model's real answers, nothing retouched.

    .venv/bin/python packaging/pictures.py [FOLDER]

Temperature 0, so that the same processor gives the same words. FOLDER is docs/pictures unless given.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QEventLoop, QMarginsF, QTimer
from PySide6.QtGui import QFont, QPageSize, QPdfWriter, QTextDocument
from PySide6.QtWidgets import QApplication

from app import paths
from app.chat.manner import Manner
from app.chat.tree import Folder
from app.core import Core, Outside
from app.home import Home
from app.net.policy import AdminPolicy
from app.settings import MAX_ANSWER_TOKENS, TEMPERATURE, THEME
from app.storage.secrets import MemorySecrets
from app.ui.app import make_application
from app.ui.chat.items import SendRequested
from app.ui.documents.page.collection_card import CollectionHead
from app.ui.shell import Shell
from app.ui.theme import Theme
from app.ui.welcome.recovery import RecoveryPage
from app.ui.welcome.welcome import WelcomePage
from app.ui.window import MainWindow

SIZE = (1180, 780)
OTHERS = (
    "What is a llama?",
    "Name three rivers in Europe.",
    "House purchase: which papers do I need?",
    "Write a polite email that moves a meeting to Friday.",
)
SHOWN = (
    "Write a Python function that checks whether a word is a palindrome. Explain it in two sentences.",
    "Give me three tips for a calm morning, as a list.",
)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
GIVE_UP_MS = 120_000


def until(condition: Callable[[], bool]) -> None:
    """Let Qt work until `condition` holds."""
    loop = QEventLoop()
    timer = QTimer()
    timer.setInterval(20)
    timer.timeout.connect(lambda: loop.quit() if condition() else None)
    timer.start()
    QTimer.singleShot(GIVE_UP_MS, loop.quit)
    loop.exec()
    timer.stop()
    if not condition():
        raise SystemExit("The window did not get that far.")


def settle(milliseconds: int = 400) -> None:
    """Let what was asked for be painted."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


LEASE = (
    "Lease of a flat",
    (
        ("1 The flat", "The landlord lets the flat on the second floor of 14 Mill Lane, with two rooms, a kitchen, a "
         "bathroom and a cellar. The tenant receives four keys and returns all of them at the end."),
        ("2 Rent", "The monthly rent is 930 euros and is due on the third working day of each month. Heating is paid "
         "in advance with 85 euros and settled once a year."),
        ("3 Deposit", "The tenant pays a deposit of three monthly rents, which the landlord keeps apart from his own "
         "money and returns within six months after the end of the lease."),
        ("4 End", "The tenant may end the lease with three months of notice, given in writing. The landlord may end "
         "it only for a reason that the law knows."),
        ("5 Pets", "Small animals are allowed. For a dog or a cat the tenant asks the landlord beforehand, who agrees "
         "unless there is a reason against it."),
    ),
)  # fmt: skip
LEASE_QUESTION = "What is the monthly rent?"
PAPERS = {
    "Survey of the house.pdf": ("Survey", (("Roof", "The roof was renewed in 2011 and shows no damage."),)),
    "Land register.pdf": ("Land register", (("Charges", "A right of way in favour of the neighbour is entered."),)),
    "Draft of the contract.pdf": ("Draft", (("Price", "The price is 310,000 euros, due after registration."),)),
}

_LAWYER = "Answer as a careful lawyer would, and say what you are not sure of."


def draw(application: QApplication, folder: Path, profile: Path) -> Iterator[str]:
    theme = Theme(application, choice="light")
    outside = Outside(admin=AdminPolicy(), find_elsewhere=tuple)  # and no door: nothing can be sent
    shell = Shell(Home(paths.places(profile), MemorySecrets(), outside=outside), theme)
    shell.resize(*SIZE)
    shell.show()
    shell.start()
    until(lambda: isinstance(shell.page, WelcomePage))

    def take(name: str) -> Iterator[str]:
        for scheme in SCHEMES:
            theme.choose(scheme)
            settle()
            shell.grab().save(str(folder / f"{name}-{scheme}.png"))
            yield f"{name}-{scheme}.png"
        theme.choose("light")

    yield from take("welcome")
    assert isinstance(shell.page, WelcomePage)
    shell.page.start_button.click()
    until(lambda: isinstance(shell.page, RecoveryPage))
    assert isinstance(shell.page, RecoveryPage)
    shell.page.later.click()
    until(lambda: shell.window_of_chat is not None)
    window, core = shell.window_of_chat, shell.core
    assert window is not None
    assert core is not None
    core.settings.set(THEME, "light")
    core.settings.set(TEMPERATURE, 0.0)

    def ask(question: str, longest: int) -> None:
        core.settings.set(MAX_ANSWER_TOKENS, longest)
        window.page.composer.send_requested.emit(SendRequested(question))
        until(lambda: window.conversation.is_busy)
        until(lambda: not window.conversation.is_busy)

    for question in OTHERS:
        window.conversation.open(None)
        until(lambda: window.page.is_greeting)
        ask(question, 8)
    window.conversation.open(None)
    until(lambda: window.page.is_greeting)
    for question in SHOWN:
        ask(question, 220)
    tidy(core)
    window.library.refresh()
    window.page.transcript.jump_to_end()
    yield from take("chat")
    window.later.open_palette()
    until(lambda: window.later.palette.is_open)
    window.later.palette.field.setText("new")
    yield from take("palette")
    window.later.palette.dismiss()
    window.show_models()
    until(lambda: bool(window.later.models_page.discover.cards))
    yield from take("models")
    window.show_chat()
    yield from draw_documents(shell, window, theme, folder, profile)
    shell.quit()


def draw_documents(shell: Shell, window: MainWindow, theme: Theme, folder: Path, profile: Path) -> Iterator[str]:
    """A contract is attached, asked and cited; the page with the words; all documents."""
    core = shell.core
    assert core is not None
    papers = profile.parent / "papers"
    papers.mkdir()
    for name, (title, clauses) in PAPERS.items():
        write_pdf(papers / name, title, clauses)
    made = core.documents.add_collection("House purchase")
    core.documents.add_files(sorted(papers.iterdir()), collection_id=made.id)
    lease = profile.parent / "lease.pdf"
    write_pdf(lease, *LEASE)
    window.conversation.open(None)
    until(lambda: window.page.is_greeting)
    window.page.composer.attach([lease])
    until(lambda: [one.state for one in window.page.composer.card.sources.asked] == ["read"])
    core.settings.set(MAX_ANSWER_TOKENS, 90)
    window.page.composer.send_requested.emit(SendRequested(LEASE_QUESTION))
    until(lambda: window.conversation.is_busy)
    until(lambda: not window.conversation.is_busy)
    item = window.page.transcript.items[-1]
    if item.sourced is None or not item.sourced.chips:
        raise SystemExit("The answer cites nothing; nothing is shown of it.")
    for scheme in SCHEMES:
        theme.choose(scheme)
        settle()
        shell.grab().save(str(folder / f"cited-{scheme}.png"))
        yield f"cited-{scheme}.png"
    body = window.page.transcript.live_views[item.id].body
    assert body is not None
    body.chip_pressed.emit(0)
    viewer = window.later.viewer
    until(lambda: bool(viewer.pane.pages.marked_places()))
    for scheme in SCHEMES:
        theme.choose(scheme)
        settle(1_000)
        viewer.grab().save(str(folder / f"passage-{scheme}.png"))
        yield f"passage-{scheme}.png"
    viewer.close()
    until(lambda: core.documents.wait_until_idle(0.05))
    window.later.show_documents()
    until(window.later.documents_page.isVisible)
    for head in window.later.documents_page.findChildren(CollectionHead):
        head.set_open(True)
    for scheme in SCHEMES:
        theme.choose(scheme)
        settle(1_000)
        shell.grab().save(str(folder / f"documents-{scheme}.png"))
        yield f"documents-{scheme}.png"
    theme.choose("light")


def write_pdf(path: Path, title: str, clauses: tuple[tuple[str, str], ...]) -> None:
    """A paper as a word processor prints it."""
    written = QTextDocument()
    written.setDefaultFont(QFont("DejaVu Serif", 11))
    body = "".join(f"<h3>{heading}</h3><p>{text}</p>" for heading, text in clauses)
    written.setHtml(f"<h1>{title}</h1>{body}")
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(22, 22, 22, 22))
    written.print_(writer)


def tidy(core: Core) -> None:
    """As somebody's chats look after some weeks: a folder, and one at the top."""
    chats = [chat for chat in core.chats.conversations() if chat.title]
    core.chats.save_folder(Folder("contracts", "Contracts", manner=Manner(_LAWYER)))
    core.chats.move([chat.id for chat in chats[-2:]], "contracts")
    core.chats.pin([chats[-3].id], True)


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_SCALE_FACTOR", "1.5")
    application = make_application()
    with tempfile.TemporaryDirectory() as temporary:
        for name in draw(application, folder, Path(temporary) / "profile"):
            print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
