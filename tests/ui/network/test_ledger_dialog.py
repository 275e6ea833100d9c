"""The list of requests: what it says is what was written down, and it stays quick and usable however long it grows."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.net.policy import PURPOSES
from app.net.store import LedgerRow
from app.ui.network import ledger_words
from app.ui.network.ledger_dialog import LedgerDialog, LedgerShown, LedgerText, MoreRequested
from app.ui.theme import Theme

ROW = LedgerRow(
    id=7,
    at="2026-11-21T14:32:07.250+00:00",
    purpose="download",
    subject="someone/A-Model-GGUF",
    method="GET",
    host="huggingface.co",
    path="/someone/A-Model-GGUF/resolve/main/a.gguf",
    sent_bytes=312,
    received_bytes=4_920_739_232,
    status=200,
    is_over=True,
)
OpenDialog = Callable[[LedgerShown], LedgerDialog]


@pytest.fixture
def in_lisbon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where winter time is that of the requests."""
    monkeypatch.setenv("TZ", "Europe/Lisbon")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme) -> Iterator[OpenDialog]:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.resize(1_100, 800)

    def open_one(shown: LedgerShown) -> LedgerDialog:
        dialog = LedgerDialog(theme, shown, parent=owner)
        dialog.show()
        return dialog

    yield open_one
    owner.close()
    for dialog in owner.findChildren(LedgerDialog):
        dialog.close()


def rows(latest: int, count: int) -> tuple[LedgerRow, ...]:
    """Numbers `latest` downwards; every tenth is about another model."""
    other = "someone/Rare-Model"
    return tuple(
        replace(ROW, id=number, subject=other if number % 10 == 0 else ROW.subject)
        for number in range(latest, latest - count, -1)
    )


def shown(requests: int, listed: tuple[LedgerRow, ...], *, has_more: bool = False) -> LedgerShown:
    return LedgerShown(requests, 3_100, 4_900_000_000, listed, has_more)


def test_totals_stand_above_and_name_the_only_host(opened: OpenDialog) -> None:
    dialog = opened(shown(12, rows(12, 12)))
    assert dialog.totals.text() == "12 requests, 3 kB sent, 4.9 GB received"
    assert dialog.hosts.text().startswith("All to huggingface.co and its file servers")


def test_without_a_request_it_says_so_and_offers_nothing_to_copy(opened: OpenDialog) -> None:
    dialog = opened(shown(0, ()))
    assert dialog.empty.isVisible()
    assert dialog.empty.text().startswith("Paddock has not made a single request.")
    for hidden in (dialog.totals, dialog.filter, dialog.copy_button, dialog.save_button):
        assert not hidden.isVisible()


@pytest.mark.usefixtures("in_lisbon")
def test_a_row_says_everything_to_a_screen_reader(opened: OpenDialog) -> None:
    items = opened(shown(1, (ROW,))).list.items
    assert items.data(items.index(0), Qt.ItemDataRole.AccessibleTextRole) == (
        "For the files of a model: someone/A-Model-GGUF. 21 Nov 2026, 14:32:07. "
        "To huggingface.co/someone/A-Model-GGUF/resolve/main/a.gguf. 312 bytes sent, 4.9 GB received. Answered."
    )


def test_every_purpose_is_told_in_its_own_words() -> None:
    told = {ledger_words.why(replace(ROW, purpose=purpose.key)) for purpose in PURPOSES}
    assert told == {"F" + purpose.sentence[1:] for purpose in PURPOSES}
    assert ledger_words.why(replace(ROW, purpose="of-a-later-version")) == "Of-a-later-version"


@pytest.mark.parametrize(
    ("status", "is_over", "words"),
    [
        (200, True, "Answered"),
        (206, True, "Answered"),
        (302, True, "Sent on"),
        (403, True, "Access needed"),
        (404, True, "Not found"),
        (429, True, "Asked to wait"),
        (418, True, "Refused"),
        (503, True, "Fault there"),
        (0, True, "No answer"),
        (200, False, "Not finished"),
    ],
)
def test_what_came_of_a_request_is_said_in_words(status: int, is_over: bool, words: str) -> None:
    assert ledger_words.result(replace(ROW, status=status, is_over=is_over)) == words


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (4_920_739_232, "4.9 GB"),
        (140_000_000_000, "140 GB"),
        (5_000_000_000_000, "5.0 TB"),
    ],
)
def test_amounts_have_the_unit_that_fits(size_bytes: int, words: str) -> None:
    assert ledger_words.amount(size_bytes) == words


