"""Asking for files without leaving traces: Qt's own dialog on Linux, because desktop dialogs keep lists of recent
files, and no memory of folders anywhere (Qt would write them to QtProject.conf).
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

from app.text import _
from app.ui import accessible


def forget_everything() -> None:
    """Point Qt's own settings at a place that cannot exist. Call before the first widget."""
    nowhere = "/dev/null/paddock" if sys.platform != "win32" else "NUL:\\paddock"
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, nowhere)


def model_dialog(parent: QWidget) -> QFileDialog:
    """Choose a GGUF file; connect `fileSelected`, then `open()`."""
    dialog = _dialog(parent, _("Choose a model file"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([_("Models (*.gguf)"), _("All files (*)")])
    return dialog


def folder_dialog(parent: QWidget, title: str) -> QFileDialog:
    """Choose a folder; connect `fileSelected`, then `open()`."""
    dialog = _dialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return dialog


def documents_dialog(parent: QWidget) -> QFileDialog:
    """Choose files to be read; connect `filesSelected`, then `open()`. What cannot be read is told afterwards."""
    dialog = _dialog(parent, _("Choose documents"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    return dialog


def save_dialog(parent: QWidget, title: str, name: str) -> QFileDialog:
    """Choose where to save a text; connect `fileSelected`, then `open()`."""
    dialog = _dialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.selectFile(name)
    return dialog


def dropped_model(untrusted_data: QMimeData) -> Path | None:
    """The one file that is being dropped, if its name says that it is a model."""
    paths = [Path(url.toLocalFile()) for url in untrusted_data.urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].suffix.lower() == ".gguf" else None


def _dialog(parent: QWidget, title: str) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(Path.home()))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog, sys.platform.startswith("linux"))
    accessible.name(dialog, title)
    dialog.finished.connect(dialog.deleteLater)
    return dialog
