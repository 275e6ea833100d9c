"""A bare window with a conversation of ten thousand messages. Usage: long_chat.py: ends when its input closes. Each
line on standard output is the accessible name of what has the focus, whenever that changes."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QObject, QSocketNotifier, Slot
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.chat.items import MessageItem
from app.ui.chat.transcript.transcript import Transcript
from app.ui.theme import Theme

COUNT = 10_000


class LongRows:
    """Every message says which one it is."""

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, row: int) -> MessageItem:
        words = f"These are the words number {row + 1}."
        return MessageItem(self.id_at(row), "assistant" if row % 2 else "user", words, number=row + 1, of=COUNT)

    def id_at(self, row: int) -> str:
        return str(row)

    def row_of(self, id_: str) -> int:
        return int(id_)

    def size_at(self, row: int) -> int:
        return 30

    def sizes(self) -> list[int]:
        return [self.size_at(row) for row in range(len(self))]


class Telling(QObject):
    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        application.focusChanged.connect(self._on_focus)
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(application.quit)

    @Slot(object, object)
    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None:
            print(new.accessibleName(), flush=True)


def main() -> int:
    application = QApplication([])
    application.setApplicationName("Paddock")
    Telling(application)
    transcript = Transcript(Theme(application, choice="light"))
    transcript.resize(900, 700)
    transcript.set_rows(LongRows())
    transcript.show()
    ended = application.exec()
    transcript.close()
    return ended


if __name__ == "__main__":
    sys.exit(main())
