"""Choosing, setting up and looking at models, with real files and a scripted engine."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths
from app.core import Core
from app.engine.client import Stop
from app.engine.fake import fake_load
from app.engine.planning.planner import Machine
from app.engine.protocol import Adapter, Timings
from app.errors import ModelFault
from app.home import Home
from app.models import library
from app.models.options import ModelOptions
from app.settings import (
    ADAPTERS,
    CONTEXT_TOKENS,
    DEVICE_SPLIT,
    DRAFT_MODEL,
    GPU_LAYERS,
    KV_TYPE,
    MAX_ANSWER_TOKENS,
    SEED,
    TEMPERATURE,
    TOP_K,
    adapter_text,
)
from app.storage.secrets import MemorySecrets
from tests.models import stocked

pytestmark = pytest.mark.model

ANSWER = Timings(prompt_tokens=300, reused_tokens=0, prefill_s=1.5, answer_tokens=101, decode_s=2.0, first_token_s=1.6)


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    home = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=fake_load())
    opened = home.create().core
    yield opened
    opened.close()
    home.close()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model file that may be changed."""
    return Path(shutil.copy(library.starter(), tmp_path / "mine.gguf"))


def quiet(_fraction: float) -> None:
    pass


def options(core: Core, model: Path) -> ModelOptions:
    return core.desk.options(model)


def test_what_is_set_for_a_model_is_what_the_engine_is_asked_for(core: Core, model: Path) -> None:
    mine = options(core, model)
    mine.set(GPU_LAYERS, 12)
    mine.set(KV_TYPE, "q8_0")
    mine.set(DEVICE_SPLIT, "3,1")
    mine.set(ADAPTERS, ("0.5 /models/style.gguf",))
    mine.set(TEMPERATURE, 0.1)
    mine.set(SEED, 7)
    wish = core.desk.wish(model)
    assert (wish.gpu_layers, wish.kv_type, wish.split) == (12, "q8_0", (3.0, 1.0))
    assert wish.adapters == (Adapter("/models/style.gguf", 0.5),)
    assert wish.context_tokens is None, "automatic leaves the choice to the planner"
    sampling = core.desk.sampling(model)
    assert (sampling.temperature, sampling.seed) == (0.1, 7)
    assert core.desk.wish(library.starter()) != wish or model.samefile(library.starter())


def test_an_outlook_says_where_and_how_fast_with_nothing_loaded(core: Core, model: Path) -> None:
    outlook = core.desk.outlook(model)
    assert outlook.plan.reasons
    assert outlook.forecast.words
    assert not outlook.forecast.is_measured
    assert core.host.current is None


def test_an_answer_corrects_the_forecast_for_this_model(core: Core, model: Path) -> None:
    core.desk.choose(model)
    engine = core.desk.acquire(quiet, Stop())
    plan = core.desk.outlook(model).plan
    book = core.desk.speeds
    found = core.desk.outlook(model)
    book.learn(core.desk.fingerprint(model), found.model, plan, found.machine, ANSWER, load_s=1.0)
    foreseen = core.desk.outlook(model).forecast
    assert foreseen.is_measured
    assert foreseen.decode_tokens_per_s == pytest.approx(50.0)
    assert foreseen.prefill_tokens_per_s == pytest.approx(200.0)
    assert isinstance(found.machine, Machine)
    book.clear()
    assert not core.desk.outlook(model).forecast.is_measured
    assert engine.is_alive


def test_a_short_answer_says_nothing_about_speed(core: Core, model: Path) -> None:
    found = core.desk.outlook(model)
    short = Timings(prompt_tokens=20, reused_tokens=0, prefill_s=0.1, answer_tokens=3, decode_s=0.1, first_token_s=0.1)
    core.desk.speeds.learn("f" * 64, found.model, found.plan, found.machine, short, load_s=1.0)
    kept = core.desk.speeds.measured("f" * 64, found.plan)
    assert kept is None or kept.decode_tokens_per_s == 0.0


