"""The Models page: it tells what is wished, keeps what is open, and builds nothing again for news."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.models.hub.remote import USUAL_FOUND
from app.ui.models.page.fetching import FetchButton
from app.ui.models.page.page import ModelsPage
from app.ui.models.page.shown import (
    AccessRequested,
    DownloadAct,
    FetchRequested,
    ListingRequested,
    ListingShown,
    Network,
    Problem,
    ResultsShown,
    SearchRequested,
    ShelfAct,
    ShelfShown,
    UseRequested,
)
from tests.ui.every_page import settle
from tests.ui.models.page.conftest import shown
from tests.ui.models.page.samples import (
    DENIED,
    DETAILS,
    DOWNLOADS,
    EIGHT,
    FETCHING,
    FOUND,
    GIANT,
    LISTING,
    OFFERS,
    RECOMMENDED,
    RESULTS,
    SEVENTY,
    SHELF,
    THREE,
    VARIANTS,
)


class Layouts(QObject):
    """Sees what is laid out again."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.seen: list[str] = []
        for widget in (watched, *watched.findChildren(QWidget)):
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self.seen.append(f"{type(watched).__name__}: {event.type().name}")
        return False


def words_of(root: QWidget) -> str:
    """All that can be read on it, without its gaps that do not break."""
    texts = [getattr(widget, "text", None) for widget in shown(root)]
    read = [text() if callable(text) else text for text in texts if text is not None]
    return " | ".join(str(text) for text in read).replace("\u00a0", " ")


def open_results(page: ModelsPage, *listings: ListingShown) -> None:
    page.set_results(RESULTS)
    for listing in listings:
        page.results.rows[listing.repository].head.set_open(True)
        page.set_listing(listing)
    settle()


def test_nothing_is_asked_for_while_it_is_typed(page: ModelsPage, told: list[object]) -> None:
    QTest.keyClicks(page.search, "  llama   3.1 ")
    assert told == []
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert told == [SearchRequested("llama 3.1")]
    page.search.button.click()
    assert len(told) == 2


def test_an_empty_field_searches_for_nothing(page: ModelsPage, told: list[object]) -> None:
    assert not page.search.button.isVisible()
    QTest.keyClicks(page.search, "   ")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert told == []
    assert not page.search.button.isVisible()


def test_escape_clears_then_leads_back_to_the_catalogue_and_to_the_chat(page: ModelsPage, qtbot: QtBot) -> None:
    page.search.setText("llama")
    open_results(page)
    with qtbot.waitSignal(page.results_closed):
        QTest.keyClick(page.search, Qt.Key.Key_Escape)
    assert page.search.text() == ""
    assert page.discover.isVisible()
    with qtbot.waitSignal(page.back_requested):
        QTest.keyClick(page.search, Qt.Key.Key_Escape)


def test_the_page_waits_in_words_until_it_knows_what_suits(empty_page: ModelsPage) -> None:
    assert "Looking at what suits this computer…" in words_of(empty_page)
    empty_page.set_offers(RECOMMENDED, OFFERS)
    settle()
    assert not empty_page.discover.skeleton.isVisible()
    assert list(empty_page.discover.cards) == [offer.key for offer in RECOMMENDED]
    assert list(empty_page.discover.rows) == [offer.key for offer in OFFERS]


def test_a_problem_of_the_catalogue_can_be_tried_again(empty_page: ModelsPage, qtbot: QtBot) -> None:
    empty_page.set_offers_problem(Problem("The engine does not start.", "Try again."))
    settle()
    assert "The engine does not start." in words_of(empty_page)
    with qtbot.waitSignal(empty_page.offers_requested):
        empty_page.discover.note.button.click()
    empty_page.set_offers(RECOMMENDED, OFFERS)
    assert not empty_page.discover.note.isVisible()


def test_the_recommended_choice_is_fetched(page: ModelsPage, told: list[object]) -> None:
    card = page.discover.cards[EIGHT.key]
    read = words_of(card)
    assert "Runs on your GPU · about 42 tokens/s · first word after 0.3 s" in read
    assert "about 4.9 GB · Q4_K_M, good balance of size and quality" in read
    assert "Llama 3.1 Community License · from bartowski, Jul 2024" in read
    card.button.click()
    assert told == [FetchRequested(EIGHT.choices[1].repository, "Q4_K_M")]


def test_a_download_time_appears_with_the_first_rate(page: ModelsPage) -> None:
    page.set_rate(11e6)
    assert "about 7 min at the speed of your last download" in words_of(page.discover.cards[EIGHT.key])


