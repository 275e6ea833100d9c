"""One list of what is on this computer, wherever it came from, and what may be done with each of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine.client import Stop
from app.errors import ModelFault, StorageFault
from app.journeys.holdings import Holding, Holdings
from app.models import library
from app.models.embedder import EMBEDDER_TITLE
from app.models.shelf import manifest
from app.models.shelf.elsewhere import Elsewhere
from app.net.policy import AdminPolicy
from app.settings import ADAPTERS, SEARCH_MODEL
from tests.fakehub import FakeHub
from tests.journeys.opened import Open, Opened
from tests.models import forge, stocked

pytestmark = pytest.mark.model

REPOSITORY = "acme/Tiny-Llama-GGUF"
FILE = "Tiny-Llama-Q4_K_M.gguf"


@pytest.fixture
def opened(profile: Open) -> Iterator[Opened]:
    with profile() as made:
        yield made
        assert made.hub.lines == [], "what is here is nobody else's business"


@pytest.fixture
def mine(opened: Opened) -> Path:
    """A model in the profile's own folder, as a download leaves it. Returns its file."""
    return stocked.put(opened.core.places.models) / "Llama-Q4_K_M.gguf"


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


def model(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return forge.llama(path, keys={"tokenizer.chat_template": stocked.TEMPLATE})


def holding(opened: Opened, path: Path) -> Holding:
    return next(each for each in opened.core.holdings.all() if each.path == path)


def origins(opened: Opened) -> dict[str, str]:
    return {each.title: each.origin for each in opened.core.holdings.all()}


def told(_done_bytes: int, _total_bytes: int) -> None:
    """Nobody looks at the progress."""


def acquire(opened: Opened) -> None:
    opened.core.desk.acquire(lambda _fraction: None, Stop())


# What there is.


def test_a_new_profile_has_the_two_models_that_came_with_paddock(opened: Opened) -> None:
    starter, embedder = opened.core.holdings.all()
    assert (starter.title, starter.origin, starter.kind, starter.state) == (
        library.STARTER_TITLE,
        "starter",
        "chat",
        "ready",
    )
    assert (embedder.title, embedder.origin, embedder.kind) == (EMBEDDER_TITLE, "starter", "embedding")
    assert not starter.is_chosen, "nobody has chosen yet"


def test_each_origin_is_told(profile: Open, tmp_path: Path) -> None:
    shared = tmp_path / "srv"
    stocked.put(shared, "acme/Shared-GGUF", title="Everybody's")
    theirs = Elsewhere(model(tmp_path / "other" / "theirs.gguf"), "Theirs", "LM Studio", 1)
    with profile(admin=AdminPolicy(model_folders=(shared,)), elsewhere=(theirs,)) as opened:
        stocked.put(opened.core.places.models, title="Fetched")
        model(opened.core.places.models / "loose.gguf")
        opened.core.holdings.use(model(tmp_path / "documents" / "opened.gguf"))
        assert origins(opened) == {
            library.STARTER_TITLE: "starter",
            "Fetched": "fetched",
            "loose": "own_file",
            "Everybody's": "shared",
            "opened": "opened",
            EMBEDDER_TITLE: "starter",
            "Theirs": "elsewhere",
        }
        (other,) = [each for each in opened.core.holdings.all() if each.origin == "elsewhere"]
        assert (other.program, other.quantisation, other.kind) == ("LM Studio", "Q4_K_M", "chat")


def test_what_was_fetched_is_here_under_its_title_and_can_be_used(
    profile: Open, fake_hub: FakeHub, tmp_path: Path
) -> None:
    fake_hub.add(REPOSITORY, {FILE: model(tmp_path / FILE)}, licence="apache-2.0")
    with profile() as opened:
        opened.fetched(REPOSITORY, "Q4_K_M")
        (arrival,) = opened.arrivals
        opened.core.holdings.use(arrival.path)
        found = holding(opened, arrival.path)
        assert (found.title, found.origin, found.state, found.is_chosen) == (FILE[:-5], "fetched", "ready", True)
        assert opened.core.desk.titles.of(arrival.path) == found.title
        acquire(opened)


def test_the_same_file_found_twice_is_listed_once(profile: Open, tmp_path: Path) -> None:
    theirs = model(tmp_path / "theirs" / "same.gguf")
    (tmp_path / "link.gguf").symlink_to(theirs)
    found = (Elsewhere(theirs, "Theirs", "Jan", 1), Elsewhere(tmp_path / "link.gguf", "Linked", "Ollama", 1))
    with profile(elsewhere=found) as opened:
        assert [each.title for each in opened.core.holdings.all() if each.origin == "elsewhere"] == ["Theirs"]
        opened.core.holdings.use(theirs, "As they call it")
        (again,) = [each for each in opened.core.holdings.all() if "theirs" in str(each.path) or "link" in each.title]
        assert (again.title, again.origin, again.is_chosen) == ("Theirs", "elsewhere", True)


def test_missing_and_changed_files_are_told(opened: Opened, mine: Path, tmp_path: Path) -> None:
    gone, other = model(tmp_path / "gone.gguf"), model(tmp_path / "other.gguf")
    for path in (gone, other):
        opened.core.holdings.use(path)
    opened.core.holdings.verify(opened.core.holdings.shelf.all()[0], told, threading.Event())
    gone.unlink()
    other.write_bytes(b"a letter to my aunt")
    mine.write_bytes(mine.read_bytes()[:-1] + b"!")
    found = {each.path: each for each in opened.core.holdings.all()}
    assert (found[gone].state, found[other].state, found[mine].state) == ("missing", "changed", "changed")
    assert all(found[path].words for path in (gone, other, mine))
    mine.unlink()
    assert holding(opened, mine).state == "missing"


def test_a_model_without_all_its_parts_is_missing(opened: Opened) -> None:
    home = stocked.put(opened.core.places.models, parts=2)
    parts = sorted(home.glob("*.gguf"))
    assert holding(opened, parts[0]).size_bytes == sum(part.stat().st_size for part in parts)
    parts[1].unlink()
    assert holding(opened, parts[0]).state == "missing"


def test_two_looks_at_the_same_time_make_the_embedder_once(opened: Opened, tmp_path: Path) -> None:
    made: list[Path] = []
    both_look = threading.Barrier(2)

    def make() -> Path:
        made.append(model(tmp_path / "embedder.gguf"))
        return made[-1]

    holdings = Holdings(
        desk=opened.core.desk,
        host=opened.core.host,
        shelf=opened.core.holdings.shelf,
        folders=opened.core.holdings.folders,
        embedder=make,
        search_model=opened.core._works.search_model,
        find_elsewhere=lambda: (),
    )
    found: list[tuple[Holding, ...]] = []

    def look() -> None:
        both_look.wait()
        found.append(holdings.all())

    threads = [threading.Thread(target=look) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert [each.title for each in found[0]] == [library.STARTER_TITLE, EMBEDDER_TITLE]
    assert len(made) == 1


# Deleting and moving.


def test_deleting_the_chosen_model_gives_its_space_back_and_the_starter_answers(opened: Opened, mine: Path) -> None:
    opened.core.holdings.use(mine)
    acquire(opened)
    shelved = holding(opened, mine).shelved
    assert shelved is not None
    size_bytes = mine.stat().st_size
    assert opened.core.holdings.delete(shelved) >= size_bytes
    assert not mine.parent.exists()
    assert opened.core.host.current is None, "nothing holds the file any more"
    assert opened.core.desk.path() == library.starter()
    assert mine not in [each.path for each in opened.core.holdings.all()]
    acquire(opened)


def test_deleting_another_model_leaves_the_chosen_one_loaded(opened: Opened, mine: Path) -> None:
    acquire(opened)
    shelved = holding(opened, mine).shelved
    assert shelved is not None
    opened.core.holdings.delete(shelved)
    assert opened.core.host.current is not None


def test_moving_the_chosen_model_keeps_it_chosen_with_title_and_settings(
    opened: Opened, mine: Path, tmp_path: Path, stop: threading.Event
) -> None:
    opened.core.holdings.use(mine, "My own words")
    drive = tmp_path / "drive"
    shelved = holding(opened, mine).shelved
    assert shelved is not None
    moved = opened.core.holdings.move(shelved, drive, told, stop)
    assert not mine.exists()
    assert opened.core.desk.chosen() == moved
    assert opened.core.desk.titles.of(moved) == "My own words"
    found = holding(opened, moved)
    assert (found.origin, found.is_chosen) == ("fetched", True), "it is still one of ours, wherever it was moved to"
    assert drive in [use.folder for use in opened.core.holdings.disk_use().folders]
    assert opened.core.holdings.folders.current() == opened.core.places.models, "new ones go where they went before"
    assert [each.path for each in opened.core.holdings.all() if each.origin == "opened"] == []
    acquire(opened)


def test_a_move_that_does_not_work_out_leaves_the_model_chosen(
    opened: Opened, mine: Path, tmp_path: Path, stop: threading.Event
) -> None:
    opened.core.holdings.use(mine)
    shelved = holding(opened, mine).shelved
    assert shelved is not None
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises((ModelFault, StorageFault)):
        opened.core.holdings.move(shelved, tmp_path / "file", told, stop)
    assert opened.core.desk.chosen() == mine
    acquire(opened)


def test_a_folder_of_the_administrator_is_only_ever_read(profile: Open, tmp_path: Path, stop: threading.Event) -> None:
    shared = tmp_path / "srv"
    home = stocked.put(shared)
    before = stocked.content(shared)
    with profile(admin=AdminPolicy(model_folders=(shared,))) as opened:
        found = holding(opened, home / "Llama-Q4_K_M.gguf")
        shelved = found.shelved
        assert shelved is not None
        assert found.origin == "shared"
        opened.core.holdings.use(found.path)
        acquire(opened)
        engine = opened.core.host.current
        assert opened.core.holdings.verify(shelved, told, stop).is_right
        with pytest.raises(ModelFault, match="shared by everyone"):
            opened.core.holdings.delete(shelved)
        with pytest.raises(ModelFault, match="shared by everyone"):
            opened.core.holdings.move(shelved, opened.core.places.models, told, stop)
        assert opened.core.host.current is engine, "what is refused puts nothing down"
        assert opened.core.desk.chosen() == found.path
        assert opened.core.holdings.export(shelved, tmp_path, told, stop).is_dir()
    assert stocked.content(shared) == before
    assert [path.name for path in shared.rglob("*") if path.name.startswith(".")] == []


def test_what_others_put_there_is_not_deleted(opened: Opened, tmp_path: Path) -> None:
    loose = model(opened.core.places.models / "loose.gguf")
    shelved = holding(opened, loose).shelved
    assert shelved is not None
    with pytest.raises(ModelFault, match="did not put this file here"):
        opened.core.holdings.delete(shelved)
    theirs = model(tmp_path / "theirs.gguf")
    opened.core.holdings.use(theirs)
    opened.core.holdings.forget(theirs)
    assert theirs.exists()
    assert opened.core.desk.path() == library.starter()
    assert theirs not in [each.path for each in opened.core.holdings.all()]


def test_a_model_carried_on_a_stick_is_here_checked_and_without_a_request(
    opened: Opened, mine: Path, tmp_path: Path, stop: threading.Event
) -> None:
    shelved = holding(opened, mine).shelved
    assert shelved is not None
    assert holding(opened, mine).state == "unverified"
    stick = opened.core.holdings.export(shelved, tmp_path, told, stop)
    opened.core.holdings.delete(shelved)
    brought = opened.core.holdings.bring(stick, told, stop)
    assert brought == mine
    assert (holding(opened, mine).state, holding(opened, mine).title) == ("ready", "A Llama")
    opened.core.holdings.use(brought)
    acquire(opened)


# Adapters.


@pytest.fixture
def adapter(opened: Opened) -> Path:
    """In a folder of ours, as a download leaves it, and made for the starter."""
    home = opened.core.places.models / "acme" / "Style-GGUF" / "style-01234567"
    home.mkdir(parents=True)
    keys: dict[str, forge.Value] = {"general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora"}
    tensors = [forge.Tensor(f"blk.0.attn_q.weight.lora_{half}", (576, 8)) for half in "ab"]  # as wide as the starter
    made = forge.write(home / "style.gguf", {**keys, "adapter.lora.alpha": 8.0}, tensors)
    stocked.described(home, "A style", "acme/Style-GGUF")
    stocked.relabel(home, kind="adapter")
    return made


def attached(opened: Opened) -> list[str]:
    return [wish.path for wish in opened.core.desk.wish(library.starter()).adapters]


def test_an_adapter_says_what_it_goes_with_and_is_attached_to_the_model_that_answers(
    opened: Opened, adapter: Path, mine: Path
) -> None:
    found = holding(opened, adapter)
    assert (found.kind, found.title) == ("adapter", "A style")
    assert found.goes_with == (library.STARTER_TITLE,), "the other one is a Llama as well, but narrower"
    assert opened.core.holdings.attach(adapter) == library.STARTER_TITLE
    assert opened.core.holdings.attach(adapter) == library.STARTER_TITLE
    assert attached(opened) == [str(adapter)], "once, however often it is asked for"
    with pytest.raises(ModelFault, match="no adapter"):
        opened.core.holdings.attach(mine)


def test_an_adapter_for_another_family_is_refused(opened: Opened, adapter: Path, tmp_path: Path) -> None:
    shape = forge.SHAPES["tiny"]
    keys = {key.replace("llama.", "qwen2."): value for key, value in forge.llama_keys(shape, "Q4_K_M").items()}
    keys |= {"general.architecture": "qwen2", "tokenizer.chat_template": stocked.TEMPLATE}
    opened.core.holdings.use(forge.write(tmp_path / "other.gguf", keys, forge.llama_tensors(shape, "Q4_K_M")))
    with pytest.raises(ModelFault, match="another kind of model"):
        opened.core.holdings.attach(adapter)
    assert "other" not in holding(opened, adapter).goes_with


def test_an_adapter_that_is_deleted_is_no_longer_attached(opened: Opened, adapter: Path) -> None:
    opened.core.holdings.attach(adapter)
    shelved = holding(opened, adapter).shelved
    assert shelved is not None
    opened.core.holdings.delete(shelved)
    assert attached(opened) == []


def test_an_adapter_that_is_moved_stays_attached_at_its_strength(
    opened: Opened, adapter: Path, tmp_path: Path, stop: threading.Event
) -> None:
    opened.core.desk.options(library.starter()).set(ADAPTERS, (f"0.5 {adapter}",))
    shelved = holding(opened, adapter).shelved
    assert shelved is not None
    (tmp_path / "drive").mkdir()
    moved = opened.core.holdings.move(shelved, tmp_path / "drive", told, stop)
    assert opened.core.desk.options(library.starter()).get(ADAPTERS) == (f"0.5 {moved}",)


# Folders.


def test_another_folder_is_used_from_then_on_and_the_earlier_one_still_counts(
    opened: Opened, mine: Path, tmp_path: Path
) -> None:
    drive = tmp_path / "drive"
    drive.mkdir()
    opened.core.holdings.folders.choose(drive)
    there = stocked.put(drive, "acme/There-GGUF", title="There") / "Llama-Q4_K_M.gguf"
    assert [each.path for each in opened.core.holdings.all() if each.origin == "fetched"] == [there, mine]
    assert [use.folder for use in opened.core.holdings.disk_use().folders] == [drive, opened.core.places.models]
    opened.core.holdings.use(there)
    drive.rename(tmp_path / "unplugged")
    found = holding(opened, there)
    assert (found.state, found.is_chosen) == ("missing", True)
    assert "drive" in found.words
    with pytest.raises(ModelFault, match="drive"):
        acquire(opened)


def test_a_download_goes_to_the_folder_that_was_chosen(profile: Open, fake_hub: FakeHub, tmp_path: Path) -> None:
    fake_hub.add(REPOSITORY, {FILE: model(tmp_path / FILE)}, licence="apache-2.0")
    drive = tmp_path / "drive"
    drive.mkdir()
    with profile() as opened:
        opened.core.holdings.folders.choose(drive)
        opened.fetched(REPOSITORY, "Q4_K_M")
        assert opened.arrivals[0].path.is_relative_to(drive)
        assert not opened.core.places.models.exists()


def test_what_was_never_finished_is_removed_and_what_is_still_needed_is_not(opened: Opened) -> None:
    owner = opened.core.places.models / "acme" / "Tiny-GGUF"
    needed, left = owner / "tiny-01234567.part", owner / "tiny-89abcdef.part"
    for staging in (needed, left):
        staging.mkdir(parents=True)
        (staging / "tiny.gguf.0123456789abcdef.part").write_bytes(b"x" * 5_000)
    assert opened.core.holdings.clear_unfinished([needed]) >= 5_000
    assert needed.is_dir()
    assert not left.exists()


def test_a_download_waits_for_the_drive_that_it_was_ordered_to(
    profile: Open, fake_hub: FakeHub, tmp_path: Path
) -> None:
    fake_hub.add(REPOSITORY, {FILE: model(tmp_path / FILE)}, licence="apache-2.0")
    drive, gone = tmp_path / "drive", tmp_path / "gone"
    drive.mkdir()
    with profile() as opened:
        opened.core.holdings.folders.choose(drive)
        drive.rename(gone)
        with pytest.raises(StorageFault, match="not connected"):
            opened.fetched(REPOSITORY, "Q4_K_M")
        assert not drive.exists()
        gone.rename(drive)
        assert opened.fetched(REPOSITORY, "Q4_K_M").state == "done"


def test_the_model_that_searches_is_marked_and_followed(opened: Opened, tmp_path: Path) -> None:
    core = opened.core
    (own,) = (each for each in core.holdings.all() if each.kind == "embedding")
    assert own.is_searching
    home = manifest.home_of(core.places.models, "acme/Other-GGUF", "Other-F16", stocked.COMMIT)
    home.mkdir(parents=True)
    other = home / "Other-F16.gguf"
    other.write_bytes(own.path.read_bytes().replace(b"MiniLM", b"Other1", 1))
    stocked.described(home, "Other", "acme/Other-GGUF")
    core.use_search_model(other)
    assert [each.title for each in core.holdings.all() if each.is_searching] == ["Other"]
    (tmp_path / "drive").mkdir()
    moved = core.holdings.move(holding(opened, other).as_shelved(), tmp_path / "drive", told, threading.Event())
    assert core.settings.get(SEARCH_MODEL) == str(moved)
    assert holding(opened, moved).is_searching
    core.holdings.delete(holding(opened, moved).as_shelved())
    assert core.settings.get(SEARCH_MODEL) == ""
    assert holding(opened, own.path).is_searching
