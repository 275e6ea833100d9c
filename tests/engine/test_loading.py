"""Loading with children that fail on purpose: smaller plans, progress, cancelling."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest

from app.engine import client, loading
from app.engine.client import ChildEngine, Limits, Stop
from app.engine.link import Link
from app.engine.protocol import Adapter, LoadWish
from app.errors import Cancelled, EngineDied, EngineFault, EngineSilent, ModelFault
from app.process import Child
from tests.engine.scripted_child import CHILD
from tests.models import forge

SHORT = Limits(start=1, loading=1, ping_every=0.1)
LOADS = "say(**HELLO); hear(); say(**LOADED); hear()"


def fails(fault: str) -> str:
    return f"say(**HELLO); hear(); say(**{{'is': 'LoadFailed', 'fault': '{fault}', 'detail': 'words'}}); hear()"


class Children:
    """Which children were started, with what they may read."""

    def __init__(self, behaviours: Sequence[str], before: Callable[[], object]) -> None:
        self._behaviours = list(behaviours)
        self._before = before
        self.grants: list[tuple[Path, ...]] = []
        self.links: list[Link] = []

    def start(self, grants: Sequence[Path], limits: Limits) -> Link:
        self._before()
        behaviour = self._behaviours[min(len(self.links), len(self._behaviours) - 1)]
        self.grants.append(tuple(grants))
        self.links.append(Link(Child("test", argv=[sys.executable, "-I", "-c", CHILD + behaviour]), limits))
        return self.links[-1]


Act = Callable[..., Children]


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Act:
    """From now on engines are these, one after the other; the last one repeats. `before` is called before each."""

    def act(*behaviours: str, before: Callable[[], object] = lambda: None) -> Children:
        made = Children(behaviours, before)
        monkeypatch.setattr(loading, "start", made.start)
        return made

    return act


def load(
    wish: LoadWish, *, on_progress: Callable[[float], None] | None = None, stop: Stop | None = None
) -> ChildEngine:
    return client.load(wish, on_progress=on_progress or (lambda _fraction: None), stop=stop or Stop(), limits=SHORT)


def test_a_model_is_planned_for_what_the_child_computes_on(children: Act, starter: Path) -> None:
    children(LOADS, LOADS.replace("HELLO", "HELLO_WITH_GPU"))
    plans = []
    for _child in range(2):
        engine = load(LoadWish(starter, 1024))
        plans.append(engine.plan)
        engine.close()
    assert [plan.place for plan in plans] == ["cpu", "gpu"]
    assert [plan.devices for plan in plans] == [(), ("GPU0",)]
    assert [plan.context_tokens for plan in plans] == [1024, 1024]
    assert [plan.refusal for plan in plans] == ["", ""]


@pytest.mark.parametrize(
    "failure",
    [
        fails("memory"),
        fails("context_memory"),
        "say(**HELLO); hear(); os.kill(os.getpid(), 9)",
        "say(**HELLO); hear(); os.abort()",
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="children end by codes there")
def test_where_memory_runs_out_the_next_smaller_plan_is_tried_and_the_reason_kept(
    children: Act, starter: Path, failure: str
) -> None:
    children(LOADS)
    first = load(LoadWish(starter))
    first.close()
    started = children(failure, LOADS)
    second = load(LoadWish(starter))
    second.close()
    assert len(started.links) == 2
    assert not psutil.pid_exists(started.links[0].pid)
    assert second.plan != first.plan
    assert second.plan.total_bytes < first.plan.total_bytes
    assert second.plan.refusal.startswith("A larger plan was tried before:")


def test_there_is_an_end_to_trying_and_it_has_a_sentence(children: Act, starter: Path) -> None:
    started = children(fails("memory"))
    with pytest.raises(ModelFault, match="not enough free memory"):
        load(LoadWish(starter))
    assert 1 < len(started.links) <= loading.MAX_CHILDREN
    assert not any(link.is_alive for link in started.links)


@pytest.mark.parametrize(
    ("behaviour", "error", "sentence"),
    [
        (fails("truncated"), ModelFault, "cut short"),
        ("say(**{'is': 'Refused', 'reason': 'another size'}); hear()", EngineFault, "not the one"),
        ("say(**HELLO); hear(); os._exit(1)", EngineDied, "ended unexpectedly"),
        ("say(**LOADED); hear()", EngineDied, "does not understand"),
        ("say(**HELLO); hear(); say(**HELLO); hear()", EngineDied, "does not understand"),
        ("say(**HELLO); hear(); frame(b'{}'); hear()", EngineDied, "does not understand"),
        ("time.sleep(600)", EngineSilent, "no sign of life"),
        ("say(**HELLO); time.sleep(600)", EngineSilent, "no sign of life"),
    ],
)
def test_other_failures_are_told_at_once_and_leave_no_child(
    children: Act, starter: Path, behaviour: str, error: type[Exception], sentence: str
) -> None:
    started = children(behaviour, LOADS)
    with pytest.raises(error, match=sentence):
        load(LoadWish(starter))
    assert len(started.links) == 1
    assert not psutil.pid_exists(started.links[0].pid)


def test_reading_the_file_ahead_shows_as_progress(children: Act, starter: Path) -> None:
    tenth = starter.stat().st_size // 10
    children(f"say(**HELLO); hear(); pings(5, read_bytes={tenth}); say(**LOADED); hear()")
    fractions: list[float] = []
    load(LoadWish(starter), on_progress=fractions.append).close()
    assert fractions == pytest.approx([0.1, 0.2, 0.3, 0.4, 1.0], abs=0.01)


def test_progress_never_goes_back_and_is_whole_only_at_the_end(children: Act, starter: Path) -> None:
    said = "".join(f"say(**{{'is': 'LoadProgress', 'fraction': {fraction}}})\n" for fraction in (0.5, 0.3, 1.0, 1.0))
    children(f"say(**HELLO); hear()\n{said}say(**LOADED); hear()")
    fractions: list[float] = []
    load(LoadWish(starter), on_progress=fractions.append).close()
    assert fractions == [0.5, loading.SEEN_PROGRESS, 1.0]


@pytest.mark.parametrize("behaviour", ["hear()", "say(**HELLO); hear(); hear()", "say(**HELLO); time.sleep(600)"])
def test_a_load_that_is_cancelled_ends_its_child(children: Act, starter: Path, behaviour: str) -> None:
    started = children(behaviour)
    stop = Stop()
    later = threading.Timer(0.3, stop.set)
    later.start()
    with pytest.raises(Cancelled):
        load(LoadWish(starter), stop=stop)
    later.join()
    assert stop.age_s < 2
    assert not psutil.pid_exists(started.links[0].pid)


def test_a_load_that_was_cancelled_before_starts_no_child(children: Act, starter: Path) -> None:
    started = children(LOADS)
    stop = Stop()
    stop.set()
    with pytest.raises(Cancelled):
        load(LoadWish(starter), stop=stop)
    assert started.links == []


def test_a_child_may_read_the_files_that_were_asked_for_and_no_others(
    children: Act, starter: Path, tmp_path: Path
) -> None:
    parts = tuple(tmp_path / f"draft-0000{number}-of-00002.gguf" for number in (1, 2))
    adapter = tmp_path / "adapter.gguf"
    for path in (*parts, adapter):
        path.symlink_to(starter)
    started = children(LOADS)
    load(LoadWish(starter, draft=parts[1], adapters=(Adapter(str(adapter), 0.5),))).close()
    assert started.grants == [(starter, adapter, *parts)]


def test_what_is_no_chat_model_is_told_before_any_child_starts(children: Act, tmp_path: Path) -> None:
    started = children(LOADS)
    path = forge.llama(tmp_path / "m.gguf", keys={"general.type": "adapter"})
    with pytest.raises(ModelFault):
        load(LoadWish(path))
    assert started.links == []


def test_what_a_wish_names_must_be_a_model_file(children: Act, starter: Path, tmp_path: Path) -> None:
    started = children(LOADS)
    with pytest.raises(ModelFault):
        load(LoadWish(starter, draft=tmp_path / "gone.gguf"))
    with pytest.raises(ModelFault):
        load(LoadWish(starter, adapters=(Adapter(str(tmp_path), 1.0),)))
    assert started.links == []


def test_a_file_that_changes_between_two_tries_is_not_loaded(children: Act, starter: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    shutil.copy(starter, path)
    started = children(fails("memory"), before=lambda: os.truncate(path, 10**9))
    with pytest.raises(ModelFault, match="changed while"):
        load(LoadWish(path))
    assert len(started.links) == 1


def test_the_engine_is_asked_without_a_model(children: Act) -> None:
    started = children("say(**HELLO); hear()")
    assert client.build(SHORT).devices[0].description == "scripted"
    assert not psutil.pid_exists(started.links[0].pid)