def test_older_rows_are_asked_for_when_the_end_comes_near(opened: OpenDialog) -> None:
    dialog = opened(shown(1_000, rows(1_000, 500), has_more=True))
    asked: list[object] = []
    dialog.more_requested.connect(asked.append)
    dialog.list.verticalScrollBar().setValue(dialog.list.verticalScrollBar().maximum() // 2)
    assert asked == []
    dialog.list.scrollToBottom()
    dialog.list.scrollToTop()
    dialog.list.scrollToBottom()
    assert asked == [MoreRequested(501)]
    dialog.add_older(rows(500, 500), has_more=False)
    dialog.list.scrollToBottom()
    assert asked == [MoreRequested(501)]
    assert [row.id for row in dialog.list.items.rows] == list(range(1_000, 0, -1))


def test_a_short_first_page_is_followed_by_more_only_once_it_is_shown(qtbot: QtBot, theme: Theme) -> None:
    dialog = LedgerDialog(theme, shown(9, rows(9, 3), has_more=True), parent=None)
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.more_requested) as asked:
        dialog.show()
    assert asked.args == [MoreRequested(7)]
    dialog.close()


def test_a_filter_looks_further_back_until_there_is_no_more(opened: OpenDialog) -> None:
    dialog = opened(shown(60, rows(60, 20), has_more=True))
    asked: list[object] = []
    dialog.more_requested.connect(asked.append)
    dialog.filter.setText("RARE  model")
    dialog.add_older(rows(40, 20), has_more=True)
    assert {row.subject for row in dialog.list.items.rows} == {"someone/Rare-Model"}
    assert dialog.count.text() == "4 found, looking further back…"
    assert asked == [MoreRequested(41), MoreRequested(21)]
    dialog.add_older(rows(20, 20), has_more=False)
    assert dialog.count.text() == "6 found"


def test_a_filter_that_fits_nothing_says_so(opened: OpenDialog) -> None:
    dialog = opened(shown(3, rows(3, 3)))
    dialog.filter.setText("zebra")
    assert dialog.empty.isVisible()
    assert dialog.empty.text() == "No request fits the filter."
    assert not dialog.copy_button.isEnabled()


@pytest.mark.usefixtures("in_lisbon")
@pytest.mark.parametrize("words", ["21 nov", "cas-bridge", "not finished", "files of a model", "a-model"])
def test_it_is_filtered_by_day_address_result_purpose_and_model(opened: OpenDialog, words: str) -> None:
    wanted = replace(ROW, id=9, host="cas-bridge.xethub.hf.co", is_over=False)
    others = replace(ROW, id=8, at="2026-01-02T03:04:05+00:00", purpose="search", subject="qwen", path="/api/models")
    dialog = opened(shown(2, (wanted, others)))
    dialog.filter.setText(words)
    assert dialog.list.items.rows == [wanted]


def test_requests_made_meanwhile_appear_on_top_and_running_ones_go_on(opened: OpenDialog) -> None:
    running = replace(ROW, id=3, received_bytes=10, is_over=False)
    dialog = opened(shown(3, (running, *rows(2, 2))))
    over = replace(running, received_bytes=20, is_over=True)
    dialog.put_latest(shown(5, (*rows(5, 2), over, *rows(2, 2))))
    assert dialog.list.items.rows == [*rows(5, 2), over, *rows(2, 2)]
    assert dialog.totals.text().startswith("5 requests")


def test_no_request_is_left_out_where_more_were_made_than_one_page_holds(opened: OpenDialog) -> None:
    dialog = opened(shown(10, rows(10, 10)))
    dialog.put_latest(shown(1_000, rows(1_000, 500), has_more=True))
    dialog.list.scrollToBottom()
    dialog.add_older(rows(500, 500), has_more=False)
    assert [row.id for row in dialog.list.items.rows] == list(range(1_000, 0, -1))


