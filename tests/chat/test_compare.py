"""One question and two answers, over the real database and scripted engines; once over the real one."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app import paths
from app.chat import session
from app.chat.compare import ANOTHER_TRY, Compare, Side, SideEvent, Waiting, described, require_different
from app.chat.manner import Manner, Persona, built_in
from app.chat.session import ChatSession, Failed, Finished, Loading, Started, Wishes
from app.chat.store import ChatStore
from app.chat.tree import Attachment, Message
from app.core import Core
from app.desk import ModelDesk
from app.engine.client import Engine, Stop
from app.engine.fake import FakeEngine, Script, fake_load
from app.engine.host import EngineHost
from app.engine.planning import planner
from app.engine.planning.planner import LEAST_ROOM_BYTES, Machine
from app.engine.protocol import LoadWish, Sampling
from app.errors import Cancelled, DiskFull, EngineDied, ModelFault
from app.home import Home
from app.models import library
from app.settings import SEED, TEMPERATURE
from app.storage.database import Database
from app.storage.secrets import MemorySecrets
from app.storage.values import Values
from tests.chat.talk import ask
from tests.engine.planning.machines import machine

ONE, OTHER = Side(Path("one.gguf"), "One"), Side(Path("other.gguf"), "Other")
LONG = "word " * 200


class Desk:
    """Two models, scripted; the first is the chosen one. `has_room` for both at once."""

    def __init__(self, scripts: dict[str, Script] | None = None, *, has_room: bool = True) -> None:
        self._scripts = scripts or {}
        self._has_room = has_room
        self.loaded: Path | None = None
        self.beside_now = 0
        self.acquired: list[Path] = []
        self.asked_beside: list[Path] = []

    def engine(self, path: Path) -> FakeEngine:
        return FakeEngine(self._scripts.get(path.name, Script(answers=(f"I am {path.stem}.",))))

    def path(self) -> Path:
        return Path("one.gguf")

    def acquire(self, on_progress: Callable[[float], None], _stop: Stop, /, *, path: Path | None) -> Engine:
        assert path is not None
        if path.stem == "gone":
            raise ModelFault("This file is gone.", "Choose another one.")
        on_progress(1.0)
        self.loaded = path
        self.acquired.append(path)
        return self.engine(path)

    def wish_beside(self, path: Path) -> LoadWish | None:
        self.asked_beside.append(path)
        return LoadWish(path) if self._has_room else None

    @contextmanager
    def beside(self, wish: LoadWish, on_progress: Callable[[float], None], _stop: Stop) -> Iterator[Engine]:
        assert self.loaded not in (None, wish.path), "memory is counted with the first one in it"
        on_progress(0.5)
        self.beside_now += 1
        yield self.engine(wish.path)
        self.beside_now -= 1


class Sides:
    """What each side was told."""

    def __init__(self, on_event: Callable[[int, SideEvent], None] = lambda _number, _event: None) -> None:
        self.told: tuple[list[SideEvent], list[SideEvent]] = ([], [])
        self._on_event = on_event

    def __call__(self, number: int, event: SideEvent) -> None:
        self.told[number].append(event)
        self._on_event(number, event)

    def answer(self, number: int) -> Message:
        last = self.told[number][-1]
        assert isinstance(last, Finished), last
        return last.answer

    def failure(self, number: int) -> Failed:
        last = self.told[number][-1]
        assert isinstance(last, Failed), last
        return last

    @property
    def home(self) -> str:
        (started,) = [event for event in self.told[0] if isinstance(event, Started)]
        return started.question.conversation_id


def wishes(_home: str | None, _folder_id: str | None, manner: Manner) -> Wishes:
    sampling = replace(Sampling(), temperature=dict(manner.sampling).get(TEMPERATURE.key, 0.7))
    return Wishes(sampling, None, "chosen", path=Path(manner.model) if manner.model else None)


def comparison(store: ChatStore, desk: Desk) -> Compare:
    talk = ChatSession(store, desk.acquire, wishes, now=lambda: 1000.0)
    return Compare(store, talk, wishes, desk.acquire, desk, personas=built_in, now=lambda: 1000.0)


def compare(
    store: ChatStore, desk: Desk, sides: tuple[Side, Side] = (ONE, OTHER), *, told: Sides | None = None
) -> Sides:
    told = told or Sides()
    comparison(store, desk).run(None, "Who are you?", parent_id=None, sides=sides, on_event=told, stop=Stop())
    return told


@pytest.mark.parametrize("has_room", [True, False])
def test_two_models_answer_one_question_as_two_versions_of_one_answer(store: ChatStore, has_room: bool) -> None:
    desk = Desk(has_room=has_room)
    told = compare(store, desk)
    first, second = told.answer(0), told.answer(1)
    assert (first.text, first.model) == ("I am one.", "One")
    assert (second.text, second.model) == ("I am other.", "Other")
    tree = store.tree(told.home)
    assert list(tree.versions(first.id)) == [first.id, second.id]
    assert [message.text for message in tree.path()] == ["Who are you?", "I am one."], "the first one is shown"
    assert store.conversations()[0].title == "Who are you"
    assert desk.beside_now == 0


def test_both_answer_at_once_where_there_is_room_for_two_models(store: ChatStore) -> None:
    """Each waits for the other's first word, which only comes where both are under way."""
    spoke = (threading.Event(), threading.Event())
    alone: list[int] = []

    def on_event(number: int, event: SideEvent) -> None:
        if isinstance(event, session.Delta):
            spoke[number].set()
            if not spoke[1 - number].wait(10.0):
                alone.append(number)

    told = compare(store, Desk(), told=Sides(on_event))
    assert alone == []
    assert told.answer(0).status == told.answer(1).status == "done"
    assert Loading(0.5) in told.told[1]
    assert not any(isinstance(event, Waiting) for event in told.told[1])