def test_other_sizes_open_in_place_and_any_can_be_fetched(page: ModelsPage, told: list[object]) -> None:
    card = page.discover.cards[EIGHT.key]
    card.others.click()
    settle()
    assert [row.name.accessibleName() for row in card.choices.rows] == [one.quantisation for one in EIGHT.choices]
    card.choices.rows[0].button.click()
    assert told == [FetchRequested(EIGHT.choices[0].repository, "Q2_K")]
    card.others.click()
    assert not card.choices.isVisible()


def test_what_is_here_is_used_instead_of_fetched(page: ModelsPage, told: list[object]) -> None:
    ready = replace(SHELF.items[0], state="ready")
    page.set_shelf(ShelfShown((ready,)))
    button = page.discover.cards[EIGHT.key].button
    assert button.text() == "Use"
    button.click()
    assert told == [UseRequested("m1")]
    page.set_shelf(ShelfShown((replace(ready, state="in_use"),)))
    assert (button.text(), button.isEnabled()) == ("In use", False)
    page.set_shelf(ShelfShown((replace(ready, state="missing"),)))
    assert (button.text(), button.isEnabled()) == ("Download", True)


def test_a_download_is_followed_on_the_button_that_began_it(page: ModelsPage, told: list[object]) -> None:
    button = page.discover.cards[THREE.key].button
    button.setFocus(Qt.FocusReason.TabFocusReason)
    page.set_downloads((FETCHING,))
    settle()
    assert button.text() == "35 %"
    assert button.hasFocus()
    button.click()
    page.set_downloads((replace(FETCHING, state="paused"),))
    assert button.text() == "Resume"
    button.click()
    page.set_downloads((replace(FETCHING, state="failed"),))
    button.click()
    page.set_downloads(())
    assert button.text() == "Download"
    assert button.hasFocus()
    assert told == [DownloadAct("d1", "pause"), DownloadAct("d1", "resume"), DownloadAct("d1", "retry")]


def test_figures_of_a_download_build_and_lay_out_nothing(page: ModelsPage) -> None:
    page.set_downloads(DOWNLOADS)
    page.discover.cards[THREE.key].others.click()
    settle()
    row = page.downloads.rows["d1"]
    row.cancel.setFocus(Qt.FocusReason.TabFocusReason)
    before = page.findChildren(QWidget)
    layouts = Layouts(page)
    for step in range(1, 30):
        now = replace(FETCHING, done_bytes=FETCHING.done_bytes + step * 100_000, bytes_per_s=30e6 + step * 1e6)
        page.set_downloads((now, *DOWNLOADS[1:]))
        settle()
    assert page.findChildren(QWidget) == before
    assert layouts.seen == []
    assert row.cancel.hasFocus()
    assert "59 MB/s" in row.line.text


def test_every_state_of_a_download_has_its_own_way_on(page: ModelsPage, told: list[object]) -> None:
    page.set_downloads(DOWNLOADS)
    settle()
    rows = page.downloads.rows
    rows["d1"].hold.click()
    rows["d4"].hold.click()
    rows["d2"].cancel.click()
    rows["d5"].retry.click()
    rows["d5"].dismiss.click()
    assert told == [
        DownloadAct("d1", "pause"),
        DownloadAct("d4", "resume"),
        DownloadAct("d2", "cancel"),
        DownloadAct("d5", "retry"),
        DownloadAct("d5", "dismiss"),
    ]
    assert "What came is not what was announced" in words_of(rows["d5"])
    assert "huggingface.co could not be reached." in words_of(rows["d4"])
    assert not rows["d5"].bar.isVisible()


def test_the_strip_is_there_only_while_something_is_on_its_way(page: ModelsPage) -> None:
    place = page.search.mapTo(page, QPoint(0, 0)).y()
    page.set_downloads((FETCHING,))
    settle()
    assert page.search.mapTo(page, QPoint(0, 0)).y() > place
    page.set_downloads(())
    settle()
    assert page.search.mapTo(page, QPoint(0, 0)).y() == place


def test_what_is_read_stays_in_place_when_a_download_begins_above_it(page: ModelsPage) -> None:
    bar = page._area.verticalScrollBar()
    bar.setValue(200)
    settle()
    head = page.discover.rows[EIGHT.key].head
    before = head.mapTo(page, QPoint(0, 0)).y()
    page.set_downloads(DOWNLOADS)
    settle()
    assert head.mapTo(page, QPoint(0, 0)).y() == before
    page.set_downloads(())
    settle()
    assert head.mapTo(page, QPoint(0, 0)).y() == before


