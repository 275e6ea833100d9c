"""How much is read: every machine and every pile of paper is one row."""

from __future__ import annotations

import pytest

from app.documents.answering.intent import Intent
from app.documents.answering.strategy import (
    ASK_ABOVE_S,
    Speed,
    choose,
    each_part_s,
    estimated_tokens,
    stretch_tokens,
)
from app.documents.grounds import Strategy
from app.documents.records import Size

LETTER, REPORT, ARCHIVE = Size(1, 2, 1_500), Size(1, 40, 20_000), Size(300, 6_000, 3_000_000)
SLOW, LAPTOP, GPU, UNKNOWN = Speed(15, 3), Speed(120, 8), Speed(3000, 60), Speed()


@pytest.mark.parametrize(
    ("size", "speed", "room", "asked", "strategy", "needs_asking"),
    [
        (LETTER, LAPTOP, 7_000, "lookup", "whole", False),
        (LETTER, LAPTOP, 7_000, "overview", "whole", False),
        (LETTER, UNKNOWN, 7_000, "lookup", "whole", False),
        (LETTER, SLOW, 7_000, "lookup", "passages", False),
        (LETTER, LAPTOP, 1_000, "lookup", "passages", False),
        (LETTER, GPU, 1_000, "overview", "every_part", False),
        (REPORT, LAPTOP, 30_000, "lookup", "passages", False),
        (REPORT, LAPTOP, 7_000, "overview", "every_part", True),
        (REPORT, GPU, 30_000, "lookup", "whole", False),
        (REPORT, GPU, 30_000, "overview", "whole", False),
        (REPORT, GPU, 7_000, "lookup", "passages", False),
        (REPORT, GPU, 7_000, "overview", "every_part", False),
        (ARCHIVE, GPU, 100_000, "lookup", "passages", False),
        (ARCHIVE, GPU, 100_000, "overview", "every_part", True),
        (Size(1, 60, 30_000), GPU, 100_000, "lookup", "passages", False),  # longer than models can keep in view
    ],
)
def test_the_strategy_follows_size_room_speed_and_question(
    size: Size, speed: Speed, room: int, asked: Intent, strategy: Strategy, needs_asking: bool
) -> None:
    plan = choose(asked, size, speed, room_tokens=room)
    assert (plan.strategy, plan.needs_asking) == (strategy, needs_asking)
    assert plan.parts == size.parts
    assert plan.tokens <= size.tokens


@pytest.mark.parametrize("asked", ["lookup", "overview"])
def test_what_the_person_chose_is_done_without_asking_again(asked: Intent) -> None:
    assert choose(asked, ARCHIVE, SLOW, room_tokens=7_000, wanted="passages").strategy == "passages"
    every_part = choose(asked, ARCHIVE, SLOW, room_tokens=7_000, wanted="every_part")
    assert (every_part.strategy, every_part.needs_asking) == ("every_part", False)
    whole = choose(asked, REPORT, SLOW, room_tokens=30_000, wanted="whole")
    assert (whole.strategy, whole.needs_asking) == ("whole", False)
    assert choose(asked, REPORT, GPU, room_tokens=7_000, wanted="whole").strategy == "passages", "it does not fit"


def test_forecasts_grow_with_the_paper_and_shrink_with_speed() -> None:
    times = [each_part_s(tokens, LAPTOP, context_tokens=8_000) for tokens in (1_000, 10_000, 100_000)]
    assert times == sorted(times)
    assert times[2] > ASK_ABOVE_S
    assert each_part_s(100_000, GPU, context_tokens=8_000) < times[2] / 5
    assert each_part_s(100_000, UNKNOWN, context_tokens=8_000) > 0


def test_a_small_context_reads_small_stretches() -> None:
    assert stretch_tokens(2_048) < 1_024
    assert stretch_tokens(131_072) == stretch_tokens(32_768)


def test_estimates_count_scripts_without_spaces_by_the_character() -> None:
    assert estimated_tokens("word " * 70) == 100
    assert estimated_tokens("契約" * 50) == 100
    assert estimated_tokens("") == 0