def test_one_after_the_other_where_memory_is_short_and_the_chosen_model_goes_first(store: ChatStore) -> None:
    desk = Desk(has_room=False)
    told = compare(store, desk, (OTHER, ONE))
    assert desk.acquired == [Path("one.gguf"), Path("other.gguf")]
    assert Waiting("memory") in told.told[0]
    assert told.answer(0).text == "I am other."
    assert store.tree(told.home).path()[-1] == told.answer(0)


def test_one_model_with_two_settings_answers_one_after_the_other(store: ChatStore) -> None:
    desk = Desk()
    calm = replace(ONE, sampling=((TEMPERATURE.key, 0.2),))
    told = compare(store, desk, (ONE, calm))
    assert told.told[1][1] == Waiting("model")
    assert desk.asked_beside == []
    assert (told.answer(0).note, told.answer(1).note) == ("", "Set for this answer: Temperature 0.2.")


def test_a_second_model_that_does_not_load_beside_the_first_has_its_turn_afterwards(store: ChatStore) -> None:
    class Tight(Desk):
        @contextmanager
        def beside(self, wish: LoadWish, on_progress: Callable[[float], None], _stop: Stop) -> Iterator[Engine]:
            if wish.path:
                raise ModelFault("There is not enough memory.", "Close something.")
            yield FakeEngine()

    desk = Tight()
    told = compare(store, desk)
    assert Waiting("memory") in told.told[1]
    assert told.answer(1).text == "I am other."
    assert desk.acquired[-1] == Path("other.gguf")


@pytest.mark.parametrize("has_room", [True, False])
@pytest.mark.parametrize("broken", [0, 1])
def test_where_one_side_fails_the_other_goes_on(store: ChatStore, broken: int, has_room: bool) -> None:
    dies = Script(answers=("one two three four",), dies_after_tokens=2)
    desk = Desk({"one.gguf" if broken == 0 else "other.gguf": dies}, has_room=has_room)
    told = compare(store, desk)
    failure = told.failure(broken)
    assert isinstance(failure.error, EngineDied)
    assert failure.answer is not None
    assert failure.answer.text == "one two"
    assert failure.answer.status == "failed"
    assert told.answer(1 - broken).status == "done"
    assert desk.beside_now == 0


@pytest.mark.parametrize("number", [0, 1])
def test_a_model_that_is_gone_fails_under_its_own_name(store: ChatStore, number: int) -> None:
    gone = Side(Path("gone.gguf"), "Gone")
    told = compare(store, Desk(has_room=False), (gone, ONE) if number == 0 else (ONE, gone))
    failure = told.failure(number)
    assert failure.answer is not None
    assert (failure.answer.model, failure.answer.note) == ("Gone", "This file is gone.\nChoose another one.")
    assert told.answer(1 - number).text == "I am one."


@pytest.mark.parametrize("has_room", [True, False])
def test_stop_ends_both_and_keeps_their_words(store: ChatStore, has_room: bool) -> None:
    stop = Stop()
    seen: set[int] = set()

    def on_event(number: int, event: SideEvent) -> None:
        if isinstance(event, session.Delta):
            seen.add(number)
            if len(seen) == (2 if has_room else 1):
                stop.set()

    slow = Script(answers=(LONG,), tokens_per_s=200.0)
    desk = Desk({"one.gguf": slow, "other.gguf": slow}, has_room=has_room)
    told = Sides(on_event)
    comparison(store, desk).run(None, "Why?", parent_id=None, sides=(ONE, OTHER), on_event=told, stop=stop)
    assert told.answer(0).status == told.answer(1).status == "stopped"
    assert 0 < len(told.answer(0).text) < len(LONG)
    assert bool(told.answer(1).text) == has_room, "nothing is loaded for one that had not begun"
    assert len(desk.acquired) == 1


