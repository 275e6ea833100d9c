"""`bench`: the real thing as a process."""

from __future__ import annotations

import json

import pytest

from .conftest import Run

pytestmark = pytest.mark.model


def test_bench_reports_what_is_documented(run: Run) -> None:
    done = run("bench", "--json", "--rounds", "1")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert set(shown) == {"paddock", "engine", "processor", "model", "plan", "forecast", "measured"}
    assert shown["model"]["quantisation"] == "Q4_1"
    assert shown["plan"]["place"] in ("cpu", "gpu")
    assert shown["plan"]["reasons"]
    measured = shown["measured"]
    assert measured["prefill_tokens_per_s"] > 0
    assert measured["decode_tokens_per_s"] > 0
    assert measured["resumed_first_word_s"] > 0
    assert set(shown["forecast"]) <= set(measured) | {"load_s"}


def test_bench_refuses_a_file_that_is_no_model(run: Run) -> None:
    done = run("bench", "--model", __file__)
    assert done.returncode == 4
    assert "This is not a model file" in done.stderr
    assert not done.stdout