def test_rows_open_and_close_by_keyboard(page: ModelsPage) -> None:
    row = page.discover.rows[SEVENTY.key]
    for key, is_open in (
        (Qt.Key.Key_Right, True),
        (Qt.Key.Key_Right, True),
        (Qt.Key.Key_Left, False),
        (Qt.Key.Key_Return, True),
        (Qt.Key.Key_Space, False),
    ):
        row.head.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(row.head, key)
        assert row.is_open is is_open


def test_a_second_set_of_offers_keeps_what_is_open_and_where_the_focus_is(page: ModelsPage) -> None:
    row, card = page.discover.rows[SEVENTY.key], page.discover.cards[EIGHT.key]
    row.head.set_open(True)
    card.others.click()
    settle()
    assert row.choices is not None
    button = row.choices.rows[1].button
    button.setFocus(Qt.FocusReason.TabFocusReason)
    changed = replace(SEVENTY, words="Now with other words.")
    page.set_offers(RECOMMENDED, (GIANT, changed, EIGHT))
    settle()
    assert page.discover.rows[SEVENTY.key] is row
    assert row.is_open
    assert card.is_open
    assert button.hasFocus()
    assert "Now with other words." in words_of(row)
    assert list(page.discover.rows) == [GIANT.key, SEVENTY.key, EIGHT.key]


def test_what_will_not_run_says_so_and_names_no_speed(page: ModelsPage) -> None:
    assert "first word" not in words_of(page.discover.rows[GIANT.key])
    read = words_of(page.discover.rows[GIANT.key])
    assert "Will not run here | the smallest size is 162 GB" in read
    assert "tokens/s" not in read


def test_a_model_that_gives_no_answers_has_no_speed(page: ModelsPage) -> None:
    row = page.discover.rows["all-minilm-l6-v2"]
    row.head.set_open(True)
    settle()
    assert "tokens/s" not in words_of(row)


def test_rows_and_buttons_are_spoken_as_sentences(page: ModelsPage) -> None:
    row = page.discover.rows[EIGHT.key]
    spoken = row.head.accessibleName().replace("\u00a0", " ")
    assert spoken == (
        "Llama 3.1 8B Instruct. 8 billion parameters · 128k context · Llama 3.1 Community License. "
        "Runs on your GPU. about 4.9 GB · about 42 tokens/s."
    )
    assert row.head.accessibleDescription() == "Closed. Press Enter to see its sizes."
    button = page.discover.cards[EIGHT.key].button
    assert button.accessibleName() == "Download Llama 3.1 8B Instruct, Q4_K_M, about 4.9 GB"
    page.set_downloads((replace(FETCHING, repository=EIGHT.choices[1].repository, quantisation="Q4_K_M"),))
    assert button.accessibleName() == "Pause the download of Llama 3.1 8B Instruct, Q4_K_M, 35 % done"


def test_opening_a_result_asks_for_its_listing_once(page: ModelsPage, told: list[object]) -> None:
    open_results(page)
    row = page.results.rows[FOUND[0].repository]
    row.head.click()
    settle()
    assert told == [ListingRequested(FOUND[0].repository)]
    assert "Asking what it has…" in words_of(row)
    row.head.click()
    row.head.click()
    assert len(told) == 1
    page.set_listing(LISTING)
    settle()
    assert "Made from meta-llama/Llama-3.1-8B-Instruct." in words_of(row)
    assert row.choices is not None
    row.choices.rows[2].button.click()
    assert told[1:] == [FetchRequested(FOUND[0].repository, "Q4_K_M", VARIANTS[2].name)]


def test_a_listing_that_failed_is_asked_for_again_in_place(page: ModelsPage, told: list[object]) -> None:
    name = FOUND[0].repository
    problem = Problem("huggingface.co asks to be left alone for a while.", "Wait a minute, then try again.")
    open_results(page, ListingShown(name, "failed", problem=problem))
    row = page.results.rows[name]
    assert "huggingface.co asks to be left alone for a while. | Wait a minute, then try again." in words_of(row)
    told.clear()
    row.note.button.click()
    settle()
    assert told == [ListingRequested(name)]
    assert not row.note.isVisible()