def test_what_a_kill_would_leave_is_kept_and_marked_on_both_sides(store: ChatStore) -> None:
    """What the next start would find and do is looked at and done while both answers stream."""
    stop, looking = Stop(), threading.Lock()
    left: list[Message] = []

    def on_event(_number: int, event: SideEvent) -> None:
        if not isinstance(event, session.Delta) or not looking.acquire(blocking=False):
            return
        (conversation,) = store.conversations()
        stored = store.messages(answers(store, store.tree(conversation.id).path()[0].id))
        if len(stored) == 2 and all(message.text for message in stored):
            assert store.mark_interrupted() == 2
            left.extend(store.messages([message.id for message in stored]))
            stop.set()  # and nobody looks again
        else:
            looking.release()

    slow = Script(answers=(LONG,), tokens_per_s=100.0)
    desk = Desk({"one.gguf": slow, "other.gguf": slow})
    told = Sides(on_event)
    comparison(store, desk).run(None, "Why?", parent_id=None, sides=(ONE, OTHER), on_event=told, stop=stop)
    assert [message.status for message in left] == ["interrupted", "interrupted"]
    assert [told.answer(number).text.startswith(left[number].text) for number in (0, 1)] == [True, True]


def answers(store: ChatStore, question_id: str) -> list[str]:
    (conversation,) = store.conversations()
    return list(store.tree(conversation.id).children(question_id))


def test_a_question_that_is_there_gets_two_more_answers(store: ChatStore) -> None:
    log = ask(store, FakeEngine(Script(answers=("first",))), "Who are you?")
    question = store.tree(log.home).path()[0]
    told = Sides()
    comparison(store, Desk()).again(question, sides=(ONE, OTHER), on_event=told, stop=Stop())
    tree = store.tree(log.home)
    texts = [tree.message(answer_id).text for answer_id in tree.children(question.id)]
    assert texts == ["first", "I am one.", "I am other."]
    assert tree.tip_id == told.answer(0).id


def test_a_new_chat_gets_what_is_attached_its_folder_and_its_manner(store: ChatStore) -> None:
    told, notes = Sides(), Attachment("notes.txt", "The llama is blue.")
    comparison(store, Desk()).run(
        None,
        "What colour?",
        parent_id=None,
        sides=(ONE, OTHER),
        on_event=told,
        stop=Stop(),
        attachments=(notes,),
        manner=Manner("Be brief."),
    )
    conversation = store.conversation(told.home)
    assert conversation is not None
    assert conversation.manner == Manner("Be brief.")
    assert store.tree(told.home).path()[0].attachments == (notes,)


def test_sides_that_only_chance_would_tell_apart_are_refused_unless_that_is_wished(store: ChatStore) -> None:
    told = compare(store, Desk(), (ONE, replace(ONE, title="Another name")))
    assert "chance" in told.failure(0).error.message
    assert told.failure(1).answer is None
    assert store.conversations() == ()
    require_different((ONE, replace(ONE, sampling=(ANOTHER_TRY,))))
    told = compare(store, Desk(), (ONE, replace(ONE, sampling=(ANOTHER_TRY,))))
    assert told.answer(1).note == "Another try with the same settings."


def test_a_full_disk_is_told_on_both_sides_and_nothing_is_begun(store: ChatStore, database: Database) -> None:
    class Full(ChatStore):
        def begin_turn(self, *_args: object, **_kwargs: object) -> tuple[Message, Message]:
            raise DiskFull("The disk is full.", "Make room.")

    desk, told = Desk(), Sides()
    comparison(Full(database), desk).run(None, "Why?", parent_id=None, sides=(ONE, OTHER), on_event=told, stop=Stop())
    assert [type(told.failure(number).error) for number in (0, 1)] == [DiskFull, DiskFull]
    assert desk.acquired == []


def test_the_note_names_what_was_set_for_an_answer() -> None:
    mine = Persona("mine", "Pirate", Manner("Arr."))
    side = Side(None, "", "mine", ((TEMPERATURE.key, 0.0), (SEED.key, 7.0)))
    assert described(side, (mine,)) == "Set for this answer: Pirate, Temperature 0, Seed 7."
    assert described(Side(None, "", "gone"), (mine,)) == ""


def quiet(_fraction: float) -> None:
    pass