def test_a_file_that_was_swapped_is_not_loaded_before_it_is_chosen_again(core: Core, model: Path) -> None:
    core.desk.choose(model)
    with model.open("r+b") as file:
        file.seek(-4096, 2)
        file.write(b"x" * 4096)
    with pytest.raises(ModelFault, match="not the one that you chose"):
        core.desk.acquire(quiet, Stop())
    core.desk.choose(model)
    assert core.desk.acquire(quiet, Stop()).is_alive


@pytest.mark.parametrize("setting", ["draft", "adapter"])
def test_what_goes_with_a_model_is_not_loaded_either_once_it_was_changed(core: Core, model: Path, setting: str) -> None:
    home = stocked.put(core.places.models)
    (shelved,) = core.holdings.shelf.all()
    core.holdings.shelf.verify(shelved, lambda _done_bytes, _total_bytes: None, threading.Event())
    core.desk.choose(model)
    if setting == "draft":
        options(core, model).set(DRAFT_MODEL, str(shelved.path))
    else:
        options(core, model).set(ADAPTERS, (adapter_text(1.0, str(shelved.path)),))
    assert core.desk.acquire(quiet, Stop()).is_alive
    stocked.spoil(shelved.path)
    os.utime(home / shelved.path.name, ns=(1, 1))
    with pytest.raises(ModelFault, match="changed"):
        core.desk.acquire(quiet, Stop())


def test_a_larger_context_is_kept_for_this_model(core: Core, model: Path) -> None:
    core.desk.choose(model)
    options(core, model).set(CONTEXT_TOKENS, 2048)
    assert core.desk.larger_context() == 4096
    assert core.desk.wish(model).context_tokens == 4096


def test_a_context_that_cannot_grow_is_a_sentence(core: Core, model: Path) -> None:
    core.desk.choose(model)
    options(core, model).set(CONTEXT_TOKENS, 8192)  # all that the starter was trained for
    with pytest.raises(ModelFault, match="trained for no more"):
        core.desk.larger_context()


def test_a_damaged_speed_counts_as_none(core: Core, model: Path) -> None:
    found = core.desk.outlook(model)
    core.desk.speeds.learn("f" * 64, found.model, found.plan, found.machine, ANSWER, load_s=1.0)
    core.settings._backend.set("speed/machine", "[1]")
    assert core.desk.speeds.machine() is None


def test_what_is_said_for_a_chat_goes_before_the_models_own_settings_key_by_key(core: Core, model: Path) -> None:
    options(core, model).set(TEMPERATURE, 1.5)
    options(core, model).set(SEED, 7)
    said = {TEMPERATURE.key: 0.2, TOP_K.key: 12.0, MAX_ANSWER_TOKENS.key: 300.0}
    sampling = core.desk.sampling(model, said)
    assert (sampling.temperature, sampling.top_k, sampling.seed) == (0.2, 12, 7)
    assert core.desk.max_answer_tokens(model, said) == 300
    assert core.desk.max_answer_tokens(model) is None
    assert core.desk.sampling(model).temperature == 1.5


@pytest.mark.parametrize("number", [99.0, -1.0, float("nan"), float("inf")])
def test_what_does_not_fit_its_setting_says_nothing(core: Core, model: Path, number: float) -> None:
    said = {TEMPERATURE.key: number, TOP_K.key: 0.5, "no.such.key": 1.0}
    assert core.desk.sampling(model, said) == core.desk.sampling(model)


def test_a_chats_own_model_is_loaded_and_learnt_about_and_the_chosen_one_stays_chosen(core: Core, model: Path) -> None:
    core.desk.choose(library.starter())
    engine = core.desk.acquire(quiet, Stop(), path=model)
    assert core.host.path_of(engine) == model
    core.desk.learn(engine, ANSWER)
    assert core.desk.speeds.measured(core.desk.fingerprint(model), engine.plan) is not None
    assert core.desk.chosen() == library.starter()
    other = core.desk.acquire(quiet, Stop())
    assert core.host.path_of(other) == library.starter()
    assert core.host.path_of(engine) is None
    core.desk.learn(engine, ANSWER)


def test_a_chats_own_model_that_is_gone_is_told(core: Core, tmp_path: Path) -> None:
    with pytest.raises(ModelFault):
        core.desk.acquire(quiet, Stop(), path=tmp_path / "gone.gguf")
