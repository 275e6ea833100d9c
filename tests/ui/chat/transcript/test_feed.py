from __future__ import annotations

from app.ui.chat.items import MessageItem
from app.ui.chat.transcript.feed import Feed, Listed
from tests.ui.chat.transcript.conftest import LazyRows


def made() -> Feed:
    return Feed(Listed([MessageItem("q", "user", "Why?"), MessageItem("a", "assistant", "So.")]))


def test_what_was_told_about_a_row_is_newer_than_what_was_given() -> None:
    feed = made()
    feed.tell(MessageItem("a", "assistant", "So and so."))
    assert (feed[1].text, feed.size_at(1), feed.sizes()) == ("So and so.", 10, [4, 10])
    feed.ask_again("a")
    assert (feed[1].text, feed.sizes()) == ("So.", [4, 3])


def test_rows_that_were_added_follow_those_that_were_given() -> None:
    feed = made()
    feed.append(MessageItem("new", "user", "And?"))
    assert [feed.id_at(row) for row in range(len(feed))] == ["q", "a", "new"]
    assert (feed.row_of("new"), feed.row_of("q"), feed.row_of("none")) == (2, 0, -1)
    feed.ask_again("new")
    assert feed[2].text == "And?"


def test_sizes_need_no_words() -> None:
    rows = LazyRows(10_000)
    assert len(Feed(rows).sizes()) == 10_000
    assert rows.asked == []
