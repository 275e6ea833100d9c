"""The maintainers' comparison of the catalogue with the hub, against the fake one and the real huggingface_hub."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # JSON

import catalogue as command
import pytest

from app.errors import NetworkRefused
from app.models.hub import catalogue
from app.net.policy import AdminPolicy
from app.net.tripwire import Door
from tests.fakehub import FakeHub, fake_hub

__all__ = ["fake_hub"]
KNOWN = catalogue.read()
EIGHT = "bartowski/Meta-Llama-3.1-8B-Instruct-GGUF"


@pytest.fixture
def content() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(catalogue.file().read_text("utf-8"))
    return loaded


@pytest.fixture
def stocked(fake_hub: FakeHub) -> FakeHub:
    """Everything as the catalogue says. Part numbers stand where the larger files have them."""
    for entry in KNOWN.models:
        fake_hub.add(entry.base, {"LICENSE": b"Be good.\n"}, licence=entry.licence, gated=entry.is_gated)
        for source in entry.sources:
            files = {f"{source.variant(name)}-00001-of-00001.gguf": b"GGUF" for name in source.quantisations}
            fake_hub.add(source.repository, files, licence=entry.licence)
    return fake_hub


def look(fake: FakeHub, door: Door) -> Mapping[str, command.Answer]:
    return command.asked(command.names(KNOWN), door, admin=AdminPolicy(), endpoint=fake.endpoint)[0]


def found_of(fake: FakeHub, door: Door, content: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    return command.renewed(content, look(fake, door))


def test_a_catalogue_that_fits_is_left_as_it_is(stocked: FakeHub, loopback: Door, content: dict[str, Any]) -> None:
    assert found_of(stocked, loopback, content) == (content, [])


def test_every_repository_is_asked_about_once_and_nothing_else(stocked: FakeHub, loopback: Door) -> None:
    _answers, requests = command.asked(command.names(KNOWN), loopback, admin=AdminPolicy(), endpoint=stocked.endpoint)
    assert stocked.lines == [f"GET hub /api/models/{name}" for name in command.names(KNOWN)]
    assert requests == len(stocked.lines)
    assert not any(call.token for call in stocked.calls)


def test_what_is_gone_is_told_and_taken_out(stocked: FakeHub, loopback: Door, content: dict[str, Any]) -> None:
    files = {f"Meta-Llama-3.1-8B-Instruct-{name}.gguf": b"GGUF" for name in ("IQ2_M", "Q3_K_M", "Q4_K_M", "Q8_0")}
    stocked.replace(EIGHT, {**files, "Meta-Llama-3.1-8B-Instruct-Q2_K.gguf": b"GGUF"})
    changed, found = found_of(stocked, loopback, content)
    assert found == [
        f"llama-3.1-8b-instruct: {EIGHT}: offers Q2_K as well",
        f"llama-3.1-8b-instruct: {EIGHT}: no longer offers IQ4_XS, Q5_K_M, Q6_K",
    ]
    assert changed["models"][0]["sources"][0]["quantisations"] == ["IQ2_M", "Q3_K_M", "Q4_K_M", "Q8_0"]
    assert catalogue.parse(json.dumps(changed)).problems == ()


def test_a_source_without_anything_of_use_is_for_a_person(
    stocked: FakeHub, loopback: Door, content: dict[str, Any]
) -> None:
    stocked.replace(EIGHT, {"other-Q4_K_M.gguf": b"GGUF"})
    assert found_of(stocked, loopback, content) == (
        content,
        [f"llama-3.1-8b-instruct: {EIGHT}: offers none of what is listed: find another source"],
    )


def test_a_repository_that_is_gone_is_for_a_person(stocked: FakeHub, loopback: Door, content: dict[str, Any]) -> None:
    del stocked.repositories[EIGHT]
    changed, found = found_of(stocked, loopback, content)
    assert changed == content
    assert len(found) == 1
    assert found[0].startswith(f"llama-3.1-8b-instruct: {EIGHT}: The hub has no model under this name")


def test_a_repository_with_a_new_name_is_for_a_person(
    stocked: FakeHub, loopback: Door, content: dict[str, Any]
) -> None:
    def renamed(answer: Any) -> Any:
        return {**answer, "id": "somebody/else"} if answer.get("id") == EIGHT else answer

    stocked.trouble.edit = renamed
    changed, found = found_of(stocked, loopback, content)
    assert changed == content
    assert found == [f"llama-3.1-8b-instruct: {EIGHT}: The hub now calls this model somebody/else."]


def test_licence_and_gate_of_the_base_follow_the_hub(stocked: FakeHub, loopback: Door, content: dict[str, Any]) -> None:
    base = "meta-llama/Llama-3.2-1B-Instruct"
    stocked.add(base, {"LICENSE": b"Be good.\n"}, licence="llama3.3")
    changed, found = found_of(stocked, loopback, content)
    assert found == [
        f"llama-3.2-1b-instruct: {base}: the licence is llama3.3 now, not llama3.2",
        f"llama-3.2-1b-instruct: {base}: no longer gated",
    ]
    entry = next(model for model in changed["models"] if model["base"] == base)
    assert (entry["licence"], entry["is_gated"]) == ("llama3.3", False)


def test_a_source_that_asks_for_a_token_is_for_a_person(
    stocked: FakeHub, loopback: Door, content: dict[str, Any]
) -> None:
    stocked.repositories[EIGHT].gated = "auto"
    _changed, found = found_of(stocked, loopback, content)
    assert found == [f"llama-3.1-8b-instruct: {EIGHT}: gated, which no source should be"]


def test_an_administrator_who_says_never_is_obeyed(stocked: FakeHub, loopback: Door) -> None:
    with pytest.raises(NetworkRefused):
        command.asked(command.names(KNOWN), loopback, admin=AdminPolicy(is_never=True), endpoint=stocked.endpoint)
    assert stocked.calls == []


def test_without_the_word_for_it_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 0
    assert EIGHT in capsys.readouterr().out


def test_only_a_catalogue_that_the_app_reads_whole_is_written(tmp_path: Path, content: dict[str, Any]) -> None:
    copy = Path(shutil.copy(catalogue.file(), tmp_path / "catalogue.json"))
    before = copy.read_bytes()
    content["models"][0]["licence"] = "mystery"
    with pytest.raises(SystemExit, match="licence: mystery"):
        command.write(content, copy)
    assert copy.read_bytes() == before
    content["models"][0]["licence"] = "llama3.2"
    command.write(content, copy)
    assert catalogue.read(copy).models[0].licence == "llama3.2"