def test_a_gated_repository_leads_to_its_access(page: ModelsPage, told: list[object]) -> None:
    open_results(page, DENIED)
    told.clear()
    page.results.rows[DENIED.repository].note.button.click()
    assert told == [AccessRequested(DENIED.repository)]


def test_a_search_that_found_as_much_as_is_asked_for_says_that_there_may_be_more(page: ModelsPage) -> None:
    found = tuple(replace(RESULTS.found[0], repository=f"acme/model-{number}") for number in range(USUAL_FOUND))
    page.set_results(replace(RESULTS, found=found))
    assert "The 40 that are fetched most. More words find others." in words_of(page.results)


def test_answers_from_before_say_so(page: ModelsPage) -> None:
    page.set_results(replace(RESULTS, is_from_cache=True))
    open_results(page, replace(LISTING, details=replace(DETAILS, is_from_cache=True)))
    assert "Listed from what was asked before" in words_of(page.results)
    page.set_results(replace(RESULTS, is_from_cache=True))
    settle()
    assert "Answered from what was asked before; nothing was sent." in words_of(page.results)


@pytest.mark.parametrize(
    ("results", "words", "has_button"),
    [
        (ResultsShown("x", "waiting"), "Searching…", False),
        (ResultsShown("x", "ready"), "No GGUF model matches this. | Try fewer words", False),
        (ResultsShown("x", "failed", problem=Problem("No way there.", "Try again.")), "No way there.", True),
    ],
)
def test_a_search_without_results_says_why_and_what_next(
    page: ModelsPage, told: list[object], results: ResultsShown, words: str, has_button: bool
) -> None:
    page.set_results(results)
    settle()
    assert words in words_of(page.results)
    assert page.results.note.button.isVisible() is has_button
    if has_button:
        page.results.note.button.click()
        assert told == [SearchRequested("x")]


def test_a_repository_without_gguf_files_says_so(page: ModelsPage) -> None:
    empty = replace(DETAILS, variants=())
    open_results(page, ListingShown(FOUND[0].repository, "ready", empty))
    assert "There is no GGUF file in this repository." in words_of(page.results)


def test_names_from_the_hub_are_never_html(page: ModelsPage) -> None:
    evil = replace(FOUND[0], repository='a/<img src="file:////server/share/x.png">')
    page.set_results(replace(RESULTS, found=(evil,)))
    settle()
    assert [widget for widget in page.findChildren(QWidget) if "<img" in widget.toolTip()] == []


def test_going_back_to_the_catalogue_starts_at_its_top(page: ModelsPage, qtbot: QtBot) -> None:
    open_results(page, LISTING)
    bar = page._area.verticalScrollBar()
    bar.setValue(bar.maximum())
    with qtbot.waitSignal(page.results_closed):
        page.results.back.click()
    settle()
    assert bar.value() == 0
    assert page.search.hasFocus()


def test_colours_change_live_without_building_anything(page: ModelsPage) -> None:
    before = page.findChildren(QWidget)
    light = page.grab().toImage().pixelColor(4, 400)
    page._theme.choose("dark")
    settle()
    assert page.findChildren(QWidget) == before
    assert page.grab().toImage().pixelColor(4, 400).lightness() < 60 < light.lightness()


def test_news_of_a_search_do_not_pull_anyone_off_the_shelf(page: ModelsPage) -> None:
    page.set_results(ResultsShown("llama", "waiting"))
    page.show_shelf()
    page.set_results(replace(RESULTS, text="llama"))
    settle()
    assert page.shelf.isVisible()
    page.ways.discover.click()
    assert page.results.isVisible()


def test_the_shelf_is_in_groups_with_states_in_words(page: ModelsPage) -> None:
    page.set_shelf(SHELF)
    page.ways.shelf.click()
    settle()
    assert page.ways.shelf.text() == "On this computer (8)"
    groups = page.shelf.groups
    assert {name: len(group.rows) for name, group in groups.items()} == {
        "model": 4,
        "elsewhere": 2,
        "adapter": 1,
        "embedding": 1,
    }
    rows = page.shelf.rows
    assert "Used where they are, not copied." in words_of(groups["elsewhere"])
    assert "goes with Llama 3.1 8B Instruct" in words_of(rows["a1"])
    assert "Checking every byte… 42 %" in words_of(rows["m3"])
    assert "The file has changed since it was verified." in words_of(rows["m4"])
    assert "The file is not there any more." in words_of(rows["e2"])
    assert not rows["e2"].use.isVisible()


