"""Words of the Models page: short, in the unit that fits, and nothing where nothing is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.journeys.offers import Fit
from app.ui.models.page import wording
from app.ui.models.page.shown import DownloadShown, Problem, ShelfItem
from tests.ui.models.page.samples import DOWNLOADS, FETCHING, FOUND

GB = 10**9
GPU = Fit("gpu", 42.0, 0.38, is_estimate=False, reasons=("Because.",))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, ""),
        (14_000_000, "14 MB"),
        (4_920_000_000, "4.9 GB"),
        (99_940_000_000, "99.9 GB"),
        (231_500_000_000, "232 GB"),
        (1_800_000_000_000, "1.8 TB"),
    ],
)
def test_a_size_has_as_many_figures_as_it_needs(size_bytes: int, words: str) -> None:
    assert wording.size(size_bytes) == words


def test_an_estimated_size_says_so() -> None:
    assert wording.size(4_920_000_000, is_estimate=True) == "about 4.9 GB"
    assert wording.size(0, is_estimate=True) == ""


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, ""),
        (22_700_000, "22.7 million parameters"),
        (8_030_000_000, "8 billion parameters"),
        (70_600_000_000, "70.6 billion parameters"),
        (405_900_000_000, "406 billion parameters"),
    ],
)
def test_parameters_are_told_as_people_say_them(count: int, words: str) -> None:
    assert wording.parameters(count) == words


def test_a_context_is_told_in_thousands() -> None:
    assert [wording.context(tokens) for tokens in (0, 512, 8_192, 131_072)] == [
        "",
        "512 tokens of context",
        "8k context",
        "128k context",
    ]


def test_what_does_not_run_has_no_speed() -> None:
    never = replace(GPU, place="none")
    assert (wording.rate(never), wording.first_word(never)) == ("", "")
    assert (wording.rate(GPU), wording.first_word(GPU)) == ("about 42 tokens/s", "first word after 0.4 s")


@pytest.mark.parametrize(("seconds", "words"), [(9.96, "10 s"), (44.0, "44 s"), (200.0, "3 min")])
def test_the_first_word_comes_after_seconds_or_minutes(seconds: float, words: str) -> None:
    assert wording.first_word(replace(GPU, first_word_s=seconds)) == f"first word after {words}"


def test_a_judgement_by_size_is_admitted() -> None:
    assert wording.reasons(GPU) == "Because."
    judged = replace(GPU, is_estimate=True)
    assert wording.reasons(judged) == "Because. Judged by its size, because Paddock does not know this model."


def test_before_the_first_download_its_time_is_told_for_a_usual_connection() -> None:
    assert wording.download_time(4_920_000_000, 0.0) == "about 7 min at 100 Mbit/s"
    assert wording.download_time(0, 0.0) == ""
    assert wording.download_time(4_920_000_000, 11e6) == "about 7 min at the speed of your last download"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(2, "5 s"), (41, "40 s"), (58, "1 min"), (420, "7 min"), (12_000, "3 h 20 min"), (7_190, "2 h"), (90_000, "25 h")],
)
def test_a_span_is_rounded_as_an_estimate_is(seconds: float, words: str) -> None:
    assert wording.span(seconds) == words


@pytest.mark.parametrize(("iso", "words"), [("2026-07-01", "1 Jul 2026"), ("2024-12", "Dec 2024"), ("", ""), ("?", "")])
def test_dates_are_written_out(iso: str, words: str) -> None:
    assert wording.day(iso) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 download"), (12, "12 downloads"), (48_300, "48.3k downloads"), (1_240_000, "1.2M downloads")],
)
def test_downloads_are_counted_roughly(count: int, words: str) -> None:
    assert wording.downloads(count) == words


def test_a_licence_has_its_title_where_it_is_common() -> None:
    names = ("llama3.1", "", "other", "bigscience-openrail-m")
    assert [wording.licence(name) for name in names] == [
        "Llama 3.1 Community License",
        "no licence stated",
        "a licence of its own",
        "bigscience-openrail-m",
    ]


def test_a_result_leaves_out_what_the_hub_does_not_say() -> None:
    assert plain(wording.found(FOUND[2])) == "12 downloads · no licence stated"
    assert plain(wording.found(FOUND[0])).startswith(
        "8 billion parameters · 128k context · 1.2M downloads · updated 1 Jul 2026 · "
    )


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (FETCHING, "1.2 of 3.4 GB · 34 MB/s · 2 min left"),
        (replace(FETCHING, bytes_per_s=0.0, left_s=None), "1.2 of 3.4 GB"),
        (replace(FETCHING, left_s=7.0), "1.2 of 3.4 GB · 34 MB/s · a few seconds left"),
        (replace(FETCHING, done_bytes=40_000_000, left_s=None), "40 MB of 3.4 GB · 34 MB/s"),
        (replace(FETCHING, total_bytes=0, left_s=None), "1.2 GB · 34 MB/s"),
        (replace(DOWNLOADS[1], note="Asking for its terms…", total_bytes=0), ""),
        (DOWNLOADS[1], "Waiting for its turn · 26.4 GB"),
        (DOWNLOADS[2], "Checking every byte… · 6.1 of 8.5 GB"),
        (DOWNLOADS[3], "2.0 of 6.6 GB"),
        (replace(DOWNLOADS[3], note=""), "Paused · 2.0 of 6.6 GB"),
        (replace(FETCHING, state="failed", problem=Problem("It broke.")), ""),
    ],
)
def test_the_line_of_a_download_says_how_it_goes(shown: DownloadShown, words: str) -> None:
    assert plain(wording.download(shown)) == words


def test_a_line_never_begins_with_its_separator() -> None:
    assert wording.joined(("a", "", "b")) == "a\u00a0· b"


def test_a_model_that_is_here_says_where_it_comes_from_and_what_it_goes_with() -> None:
    adapter = ShelfItem("a", "Legal", "adapter", 84_000_000, "F16", base="Llama 3.1 8B", source="ana/legal")
    assert plain(wording.shelf(adapter)) == "F16 · 84 MB · goes with Llama 3.1 8B · ana/legal"
    named = ShelfItem("b", "x-Q5_K_M", "elsewhere", 5 * GB, "Q5_K_M", source="Ollama")
    assert plain(wording.shelf(named)) == "5.0 GB · Ollama"


def test_only_what_came_with_checksums_is_called_verified() -> None:
    fetched = ShelfItem("a", "A", "model", GB, state="ready", source="o/a", repository="o/a")
    opened = replace(fetched, source="", repository="")
    changed = replace(fetched, state="changed")
    words = [plain(wording.shelf(item)) for item in (fetched, opened, changed, replace(opened, state="unverified"))]
    assert words == ["1.0 GB · o/a · verified", "1.0 GB", "1.0 GB · o/a", "1.0 GB · not verified"]


def test_every_fault_of_a_file_comes_with_a_next_step() -> None:
    fetched = ShelfItem("a", "A", "model", GB, repository="o/a")
    faulty = [replace(fetched, state="missing"), replace(fetched, state="changed")]
    assert all(wording.state(item).count(".") == 2 for item in faulty)


def test_what_is_missing_leads_to_what_its_menu_has() -> None:
    fetched = ShelfItem("a", "A", "model", GB, state="missing", acts=("show", "delete"))
    opened = replace(fetched, acts=("show", "forget"))
    assert wording.state(fetched).endswith("Bring it back, or delete it.")
    assert wording.state(opened).endswith("Bring it back, or take it off the list.")