def test_an_answer_that_no_longer_continues_the_list_is_not_shown(opened: OpenDialog) -> None:
    dialog = opened(shown(20, rows(20, 5), has_more=True))
    dialog.put_latest(shown(900, rows(900, 5), has_more=True))
    dialog.add_older(rows(15, 15), has_more=False)
    assert [row.id for row in dialog.list.items.rows] == [900, 899, 898, 897, 896]


def test_the_first_request_ends_the_empty_state(opened: OpenDialog) -> None:
    dialog = opened(shown(0, ()))
    dialog.put_latest(shown(1, (ROW,)))
    assert dialog.list.isVisible()
    assert dialog.filter.isVisible()


def test_the_selected_requests_are_copied_else_all_that_are_listed(qtbot: QtBot, opened: OpenDialog) -> None:
    dialog = opened(shown(3, rows(3, 3)))
    copied: list[LedgerText] = []
    dialog.copy_requested.connect(copied.append)
    dialog.copy_button.click()
    dialog.list.enter()
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    QTest.keyClick(dialog.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    every, one = ([line["subject"] for line in csv.DictReader(io.StringIO(text.text))] for text in copied)
    assert every == [ROW.subject] * 3
    assert one == [ROW.subject]


def test_csv_holds_every_field_and_no_formula() -> None:
    tricky = replace(ROW, subject='=HYPERLINK("http://x")', path='/a,"b"\n')
    (read,) = csv.DictReader(io.StringIO("".join(ledger_words.csv_lines([tricky])), newline=""))
    assert read["subject"] == "'" + tricky.subject
    assert read["path"] == tricky.path
    assert read["received_bytes"] == "4920739232"
    assert list(read) == [name for name in LedgerRow.__slots__ if name != "id"]


def test_saving_is_left_to_others(qtbot: QtBot, opened: OpenDialog) -> None:
    dialog = opened(shown(1, (ROW,)))
    with qtbot.waitSignal(dialog.save_requested):
        dialog.save_button.click()


def test_escape_empties_the_filter_and_then_closes_and_enter_goes_to_the_list(qtbot: QtBot, opened: OpenDialog) -> None:
    dialog = opened(shown(3, rows(3, 3)))
    dialog.filter.setFocus()
    QTest.keyClicks(dialog.filter, "model")
    QTest.keyClick(dialog.filter, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert dialog.list.currentIndex().row() == 0
    QTest.keyClick(dialog.filter, Qt.Key.Key_Escape)
    assert dialog.filter.text() == ""
    assert dialog.isVisible()
    QTest.keyClick(dialog.filter, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_every_control_has_a_name_and_a_tab_stop(opened: OpenDialog) -> None:
    dialog = opened(shown(3, rows(3, 3)))
    controls = [*dialog.findChildren(QAbstractButton), *dialog.findChildren(QLineEdit), dialog.list]
    assert len(controls) == 5
    for control in controls:
        assert control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_hundred_thousand_rows_draw_only_those_in_sight(opened: OpenDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = opened(shown(100_000, rows(100_000, 100_000)))
    drawn: list[LedgerRow] = []

    def why(row: LedgerRow) -> str:
        drawn.append(row)
        return ""

    monkeypatch.setattr(ledger_words, "why", why)
    dialog.list.scrollToBottom()
    dialog.grab()
    assert 3 <= len(drawn) < 100
    assert drawn[-1].id == 1


def test_the_buttons_fit_into_a_small_window_and_long_names_are_cut(theme: Theme, qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.resize(540, 420)
    long = replace(ROW, subject="a/" + "name" * 200, path="/" + "path" * 400)
    dialog = LedgerDialog(theme, shown(1, (long,)), parent=owner)
    dialog.show()
    assert dialog.width() <= 540
    assert dialog.height() <= 420
    for button in (dialog.copy_button, dialog.save_button, dialog.done_button):
        assert QFontMetricsF(button.font()).horizontalAdvance(button.text()) < button.width()
        assert dialog.rect().contains(button.geometry())
    assert dialog.list.horizontalScrollBar().maximum() == 0
    dialog.grab()
    dialog.close()