def test_an_engine_beside_the_loaded_one_ends_with_its_use_and_leaves_the_other_alone(tmp_path: Path) -> None:
    host = EngineHost(fake_load())
    first = host.acquire(LoadWish(tmp_path / "a"), on_progress=quiet, stop=Stop())
    with host.beside(LoadWish(tmp_path / "b"), on_progress=quiet, stop=Stop()) as second:
        assert host.current is first
        assert [first.is_alive, second.is_alive] == [True, True]
    assert [first.is_alive, second.is_alive] == [True, False]
    host.close()


@pytest.mark.parametrize("end", [EngineHost.close, EngineHost.release])
def test_whoever_ends_the_host_ends_the_engine_beside_it_too(tmp_path: Path, end: Callable[[EngineHost], None]) -> None:
    host = EngineHost(fake_load())
    with host.beside(LoadWish(tmp_path / "b"), on_progress=quiet, stop=Stop()) as second:
        end(host)
        assert not second.is_alive
    host.close()


def test_a_stop_breaks_the_load_of_a_second_engine_off(tmp_path: Path) -> None:
    stop = Stop()
    host = EngineHost(fake_load(Script(load_s=60.0)))
    beside = host.beside(LoadWish(tmp_path / "b"), on_progress=lambda _fraction: stop.set(), stop=stop)
    with pytest.raises(Cancelled):
        beside.__enter__()
    host.close()


@pytest.fixture
def two_models(tmp_path: Path) -> tuple[Path, Path]:
    starter = library.starter()
    return Path(shutil.copy(starter, tmp_path / "a.gguf")), Path(shutil.copy(starter, tmp_path / "b.gguf"))


@pytest.mark.model
@pytest.mark.parametrize("spare_bytes", [-1_000_000, 20_000_000])
def test_there_is_room_for_a_second_model_only_beside_the_weights_of_the_first(
    database: Database, two_models: tuple[Path, Path], spare_bytes: int
) -> None:
    """The system calls the memory of weights available that are only mapped."""
    one, other = two_models
    free_gb = 8.0

    def now() -> Machine:
        return machine(8, free_gb)

    plan = ModelDesk(Values(database), EngineHost(fake_load()), machine=now).outlook(other).plan
    host = EngineHost(fake_load(Script(plan=plan)))
    desk = ModelDesk(Values(database), host, machine=now)
    desk.acquire(quiet, Stop(), path=one)
    weights = sum(share.weights_bytes for share in plan.shares)
    free_gb = (LEAST_ROOM_BYTES + weights + least_bytes(desk, other) + spare_bytes) / 1e9
    assert not desk.outlook(other).plan.paged_bytes, "alone it fits"
    wish = desk.wish_beside(other)
    assert (wish is not None) == (spare_bytes > 0)
    assert wish is None or wish.context_tokens == plan.context_tokens
    host.close()


def least_bytes(desk: ModelDesk, path: Path) -> int:
    """Of memory, that the model runs in as well as it would alone."""
    found, wish = desk.outlook(path), desk.wish(path)
    enough, short = 8_000_000_000, LEAST_ROOM_BYTES
    while enough - short > 100_000:
        middle = (enough + short) // 2
        plan = planner.plan(found.model, machine(8, middle / 1e9), wish, size_bytes=found.size_bytes)
        is_as_well = plan is not None and not plan.paged_bytes and plan.context_tokens == found.plan.context_tokens
        is_as_well = is_as_well and plan is not None and plan.kv_type == found.plan.kv_type
        enough, short = (middle, short) if is_as_well else (enough, middle)
    return enough - LEAST_ROOM_BYTES


@pytest.mark.model
def test_the_real_model_answers_with_two_settings_and_both_are_kept(tmp_path: Path) -> None:
    home = Home(paths.places(tmp_path / "profile"), MemorySecrets())
    core = home.create().core
    try:
        told = real(core)
        first, second = told.answer(0), told.answer(1)
        assert first.text
        assert second.text
        assert first.stats is not None
        assert second.stats is not None
        assert second.stats.reused_tokens > 0, "the question is not read twice"
        assert second.note == "Set for this answer: Temperature 0."
        assert list(core.chats.tree(told.home).versions(first.id)) == [first.id, second.id]
    finally:
        core.close()
        home.close()


def real(core: Core) -> Sides:
    told, starter = Sides(), library.starter()
    short = ("answer.max_tokens", 12.0)
    sides = (
        Side(starter, "SmolLM2", sampling=(short, (TEMPERATURE.key, 1.0))),
        Side(starter, "SmolLM2", sampling=((TEMPERATURE.key, 0.0),)),
    )
    core.comparison(core.room(None)).run(
        None, "Name two colours.", parent_id=None, sides=sides, on_event=told, stop=Stop()
    )
    return told
