"""Forecasts: what a machine will do by its parts, what it has shown, and how that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine.planning import forecast as forecasts
from app.engine.planning.forecast import Forecast, Measured, forecast, learn, rate_words
from app.engine.planning.planner import Machine, Plan, plan
from app.engine.planning.speed import AS_GUESSED, MachineSpeed, bandwidth_of
from app.engine.protocol import LoadWish
from app.models.header import Header
from tests.models.forge import Shape

from .machines import MACHINES, RTX_4090, apple, gpu, header, machine, without_facts

WISH = LoadWish(Path("model.gguf"))


def planned(model: Header, on: Machine) -> Plan:
    found = plan(model, on, WISH, size_bytes=model.total_bytes)
    assert found is not None
    return found


def predicted(shape: str | Shape, on: Machine, quantisation: str = "Q4_K_M") -> Forecast:
    model = header(shape, quantisation)
    return forecast(model, planned(model, on), on)


# Tokens per second that others published for llama.cpp with Q4_K_M (docs/figures of the research: RTX 3080 and 2080 by
# dmatora, M1 Max and M3 Ultra by geerlingguy, i5-9500 by llmfit), and the share of it that a first guess may be off.
PUBLISHED = [
    ("8b", machine(32, 28, gpu("CUDA0", "NVIDIA GeForce RTX 3080", 12), vendor="nvidia"), 112.0),
    ("8b", machine(32, 28, gpu("CUDA0", "NVIDIA GeForce RTX 2080", 8), vendor="nvidia"), 71.9),
    ("70b", apple(64, "Apple M1 Max"), 7.25),
    ("70b", apple(512, "Apple M3 Ultra"), 14.1),
    ("405b", apple(512, "Apple M3 Ultra"), 1.96),
    ("70b", machine(64, 60, gpu("CUDA0", RTX_4090, 24), cores=12, vendor="nvidia"), 3.1),
    ("8b", machine(32, 28, cores=6), 6.5),
]


@pytest.mark.parametrize(("shape", "on", "published"), PUBLISHED)
def test_a_first_guess_is_in_sight_of_what_others_measured(shape: str, on: Machine, published: float) -> None:
    assert 0.5 <= predicted(shape, on).decode_tokens_per_s / published <= 1.3


def test_what_was_measured_wins() -> None:
    model, on = header("8b"), MACHINES["24 GB GPU, 64 GB"]
    measured = Measured(decode_tokens_per_s=42.0, prefill_tokens_per_s=900.0, load_s=7.0, context_tokens=8192)
    found = forecast(model, planned(model, on), on, measured)
    assert (found.decode_tokens_per_s, found.prefill_tokens_per_s, found.load_s) == (42.0, 900.0, 7.0)
    assert found.first_word_s == pytest.approx(200 / 900 + 1 / 42)
    assert found.is_measured
    assert found.words == "fits your GPU · about 42 tokens/s"


def test_what_was_not_measured_stays_a_guess() -> None:
    model, on = header("8b"), MACHINES["24 GB GPU, 64 GB"]
    guessed = forecast(model, planned(model, on), on)
    found = forecast(model, planned(model, on), on, Measured(42.0, 0.0, 0.0, 8192))
    assert found.prefill_tokens_per_s == guessed.prefill_tokens_per_s
    assert (found.first_word_s, found.load_s) == (guessed.first_word_s, guessed.load_s)
    assert not guessed.is_measured


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("shape", ["8b", "70b", "405b"])
@pytest.mark.parametrize("factor", [0.4, 1.0, 2.5])
def test_a_machine_once_measured_is_predicted_right(name: str, shape: str, factor: float) -> None:
    model, on = header(shape), MACHINES[name]
    made = planned(model, on)
    guess = forecast(model, made, on)
    measured = Measured(guess.decode_tokens_per_s * factor, guess.prefill_tokens_per_s * factor, 0.0, 8192)
    speed = learn(model, made, on, measured)
    found = forecast(model, made, on, speed=speed)
    assert found.decode_tokens_per_s == pytest.approx(measured.decode_tokens_per_s, rel=0.25)
    again = learn(model, made, on, measured, speed)
    assert again.cpu_memory == pytest.approx(speed.cpu_memory, rel=0.3)


def test_what_one_model_showed_helps_to_predict_another() -> None:
    on = MACHINES["24 GB, no GPU"]
    small, large = header("8b"), header("8b", "Q8_0")
    truth = MachineSpeed(cpu_memory=0.6, cpu_sums=3.0)
    shown = forecast(small, planned(small, on), on, speed=truth)
    measured = Measured(shown.decode_tokens_per_s, shown.prefill_tokens_per_s, 0.0, 8192)
    speed = learn(small, planned(small, on), on, measured)
    found = forecast(large, planned(large, on), on, speed=speed)
    expected = forecast(large, planned(large, on), on, speed=truth)
    assert found.decode_tokens_per_s == pytest.approx(expected.decode_tokens_per_s, rel=0.05)
    assert found.prefill_tokens_per_s == pytest.approx(expected.prefill_tokens_per_s, rel=0.05)
    assert speed.gpu_memory == AS_GUESSED.gpu_memory


def test_one_odd_measurement_does_not_run_away() -> None:
    model, on = header("8b"), MACHINES["24 GB GPU, 64 GB"]
    speed = AS_GUESSED
    for _time in range(10):
        speed = learn(model, planned(model, on), on, Measured(1e-6, 1e9, 0.0, 8192), speed)
    assert 1 / forecasts.MOST_CORRECTION <= speed.gpu_memory <= speed.gpu_sums <= forecasts.MOST_CORRECTION


def test_a_larger_model_is_slower_and_a_faster_card_faster() -> None:
    on = MACHINES["8 x 80 GB, 1 TB"]
    rates = [predicted(shape, on).decode_tokens_per_s for shape in ("8b", "70b", "405b")]
    assert rates == sorted(rates, reverse=True)
    slow, fast = (machine(32, 28, gpu("CUDA0", f"NVIDIA GeForce RTX {number}", 24)) for number in (3060, 4090))
    assert predicted("8b", fast).decode_tokens_per_s > 2 * predicted("8b", slow).decode_tokens_per_s


def test_only_the_experts_in_use_cost_time() -> None:
    on = MACHINES["2 x 24 GB, 128 GB"]
    mixed = predicted(Shape(32, 4096, 14336, 32, 8, 32000, 32768, 8, 2), on)
    dense = predicted(Shape(32, 4096, 14336 * 8, 32, 8, 32000, 32768), on)
    assert mixed.decode_tokens_per_s > 2.5 * dense.decode_tokens_per_s


def test_layers_on_the_processor_are_computed_by_the_card_while_a_prompt_is_read() -> None:
    split, cpu = predicted("70b", MACHINES["24 GB GPU, 64 GB"]), predicted("70b", machine(64, 60))
    assert split.prefill_tokens_per_s > 20 * cpu.prefill_tokens_per_s


def test_a_model_from_disk_reads_its_prompt_in_few_pieces() -> None:
    found = predicted("405b", MACHINES["24 GB, no GPU"])
    assert found.first_word_s < 3600
    assert found.first_word_s > 60


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (420.4, "about 420 tokens/s"),
        (42.4, "about 42 tokens/s"),
        (4.24, "about 4.2 tokens/s"),
        (9.96, "about 10 tokens/s"),
        (1.0, "about 1.0 tokens/s"),
        (0.5, "about 2.6 s per word"),
        (0.1, "about 13 s per word"),
        (0.09, "about 28 minutes for a short answer"),
        (0.03, "about 83 minutes for a short answer"),
        (0.01, "about 4 hours for a short answer"),
        (0.00001, "about 4200 hours for a short answer"),
        (0.0, "about 42000 hours for a short answer"),
    ],
)
def test_speed_is_said_in_the_unit_that_says_most(rate: float, words: str) -> None:
    assert rate_words(rate) == words


@pytest.mark.parametrize(
    ("shape", "name", "beginning"),
    [
        ("8b", "12 GB GPU, 32 GB", "fits your GPU · about 45 tokens/s"),
        ("70b", "2 x 24 GB, 128 GB", "fits your GPUs · about "),
        ("70b", "24 GB GPU, 64 GB", "partly on your GPU · about "),
        ("8b", "24 GB, no GPU", "on the processor · about "),
        ("405b", "24 GB, no GPU", "larger than memory · about 7 hours for a short answer"),
    ],
)
def test_a_line_for_a_menu_says_where_and_how_fast(shape: str, name: str, beginning: str) -> None:
    assert predicted(shape, MACHINES[name]).words.startswith(beginning)


@pytest.mark.parametrize(
    ("shape", "name", "limit"),
    [
        ("8b", "12 GB GPU, 32 GB", "The speed of the memory is the limit: 4.6 GB are read for every word."),
        ("70b", "24 GB GPU, 64 GB", "The processor's memory is the limit: it has to read 20."),
        ("405b", "24 GB, no GPU", "The disk is the limit"),
    ],
)
def test_the_last_reason_is_what_limits_the_speed(shape: str, name: str, limit: str) -> None:
    found = predicted(shape, MACHINES[name])
    assert found.reasons[-1].startswith(limit)
    assert found.reasons[:-1] == planned(header(shape), MACHINES[name]).reasons


@pytest.mark.parametrize("name", MACHINES)
def test_a_header_that_says_nothing_still_gets_a_forecast(name: str) -> None:
    model, on = without_facts(header("8b")), MACHINES[name]
    for size_bytes in (0, 5 * 10**9):
        made = plan(model, on, WISH, size_bytes=size_bytes)
        assert made is not None
        found = forecast(model, made, on)
        assert found.words
        assert found.decode_tokens_per_s > 0
        assert learn(model, made, on, Measured(1.0, 1.0, 1.0, 1))


@pytest.mark.parametrize(
    ("description", "rate"),
    [
        (RTX_4090, 1008),
        ("NVIDIA GeForce RTX 4070 Ti SUPER", 672),
        ("NVIDIA GeForce RTX 4070 Ti", 504),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", 1008 * 0.55),
        ("NVIDIA A100-SXM4-80GB", 2039),
        ("NVIDIA H200", 4800),
        ("NVIDIA L40S", 864),
        ("AMD Radeon RX 7900 XTX (RADV NAVI31)", 960),
        ("Intel(R) Arc(TM) A770 Graphics (DG2)", 512),
        ("Apple M2 Max", 400),
        ("Apple M2", 100),
        ("Something new", 0),
    ],
)
def test_cards_are_known_by_name(description: str, rate: float) -> None:
    assert bandwidth_of(description) == pytest.approx(rate)
