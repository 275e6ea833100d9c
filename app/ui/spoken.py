"""In which language Paddock speaks: its own sentences, Qt's few, and the side on which lines begin."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QTranslator
from PySide6.QtWidgets import QApplication

from app import text

SYSTEM = "system"


class Spoken(QObject):
    """`speak` holds for what is made after it; widgets that are there keep their words."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._stock: QTranslator | None = None

    def speak(self, choice: str) -> None:
        """A language's code, or "system" for what the person's system wishes, in order."""
        wished = QLocale.system().uiLanguages() if choice == SYSTEM else [choice]
        language = text.use(wished)
        locale = QLocale(language)
        if self._stock is not None:
            self._application.removeTranslator(self._stock)
        self._stock = QTranslator(self)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._stock.load(locale, "qtbase", "_", folder):
            self._application.installTranslator(self._stock)
        # Qt's own answer follows its translation, which may be there for languages that ours is not.
        self._application.setLayoutDirection(locale.textDirection())
