from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from app.chat.formulas.draughtsman import START_FAULTS_MAX, Draughtsman
from app.chat.formulas.frames import UNDRAWN, Formula, Wanted
from app.chat.markup_rules import FORMULA_MAX_CHARS

BAD_CHILD = [sys.executable, "-I", str(Path(__file__).resolve().parents[2] / "children" / "drawing.py")]
HANG_S = 1.0

Make = Callable[..., Draughtsman]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Draughtsman] = []

    def make_one(*, argv: Sequence[str] | None = None) -> Draughtsman:
        made.append(Draughtsman(argv=argv, draw_max_s=HANG_S if argv else 20.0))
        return made[-1]

    yield make_one
    for one in made:
        one.rest()


def wanted(*texts: str) -> list[Wanted]:
    return [Wanted(tex, 16.0, is_display=False) for tex in texts]


def all_of(draughtsman: Draughtsman, waiting: Sequence[Wanted]) -> dict[str, Formula]:
    """As the window asks: what came is not asked for again."""
    found: dict[str, Formula] = {}
    while waiting:
        found |= {one.tex: formula for one, formula in draughtsman.draw(waiting, draughtsman.turn)}
        waiting = [one for one in waiting if one.tex not in found]
    return found


def test_formulas_are_drawn_in_the_order_in_which_they_were_asked_for(make: Make) -> None:
    draughtsman = make()
    asked = wanted(*(f"x_{{{number}}}" for number in range(20)), r"\frac{a", r"\frac{a}{b}")
    found = all_of(draughtsman, asked)
    assert list(found) == [one.tex for one in asked]
    assert found[r"\frac{a"] == UNDRAWN
    assert found[r"\frac{a}{b}"].ascent > found["x_{0}"].ascent > 0
    assert all(formula.is_drawn for tex, formula in found.items() if tex != r"\frac{a")


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is of Linux")
def test_the_child_has_given_up_what_the_engine_gives_up(make: Make) -> None:
    draughtsman = make()
    all_of(draughtsman, wanted("x"))
    status = Path(f"/proc/{draughtsman.pid}/status").read_text().splitlines()
    facts = dict(line.split(":\t", 1) for line in status if ":\t" in line)
    assert (facts["Seccomp"], facts["NoNewPrivs"]) == ("2", "1")


@pytest.mark.parametrize("bad", ["hang", "die", "lie"])
def test_a_formula_that_ends_the_child_is_undrawable_and_the_others_are_drawn(make: Make, bad: str) -> None:
    draughtsman = make(argv=BAD_CHILD)
    first = all_of(draughtsman, wanted("a"))
    pid = draughtsman.pid
    found = all_of(draughtsman, wanted("b", bad, "c", "d"))
    assert found[bad] == UNDRAWN
    assert all(formula.is_drawn for tex, formula in (first | found).items() if tex != bad)
    assert draughtsman.pid not in (pid, None)


def test_a_child_that_never_starts_is_not_started_for_ever(make: Make) -> None:
    draughtsman = make(argv=[sys.executable, "-c", ""])
    for _try in range(START_FAULTS_MAX):
        assert draughtsman.draw(wanted("x"), draughtsman.turn) == []
    assert draughtsman.draw(wanted("x", "y"), draughtsman.turn) == [(one, UNDRAWN) for one in wanted("x", "y")]
    assert draughtsman.pid is None


def test_rest_ends_a_child_that_hangs_and_whoever_waits_for_it(make: Make) -> None:
    draughtsman = Draughtsman(argv=BAD_CHILD, draw_max_s=600.0)
    drawn: list[object] = []
    all_of(draughtsman, wanted("a"))
    turn = draughtsman.turn
    thread = threading.Thread(target=lambda: drawn.append(draughtsman.draw(wanted("hang"), turn)), name="paddock-test")
    thread.start()
    draughtsman.rest()
    thread.join(20)
    assert drawn == [[]]
    assert draughtsman.pid is None


def test_what_was_asked_for_before_a_rest_starts_no_child_after_it(make: Make) -> None:
    draughtsman = make(argv=BAD_CHILD)
    turn = draughtsman.turn
    draughtsman.rest()
    assert draughtsman.draw(wanted("a"), turn) == []
    draughtsman.close()
    assert draughtsman.draw(wanted("a"), draughtsman.turn) == []
    assert draughtsman.pid is None


def test_after_a_rest_the_next_formula_starts_another_child(make: Make) -> None:
    draughtsman = make(argv=BAD_CHILD)
    all_of(draughtsman, wanted("a"))
    pid = draughtsman.pid
    draughtsman.rest()
    assert draughtsman.pid is None
    assert all_of(draughtsman, wanted("b"))["b"].is_drawn
    assert draughtsman.pid not in (pid, None)


def test_a_text_too_long_for_a_formula_starts_no_child(make: Make) -> None:
    draughtsman = make()
    [long] = wanted("x" * (FORMULA_MAX_CHARS + 1))
    assert draughtsman.draw([long], draughtsman.turn) == [(long, UNDRAWN)]
    assert draughtsman.pid is None
