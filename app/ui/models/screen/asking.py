"""Operations that may need the network: where the gate wants the person's word, it is asked for, then tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.errors import NetworkRefused, PaddockError
from app.net.gate import ConsentNeeded, Errand
from app.ui.bridge import Bridge, nothing
from app.ui.network.consent import ConsentAnswer, ConsentDialog, ConsentShown
from app.ui.theme import Theme

T = TypeVar("T")


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Question:
    """What waits for an answer. `again` does the work once more, `declined` tells that it is not to be."""

    errand: Errand
    again: Callable[[], None]
    failed: Callable[[PaddockError], None]
    declined: Callable[[], None]
    is_wanted: Callable[[], bool]


class Asking(QObject):
    """One per window: one question at a time, the others wait behind it and are asked only if they still need to be."""

    consent_changed = Signal()  # a standing answer was given

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._questions: list[_Question] = []  # the first is being asked

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[PaddockError], None],
        *,
        declined: Callable[[], None] = nothing,
        is_wanted: Callable[[], bool] = _always,
    ) -> None:
        """As Bridge.run, but the person is asked first where the gate says so; `declined` when they say no.

        `is_wanted` is looked at before they are asked: what nobody waits for any more is declined without a question.
        """
        again = partial(self.run, work, done, failed, declined=declined, is_wanted=is_wanted)

        def has_failed(error: PaddockError) -> None:
            if isinstance(error, ConsentNeeded):
                self._put(_Question(error.errand, again, failed, declined, is_wanted))
            else:
                failed(error)

        self._bridge.run(work, done, has_failed)

    def _put(self, question: _Question) -> None:
        self._questions.append(question)
        if len(self._questions) == 1:
            self._look()

    def _look(self) -> None:
        """Another answer, or the settings, may have decided about the first question since it was put."""
        errand = self._questions[0].errand
        self._bridge.run(partial(self._shown, errand), self._ask, self._not_to_be_asked)

    def _shown(self, errand: Errand) -> ConsentShown | None:
        """On a worker thread. None when nothing has to be asked."""
        try:
            self._core.gate.require(errand)
        except ConsentNeeded as needed:
            return ConsentShown(needed.host, errand.purpose, errand.subject, self._core.token.is_held)
        return None

    def _ask(self, shown: ConsentShown | None) -> None:
        question = self._questions[0]
        if not question.is_wanted():
            self._over(question.declined)
        elif shown is None:
            self._over(question.again)
        else:
            dialog = ConsentDialog(self._theme, shown, parent=self._window)
            dialog.answered.connect(self._on_answered)
            dialog.open()

    def _not_to_be_asked(self, error: PaddockError) -> None:
        question = self._questions[0]
        self._over(question.declined if isinstance(error, NetworkRefused) else partial(question.failed, error))

    @Slot(object)
    def _on_answered(self, told: ConsentAnswer) -> None:
        question, core = self._questions[0], self._core
        if told.answer == "no":
            self._over(question.declined)
        elif told.answer == "once":
            self._keep(partial(core.gate.allow_once, question.errand), question.again)
        else:
            then = question.again if told.answer == "models" else question.declined
            self._keep(partial(core.set_consent, told.answer), partial(self._stands, then))

    def _keep(self, work: Callable[[], None], then: Callable[[], None]) -> None:
        def kept(_result: object) -> None:
            self._over(then)

        def not_kept(error: PaddockError) -> None:
            self._over(partial(self._questions[0].failed, error))  # an answer that was not kept counts as none

        self._bridge.run(work, kept, not_kept)

    def _stands(self, then: Callable[[], None]) -> None:
        self.consent_changed.emit()
        then()

    def _over(self, then: Callable[[], None]) -> None:
        """The first question is settled; on to the next one."""
        self._questions.pop(0)
        then()
        if self._questions:
            self._look()