def test_a_model_on_the_shelf_is_used_and_its_menu_tells_what_is_wished(page: ModelsPage, told: list[object]) -> None:
    page.set_shelf(SHELF)
    page.show_shelf()
    row = page.shelf.rows["e1"]
    row.use.click()
    menu = row.make_menu()
    assert [action.text() for action in menu.actions()] == [
        "Model settings…",
        "Check again",
        "Export…",
        "Show in folder",
    ]
    for action in menu.actions():
        action.trigger()
    menu.deleteLater()
    acts = [ShelfAct("e1", act) for act in ("settings", "check", "export", "show")]
    assert told == [UseRequested("e1"), *acts]
    assert page.shelf.rows["m1"].make_menu().actions()[-1].text() == "Delete…"


def test_nothing_is_said_to_be_missing_before_it_was_looked_for(page: ModelsPage) -> None:
    page.show_shelf()
    settle()
    assert page.shelf.waiting.isVisible()
    assert not page.shelf.empty.isVisible()
    page.set_shelf(SHELF)
    settle()
    assert not page.shelf.waiting.isVisible()


def test_an_empty_shelf_leads_on(page: ModelsPage, qtbot: QtBot) -> None:
    page.set_shelf(ShelfShown((), SHELF.disks))
    page.show_shelf()
    settle()
    assert page.shelf.empty.isVisible()
    with qtbot.waitSignal(page.file_requested):
        page.shelf.open_file.click()
    with qtbot.waitSignal(page.folder_requested):
        page.shelf.change_folder.click()
    page.shelf.discover.click()
    assert page.discover.isVisible()


def test_disk_use_is_told_for_each_folder(page: ModelsPage) -> None:
    page.set_shelf(SHELF)
    page.show_shelf()
    settle()
    own, shared = page.shelf._disks.rows.values()
    assert own.free.text() == "178 GB free"
    assert own.legend.words == "Models 21.4 GB, Unfinished 1.2 GB, Everything else 312 GB"
    assert "Paddock only reads here." in words_of(shared)


@pytest.mark.parametrize(
    ("network", "badge", "help_words"),
    [
        ("asks", "Offline until you ask", "Paddock asks before the request leaves."),
        ("allowed", "Allowed for models", "Nothing is sent while you type."),
        ("never", "Always offline", "only earlier answers can be shown"),
        ("fixed", "Fixed by your administrator", "Your administrator keeps Paddock offline"),
    ],
)
def test_the_state_of_the_network_is_in_sight_and_can_be_pressed(
    page: ModelsPage, qtbot: QtBot, network: Network, badge: str, help_words: str
) -> None:
    page.set_network(network)
    assert page.bar.network.accessibleName() == f"Network: {badge}"
    assert help_words in words_of(page)
    with qtbot.waitSignal(page.network_requested):
        page.bar.network.click()


def test_everything_else_is_a_request(page: ModelsPage, qtbot: QtBot) -> None:
    for button, signal in ((page.bar.back, page.back_requested), (page.menu_button, page.menu_requested)):
        with qtbot.waitSignal(signal):
            button.click()


def test_tab_goes_as_it_is_read_also_past_what_came_later(page: ModelsPage) -> None:
    page.set_downloads((FETCHING,))
    page.discover.rows[THREE.key].head.set_open(True)
    settle()
    row = page.discover.rows[THREE.key]
    assert row.choices is not None
    wanted: list[QWidget] = [
        page.downloads.rows["d1"].hold,
        page.downloads.rows["d1"].cancel,
        page.search,
        page.ways.discover,
    ]
    page.bar.menu.setFocus(Qt.FocusReason.TabFocusReason)
    assert tabbed(page, len(wanted)) == wanted
    row.head.setFocus(Qt.FocusReason.TabFocusReason)
    assert tabbed(page, 6) == [*(one.button for one in row.choices.rows), page.discover.rows[EIGHT.key].head]


def test_the_focus_stays_on_the_page_when_its_row_goes(page: ModelsPage, qtbot: QtBot) -> None:
    page.set_downloads((FETCHING,))
    settle()
    page.downloads.rows["d1"].cancel.setFocus()
    question = QWidget()  # as the dialog that asked is still the active window
    qtbot.addWidget(question)
    question.show()
    question.activateWindow()
    settle()
    page.set_downloads(())
    settle()
    assert page.focusWidget() is page.search


