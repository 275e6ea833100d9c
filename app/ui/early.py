"""What is pressed and dropped between the window's first frame and its parts: it waits, in order, for who does it.

Letters need no keeping: the field that they are typed into is the one that stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup

from app.ui.actions import Actions
from app.ui.chat.composer.composer import Composer


class Early(QObject):
    """Parented to the actions. `stop` once the parts listen themselves, `replay` once a chat is on screen."""

    def __init__(self, actions: Actions, composer: Composer) -> None:
        super().__init__(actions)
        self._composer = composer
        self._waiting: deque[Callable[[], object]] = deque()
        self._group = QActionGroup(self)
        self._group.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        for action in actions.all.values():
            self._group.addAction(action)
        self._group.triggered.connect(self._on_action)
        composer.send_requested.connect(self._on_send)
        composer.documents_found.connect(self._on_documents)

    def stop(self) -> None:
        self._composer.send_requested.disconnect(self._on_send)
        self._composer.documents_found.disconnect(self._on_documents)
        self._group.triggered.disconnect(self._on_action)
        self._group.deleteLater()

    @Slot()
    @Slot(object)
    def replay(self, _shown: object = None) -> None:
        while self._waiting:
            self._waiting.popleft()()

    @Slot(QAction)
    def _on_action(self, action: QAction) -> None:
        self._waiting.append(action.trigger)

    @Slot(object)
    def _on_send(self, request: object) -> None:
        self._waiting.append(partial(self._composer.send_requested.emit, request))

    @Slot(object)
    def _on_documents(self, chosen: object) -> None:
        self._waiting.append(partial(self._composer.documents_found.emit, chosen))
