"""Comparing as a person does it: asked, stopped, kept, left. Real profile and page, scripted engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.core import Core
from app.engine.client import Engine, Stop
from app.engine.fake import Script, fake_load
from app.engine.protocol import LoadWish
from app.errors import PaddockError
from app.home import Home
from app.models import library
from app.settings import ENTER_SENDS
from app.storage.secrets import MemorySecrets
from app.ui.bridge import Bridge
from app.ui.chat.conversation import Conversation
from app.ui.compare.page import ComparePage
from app.ui.compare.pane import Pane
from app.ui.compare.question import QuestionCard
from app.ui.compare.screen import CompareScreen
from app.ui.compare.shown import AnswerShown, Choices, KeepRequested, ModelChoice, Notice, SideWish, SideWished
from app.ui.theme import Theme

pytestmark = pytest.mark.model

SLOW = Script(answers=("word " * 3000,), tokens_per_s=300.0)
WIDE, NARROW = (1000, 640), (400, 640)


class Desktop(QObject):
    """What the window does around the page: another page beside it, and what is told."""

    def __init__(self, core: Core, theme: Theme) -> None:
        super().__init__()
        self.core = core
        self.bridge = Bridge(self)
        self.conversation = Conversation(core, self.bridge, self)
        self.stage = QStackedWidget()
        self.chat = QWidget(self.stage)
        self.page = ComparePage(theme, parent=self.stage)
        self.screen = CompareScreen(core, self.bridge, self.page, self.conversation, parent=self)
        self.told: list[str] = []
        self.faults: list[PaddockError] = []
        for page in (self.chat, self.page):
            self.stage.addWidget(page)
        self.screen.opened.connect(self._on_opened)
        self.screen.left.connect(self._on_left)
        self.screen.failed.connect(self._on_failed)
        self.screen.reload_requested.connect(self._on_reload)

    @Slot()
    def _on_opened(self) -> None:
        self.stage.setCurrentWidget(self.page)

    @Slot()
    def _on_left(self) -> None:
        self.told.append("left")
        self.stage.setCurrentWidget(self.chat)

    @Slot()
    def _on_reload(self) -> None:
        self.told.append("reload")

    @Slot(object)
    def _on_failed(self, error: PaddockError) -> None:
        self.faults.append(error)


OpenDesktop = Callable[..., Desktop]


@pytest.fixture
def desktop(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[OpenDesktop]:
    opened: list[tuple[Desktop, Home]] = []

    def open_one(script: Script | None = None, *, second: Script | None = None, models: int = 2) -> Desktop:
        loads = {True: fake_load(second or script), False: fake_load(script)}

        def load(wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop) -> Engine:
            return loads[wish.path.stem == "second"](wish, on_progress=on_progress, stop=stop)

        home = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=load)
        core = home.create().core
        if models == 2:
            core.desk.choose(Path(shutil.copy(library.starter(), tmp_path / "second.gguf")))
        core.desk.choose(library.starter())
        made = Desktop(core, theme)
        qtbot.addWidget(made.stage)
        made.stage.resize(*WIDE)
        made.stage.show()
        opened.append((made, home))
        return made

    yield open_one
    for made, home in opened:
        made.screen.stop()
        made.conversation.stop_all()
        assert made.bridge.close(10.0)
        made.stage.hide()
        made.core.close()
        home.close()


def asked(qtbot: QtBot, made: Desktop, text: str = "Why?", *, is_temporary: bool = False) -> None:
    """A chat with one question and its answer, on screen."""
    made.conversation.open(None, is_temporary=is_temporary)
    qtbot.waitUntil(lambda: made.conversation.is_temporary == is_temporary)
    made.conversation.send(text)
    qtbot.waitUntil(lambda: made.conversation.last_answer() is not None, timeout=10_000)


def open_page(qtbot: QtBot, made: Desktop) -> ComparePage:
    made.screen.open()
    qtbot.waitUntil(lambda: made.stage.currentWidget() is made.page)
    return made.page


def ask(qtbot: QtBot, made: Desktop, text: str = "") -> ComparePage:
    """Both sides, on a page that is open, until both are over."""
    page = made.page
    if text:
        page.question.edit.setPlainText(text)
    QTest.keyClick(page.question.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: made.screen.is_running)
    over(qtbot, made)
    return page


def over(qtbot: QtBot, made: Desktop) -> None:
    qtbot.waitUntil(lambda: not made.screen.is_running, timeout=10_000)


def writing(qtbot: QtBot, made: Desktop, number: int = 0) -> None:
    qtbot.waitUntil(lambda: len(text_of(made.page, number)) > 20, timeout=10_000)


def text_of(page: ComparePage, number: int) -> str:
    return page.panes[number]._shown.text  # the words, and not what Markdown made of them


def versions(made: Desktop) -> list[str]:
    """Of the last answer on screen, and whether it is the one that is shown."""
    shown = made.conversation.newest()[-1]
    ids = made.conversation.tree.versions(shown.id)
    texts = {message.id: message.text for message in made.conversation.room.chats.messages(ids)}
    return [f"*{texts[id_]}" if id_ == shown.id else texts[id_] for id_ in ids]


def left(qtbot: QtBot, made: Desktop) -> None:
    qtbot.waitUntil(lambda: made.told[-1:] == ["left"])
    qtbot.waitUntil(lambda: bool(made.conversation.newest()))


def test_the_answer_that_is_kept_is_the_one_the_chat_goes_on_with(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(Script(answers=("old", "one")), second=Script(answers=("two",)))
    asked(qtbot, made)
    page = open_page(qtbot, made)
    assert page.question.text == "Why?"
    assert page.question.button.text() == "Ask this again"
    ask(qtbot, made)
    assert [text_of(page, 0), text_of(page, 1)] == ["one", "two"]
    page.panes[1].keep.click()
    left(qtbot, made)
    qtbot.waitUntil(lambda: made.conversation.newest()[-1].text == "two")
    assert versions(made) == ["old", "one", "*two"]
    assert made.conversation.newest()[-1].model == "second"


def test_leaving_without_a_choice_keeps_both_and_shows_the_first(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(Script(answers=("old", "one")), second=Script(answers=("two",)))
    asked(qtbot, made)
    page = open_page(qtbot, made)
    ask(qtbot, made, "And then?")
    page.back.click()
    left(qtbot, made)
    qtbot.waitUntil(lambda: len(made.conversation.newest()) == 4)
    assert versions(made) == ["*one", "two"]
    assert [message.text for message in made.conversation.newest()][:3] == ["Why?", "old", "And then?"]


def test_a_new_chat_can_begin_with_a_comparison(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(Script(answers=("one",)))
    made.conversation.open(None)
    page = open_page(qtbot, made)
    assert not page.question.button.isEnabled()
    ask(qtbot, made, "What first?")
    page.panes[0].keep.click()
    left(qtbot, made)
    assert made.conversation.conversation_id is not None
    assert versions(made) == ["*one", "one"]


def test_a_temporary_chat_stays_temporary(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(Script(answers=("one",)))
    asked(qtbot, made, is_temporary=True)
    open_page(qtbot, made)
    ask(qtbot, made)
    made.page.panes[0].keep.click()
    left(qtbot, made)
    assert made.conversation.is_temporary
    assert len(versions(made)) == 3
    assert made.core.chats.conversations() == ()


def test_the_same_twice_is_refused_unless_the_person_wants_two_tries(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(Script(answers=("one", "two")), models=1)
    made.conversation.open(None)
    page = open_page(qtbot, made)
    page.question.edit.setPlainText("Why?")
    page.question.button.click()
    assert not made.screen.is_running
    assert "chance" in page.question.notice.text()
    page.question.chance.click()
    over(qtbot, made)
    assert [text_of(page, 0), text_of(page, 1)] == ["one", "two"]
    assert page.question.notice.isHidden()


def test_other_settings_are_chosen_from_a_menu_and_said_at_the_answer(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(Script(answers=("one", "two")), models=1)
    made.conversation.open(None)
    page = open_page(qtbot, made)
    choose(page.panes[1].make_settings_menu(), "0.2")
    choose(page.panes[1].make_settings_menu(), "Plain language")
    assert page.panes[1].settings.text() == "Plain language · Temperature 0.2"
    ask(qtbot, made, "Why?")
    page.panes[1].keep.click()
    left(qtbot, made)
    note = made.conversation.newest()[-1].note
    assert note == "Set for this answer: Plain language, Temperature 0.2."


def choose(menu: QMenu | None, words: str) -> None:
    assert menu is not None
    (action,) = [action for action in menu.actions() if action.text() == words and action.isEnabled()]
    action.trigger()


def test_stop_ends_both_and_what_they_have_can_be_kept(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(SLOW)
    made.conversation.open(None)
    page = open_page(qtbot, made)
    begin_asking(qtbot, page, made)
    assert page.question.button.text() == "Stop"
    page.question.button.click()
    over(qtbot, made)
    assert "stopped by you" in page.panes[0].status.text()
    assert page.panes[0].keep.isEnabled()
    assert page.question.button.text() == "Ask this again"


def test_how_fast_an_answer_comes_is_told_while_it_is_written(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(SLOW)
    made.conversation.open(None)
    page = open_page(qtbot, made)
    begin_asking(qtbot, page, made)
    qtbot.waitUntil(lambda: page.panes[0].status.text().endswith("tokens/s"), timeout=10_000)
    assert page.panes[0].status.text().startswith("Writing…")
    made.screen.stop()
    over(qtbot, made)


def test_keeping_one_while_the_other_is_written_stops_that(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(Script(replies={"Why?": "word " * 3000}, tokens_per_s=300.0), models=1)
    made.conversation.open(None)
    page = open_page(qtbot, made)
    choose(page.panes[1].make_settings_menu(), "0.2")
    page.question.edit.setPlainText("Why?")
    page.question.button.click()
    writing(qtbot, made)
    page.panes[0].keep_requested.emit(KeepRequested(0))
    left(qtbot, made)
    assert made.conversation.newest()[-1].status == "stopped"


def test_going_somewhere_else_stops_both_and_the_chat_shows_what_there_is(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(SLOW)
    made.conversation.open(None)
    made.conversation.send("Hello?")
    qtbot.waitUntil(lambda: made.conversation.is_busy)
    qtbot.waitUntil(lambda: bool(made.conversation.newest()))
    made.conversation.stop()
    qtbot.waitUntil(lambda: not made.conversation.is_busy, timeout=10_000)
    page = open_page(qtbot, made)
    page.question.button.click()
    writing(qtbot, made)
    made.stage.setCurrentWidget(made.chat)
    over(qtbot, made)
    qtbot.waitUntil(lambda: len(made.conversation.tree.versions(made.conversation.newest()[-1].id)) == 3)
    assert made.told.count("left") == 0
    assert {message.status for message in made.core.chats.tree(made.conversation.conversation_id or "").path()} == {
        "done",
        "stopped",
    }


def test_a_chat_that_is_deleted_behind_the_page_closes_it(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(SLOW, second=Script())
    made.conversation.open(None)
    page = open_page(qtbot, made)
    begin_asking(qtbot, page, made)
    home = made.core.chats.conversations()[0].id
    made.core.chats.to_bin((home,), 1.0)
    made.conversation.open("another")
    over(qtbot, made)
    assert made.told == ["left"]
    assert made.conversation.conversation_id == "another"
    assert made.faults == []


def begin_asking(qtbot: QtBot, page: ComparePage, made: Desktop) -> None:
    page.question.edit.setPlainText("Why?")
    page.question.button.click()
    writing(qtbot, made)


def test_closing_the_window_stops_both_and_their_words_are_kept(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(SLOW)
    made.conversation.open(None)
    begin_asking(qtbot, open_page(qtbot, made), made)
    made.screen.stop()
    assert made.bridge.close(10.0)
    (home,) = (conversation.id for conversation in made.core.chats.conversations())
    tree = made.core.chats.tree(home)
    answers = [tree.message(id_) for id_ in tree.children(tree.path()[0].id)]
    assert [answer.status for answer in answers] == ["stopped", "stopped"]
    assert len(answers[0].text) > 20


def test_a_chat_that_is_being_answered_is_not_compared(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(SLOW)
    made.conversation.open(None)
    made.conversation.send("Hello?")
    qtbot.waitUntil(lambda: made.conversation.is_busy)
    made.screen.open()
    assert "being answered" in made.faults[0].message
    assert made.stage.currentWidget() is made.chat


def test_one_side_that_fails_says_why_and_the_other_goes_on(qtbot: QtBot, desktop: OpenDesktop) -> None:
    dies = Script(answers=("one two three four",), dies_after_tokens=2)
    made = desktop(dies, second=Script(answers=("fine",)))
    made.conversation.open(None)
    page = open_page(qtbot, made)
    ask(qtbot, made, "Why?")
    assert text_of(page, 0) == "one two"
    assert page.panes[0].status.text()
    assert page.panes[0].keep.isEnabled(), "its words can be kept all the same"
    assert text_of(page, 1) == "fine"


def test_the_chosen_model_is_wanted_back_after_another_one_was_loaded(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop()
    made.core.desk.wish_beside = lambda _path: None  # type: ignore[assignment, method-assign]  # little memory
    made.conversation.open(None)
    open_page(qtbot, made)
    ask(qtbot, made, "Why?")
    qtbot.waitUntil(lambda: made.told == ["reload"])


def test_the_chosen_model_that_is_still_loaded_is_not_loaded_again(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(models=1)
    made.conversation.open(None)
    page = open_page(qtbot, made)
    choose(page.panes[1].make_settings_menu(), "0.2")
    ask(qtbot, made, "Why?")
    page.back.click()
    left(qtbot, made)
    assert made.told == ["left"]


def test_esc_goes_back_and_stops_what_is_under_way_first(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop(SLOW)
    made.conversation.open(None)
    page = open_page(qtbot, made)
    page.question.edit.setPlainText("Why?")
    QTest.keyClick(page.question.edit, Qt.Key.Key_Return)
    writing(qtbot, made)
    QTest.keyClick(page, Qt.Key.Key_Escape)
    over(qtbot, made)
    assert made.told == []
    QTest.keyClick(page.question.edit, Qt.Key.Key_Escape)
    left(qtbot, made)


def test_enter_begins_a_line_for_those_who_set_it_so(qtbot: QtBot, desktop: OpenDesktop) -> None:
    made = desktop()
    made.core.settings.set(ENTER_SENDS, False)
    made.conversation.open(None)
    page = open_page(qtbot, made)
    QTest.keyClicks(page.question.edit, "one")
    QTest.keyClick(page.question.edit, Qt.Key.Key_Return)
    QTest.keyClicks(page.question.edit, "two")
    assert page.question.text == "one\ntwo"
    QTest.keyClick(page.question.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: made.screen.is_running)
    over(qtbot, made)


MODELS = (
    ModelChoice(Path("a.gguf"), "Llama"),
    ModelChoice(Path("b.gguf"), "A model with a very long name & an ampersand"),
)


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> Iterator[ComparePage]:
    made = ComparePage(theme)
    qtbot.addWidget(made)
    made.set_choices((SideWish(MODELS[0]), SideWish(MODELS[1])), Choices(MODELS))
    made.set_question("Why?")
    made.resize(*WIDE)
    made.show()
    yield made
    made.hide()


def test_a_narrow_window_shows_one_side_at_a_time(page: ComparePage) -> None:
    assert [pane.isVisible() for pane in page.panes] == [True, True]
    assert not page.tabs[0].isVisible()
    page.resize(*NARROW)
    assert page.width() == NARROW[0], "nothing needs more room"
    assert [pane.isVisible() for pane in page.panes] == [True, False]
    page.tabs[1].click()
    assert [pane.isVisible() for pane in page.panes] == [False, True]
    page.resize(*WIDE)
    assert [pane.isVisible() for pane in page.panes] == [True, True]


def test_both_columns_are_alike_and_each_scrolls_alone(page: ComparePage) -> None:
    page.set_answer(0, AnswerShown("over", "line\n\n" * 200, can_keep=True))
    page.set_answer(1, AnswerShown("over", "short", can_keep=True))
    first, second = (pane.view for pane in page.panes)
    assert first.height() == second.height() > WIDE[1] / 2
    assert page.panes[0].width() == page.panes[1].width()
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_PageDown)
    assert first.verticalScrollBar().value() > 0
    assert second.verticalScrollBar().maximum() == 0


def test_a_column_follows_its_end_only_while_that_is_in_view(page: ComparePage) -> None:
    view = page.panes[0].view
    page.set_answer(0, AnswerShown("writing", "line\n\n" * 100))
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    bar.setValue(10)
    page.set_answer(0, AnswerShown("writing", "line\n\n" * 120))
    assert bar.value() == 10


def test_everything_is_reached_by_tab_in_the_order_in_which_it_is_read(page: ComparePage) -> None:
    page.set_notice(Notice("The same.", offers_chance=True))
    code = AnswerShown("over", "```python\nx = 1\n```", can_keep=True)
    for number in (0, 1):
        page.set_answer(number, code)
    page.activateWindow()
    page.back.setFocus(Qt.FocusReason.TabFocusReason)
    names: list[str] = []
    for _stop in range(40):
        focus = QApplication.focusWidget()
        assert focus is not None
        name = focus.accessibleName()
        assert name, focus
        if name in names and focus is page.back:
            break
        names.append(name)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    order = [
        "Back to chat",
        "First side: model Llama",
        "First side: settings, As in the chat",
        "First side: answer of Llama",
        "Keep the answer of Llama",
        f"Second side: model {MODELS[1].title}",
        f"Second side: answer of {MODELS[1].title}",
        f"Keep the answer of {MODELS[1].title}",
        "Two tries of the same",
        "Question for both",
        "Ask this again",
    ]
    assert [name for name in names if name in order] == order
    assert names.index("Keep the answer of Llama") - names.index("First side: answer of Llama") > 1, "its code between"


def test_each_finished_side_is_announced_once(page: ComparePage, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("app.ui.accessible.announce", lambda _source, words, **_kwargs: said.append(words))
    page.set_answer(0, AnswerShown("writing", "Hm"))
    page.set_answer(0, AnswerShown("over", "Hm."))
    page.set_answer(0, AnswerShown("over", "Hm."))
    page.set_answer(1, AnswerShown("failed", "", "It broke.", next_step="Try again."))
    assert said == ["The answer of Llama is finished.", f"{MODELS[1].title}: It broke. Try again."]


def test_a_model_is_chosen_from_the_menu(page: ComparePage) -> None:
    wished: list[SideWished] = []
    page.wished.connect(wished.append)
    menu = page.panes[0].make_model_menu()
    assert menu is not None
    first, second = menu.actions()
    assert [first.isChecked(), second.isChecked()] == [True, False]
    assert second.text() == MODELS[1].title.replace("&", "&&")
    second.trigger()
    assert wished == [SideWished(0, SideWish(MODELS[1]))]


def test_nothing_is_changed_while_both_are_answering(page: ComparePage) -> None:
    page.set_running(True)
    pane: Pane
    for pane in page.panes:
        assert not pane.model.isEnabled()
        assert not pane.settings.isEnabled()
    QTest.keyClick(page.question.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert page.question.text == "Why?"


def test_the_page_says_when_another_takes_its_place_and_not_when_the_window_hides(qtbot: QtBot, theme: Theme) -> None:
    stage = QStackedWidget()
    qtbot.addWidget(stage)
    made, other = ComparePage(theme, parent=stage), QWidget(stage)
    stage.addWidget(made)
    stage.addWidget(other)
    seen: list[str] = []
    made.put_away.connect(lambda: seen.append("away"))
    stage.show()
    stage.hide()
    stage.show()
    assert seen == []
    stage.setCurrentWidget(other)
    assert seen == ["away"]
    stage.hide()


def test_in_a_narrow_window_no_line_of_the_question_is_cut(theme: Theme, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    card = QuestionCard(theme, parent=page)
    QVBoxLayout(page).addWidget(card, 0, Qt.AlignmentFlag.AlignBottom)
    card.set_question("Does it need a fixed format? Please also give me a way to check it.")
    page.resize(400, 500)
    page.show()
    qtbot.waitUntil(lambda: card.edit.document().lineCount() > 1)
    edit = card.edit
    qtbot.waitUntil(lambda: edit.height() == edit.text_height(6) and not edit.verticalScrollBar().isVisible())