def test_a_download_that_waits_for_access_leads_there(page: ModelsPage, told: list[object]) -> None:
    waiting = replace(FETCHING, state="paused", note="The hub does not let you in.", needs_access=True)
    page.set_downloads((waiting,))
    settle()
    row = page.downloads.rows["d1"]
    assert (row.access.isVisible(), row.hold.isVisible(), row.cancel.isVisible()) == (True, False, True)
    row.access.click()
    assert told == [DownloadAct("d1", "retry")]
    page.set_downloads((FETCHING,))
    settle()
    assert (row.access.isVisible(), row.hold.isVisible()) == (False, True)


def test_leaving_the_results_begins_the_catalogue_at_its_top(page: ModelsPage) -> None:
    open_results(page, LISTING)
    bar = page._area.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert bar.value() > 0
    QTest.keyClicks(page.search, "llama")
    QTest.keyClick(page.search, Qt.Key.Key_Escape)
    settle()
    assert page.discover.isVisible()
    assert bar.value() == 0


def test_the_column_keeps_its_place_without_a_scroll_bar(page: ModelsPage) -> None:
    before = page.search.mapTo(page, page.search.rect().bottomRight()).x()
    assert page._area.verticalScrollBar().isVisible()
    page.set_results(ResultsShown("llama", "waiting"))
    settle()
    assert not page._area.verticalScrollBar().isVisible()
    assert page.search.mapTo(page, page.search.rect().bottomRight()).x() == before


def tabbed(page: ModelsPage, count: int) -> list[QWidget | None]:
    """Where the focus goes with so many tabs."""
    places = []
    for _step in range(count):
        focus = QApplication.focusWidget()
        QTest.keyClick(focus if focus is not None else page, Qt.Key.Key_Tab)
        places.append(QApplication.focusWidget())
    return places


def test_every_control_has_a_name_and_a_tab_stop(page: ModelsPage) -> None:
    page.set_downloads(DOWNLOADS)
    page.set_shelf(SHELF)
    open_results(page, LISTING, DENIED)
    controls = [one for one in page.findChildren(QWidget) if isinstance(one, QAbstractButton | QLineEdit)]
    assert len(controls) > 60
    assert [one for one in controls if not one.accessibleName()] == []
    assert [one for one in controls if not one.focusPolicy() & Qt.FocusPolicy.TabFocus] == []


def test_a_button_without_an_offer_asks_for_nothing(page: ModelsPage, told: list[object]) -> None:
    FetchButton(page._theme, parent=page).click()
    assert told == []


def test_an_embedding_model_is_used_for_searching(page: ModelsPage, qtbot: QtBot) -> None:
    (first,) = (item for item in SHELF.items if item.group == "embedding")
    used = replace(first, state="in_use", can_use=True)
    page.set_shelf(ShelfShown((used, replace(used, id="b2", title="Nomic Embed", state="ready"))))
    page.show_shelf()
    settle()
    rows = page.shelf.rows
    assert (rows["b1"].use.text(), rows["b1"].use.isEnabled()) == ("In use", False)
    assert (rows["b2"].use.text(), rows["b2"].use.accessibleName()) == (
        "Use for searching",
        "Use Nomic Embed for searching",
    )
    with qtbot.waitSignal(page.use_requested) as told:
        rows["b2"].use.click()
    assert told.args == [UseRequested("b2")]


def test_models_for_searching_stand_apart_from_those_that_answer(page: ModelsPage) -> None:
    assert list(page.discover.searching.rows) == ["all-minilm-l6-v2"]
    assert "all-minilm-l6-v2" not in page.discover.chat.rows
    page.set_offers((), tuple(one for one in OFFERS if one.kind != "embedding"))
    assert not page.discover.searching.isVisible()


def test_what_is_being_made_searchable_is_said_where_the_model_for_it_is(page: ModelsPage) -> None:
    page.show_search_models()
    settle()
    heading = page.shelf.groups["embedding"].heading
    usual = heading.words.text()
    page.set_searching("Documents are being made searchable by meaning: 3,200 passages to go")
    assert heading.words.text().endswith("3,200 passages to go")
    page.set_searching("")
    assert heading.words.text() == usual


def test_others_leads_to_the_models_for_searching_that_can_be_fetched(page: ModelsPage) -> None:
    page.resize(800, 500)
    page.show_search_models()
    settle()
    page.shelf.groups["embedding"].others.click()
    settle()
    top = page.discover.searching.mapTo(page._area.viewport(), QPoint()).y()
    assert 0 <= top < page._area.viewport().height()
