"""Draws the golden pictures: `python tests/ui/golden/draw.py` draws those that are kept anew, with a folder as its
argument it draws them there. Offscreen, so that no screen and no window manager has a say in them.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("QT_SCALE_FACTOR", None)
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEvent, QLocale, QRect, Qt, QThread, qVersion
from PySide6.QtGui import QFont, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.theme import Appearance, Theme
from tests.ui.golden.states import States

KEPT = Path(__file__).resolve().parent / "pictures"
FINGERPRINT = "fonts.txt"
SCALE = 0.5
SETTLE_MS = 60
STILL_MS = 60
TRIES = 20
WARM_UP_MS = 1_500
SMALLEST = 0  # as Qt counts a PNG's quality
SAMPLE = "Hamburgefonstiv 0123 fi ÄÖß שלום 日本語 👩‍🚀 {}[]()<>=/"  # letters as in the pictures


def fingerprint(theme: Theme) -> str:
    """Of the fonts that are here, as they are drawn: where it differs, so do all pictures."""
    sample = QImage(900, 160, QImage.Format.Format_Grayscale8)
    sample.fill(Qt.GlobalColor.white)
    painter = QPainter(sample)
    for row, font in enumerate((theme.fonts.ui, theme.fonts.body, theme.fonts.heading, theme.fonts.mono)):
        painter.setFont(QFont(font))
        painter.drawText(QRect(0, 40 * row, 900, 40), Qt.AlignmentFlag.AlignVCenter, SAMPLE)
    painter.end()
    digest = hashlib.sha256(bytes(sample.constBits())).hexdigest()
    return f"Qt {qVersion()}, fonts {digest[:32]}\n"


def draw_all(folder: Path) -> None:
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)
    application.setCursorFlashTime(0)
    QLocale.setDefault(QLocale.c())
    theme = Theme(application, choice="light")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FINGERPRINT).write_text(fingerprint(theme), "ascii")
    _warm_up(States(theme))
    for choice in ("light", "dark"):
        theme.apply(Appearance(choice, motion="reduced"))
        states = States(theme)
        for name, make in states.all().items():
            widget = make()
            _small(_grabbed(widget)).save(str(folder / f"{name}-{choice}.png"), quality=SMALLEST)
            _close(widget, *states.hosts)
            states.hosts.clear()


def _grabbed(widget: QWidget) -> QImage:
    """Once what is drawn later (colours of code, formulas) has been."""
    widget.show()
    _wait(SETTLE_MS)
    image = widget.grab().toImage()
    for _turn in range(TRIES):
        _wait(STILL_MS)
        before, image = image, widget.grab().toImage()
        if image == before:
            return image
    message = f"{type(widget).__name__} never comes to rest"
    raise RuntimeError(message)


def _warm_up(states: States) -> None:
    """What colours code and draws formulas is imported at the first of them, by a thread that takes its time."""
    first = states.chat()
    first.show()
    _wait(WARM_UP_MS)
    _close(first)


def _wait(milliseconds: int) -> None:
    clock = QElapsedTimer()
    clock.start()
    while clock.elapsed() < milliseconds:
        QCoreApplication.processEvents()
        QThread.msleep(5)


def _small(image: QImage) -> QImage:
    """Half as large, and in few colours, so that all pictures together stay small."""
    size = image.size() * SCALE
    keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    scaled = image.convertToFormat(QImage.Format.Format_RGB32).scaled(size, keep, smooth)
    return scaled.convertToFormat(QImage.Format.Format_RGB555).convertToFormat(QImage.Format.Format_RGB888)


def _close(*widgets: QWidget) -> None:
    for widget in widgets:
        widget.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        widget.close()
    widgets[0].deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]) if len(sys.argv) > 1 else KEPT)
