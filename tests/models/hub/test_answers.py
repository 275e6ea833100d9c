"""What a hub could say that cannot be right: refused with a sentence, or taken for unsaid. The real library reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any  # JSON that a test bends

import pytest

from app.errors import Untrustworthy
from app.models.hub.hub import Hub
from tests.fakehub import FakeHub, fake_hub
from tests.models.asked import API, NAME, Profile, add, edited, hub, profile

__all__ = ["fake_hub", "hub", "profile"]
pytestmark = pytest.mark.trust

ODD_ROWS: list[Any] = [
    {"id": "../../etc"},
    {"id": "one-part"},
    {"id": "a/b/c"},
    {"id": 7},
    {"id": "x/" + "y" * 97},
    {"id": "a..b/c"},
    {"id": "acme/‮evil"},
]


def test_rows_that_are_no_repositories_are_passed_over(fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    fake_hub.trouble.edit = lambda page: [*ODD_ROWS, *page]
    assert [found.repository for found in hub.search("tiny")] == [NAME]


def test_odd_values_in_a_row_are_taken_for_unsaid(fake_hub: FakeHub, hub: Hub) -> None:
    row = {"id": "a/b", "downloads": -1, "likes": True, "gguf": {"total": 1e9, "architecture": [1]}, "tags": {"a": 1}}
    fake_hub.trouble.edit = lambda page: [row, {"id": "c/d", "gguf": "x", "tags": ["license:\x1b[31m" + "m" * 5000]}]
    odd, long = hub.search("")
    assert (odd.downloads, odd.likes, odd.parameters, odd.architecture, odd.licence) == (0, 0, 0, "", "")
    assert len(long.licence) <= 96
    assert long.licence.isprintable()


NO_ANSWERS = {
    "html": b"<!doctype html><title>Welcome to this airport</title>",
    "another type": b'"no"',
    "rows of another type": b"[1, 2]",
    "empty": b"",
    "no end of it": b"[" * 200_000,
    "a number without end": b"[" + b"9" * 5000 + b"]",
    "not UTF-8": b'[{"id": "\xff\xfe"}]',
    "a date that is none": b'[{"id": "a/b", "lastModified": "yesterday"}]',
}


@pytest.mark.parametrize("body", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_what_is_no_answer_to_a_search_is_refused_with_a_sentence(
    body: bytes, fake_hub: FakeHub, profile: Profile
) -> None:
    fake_hub.trouble.answers["/api/models"] = body
    with pytest.raises(Untrustworthy, match="could not be understood"):
        profile.hub.search("tiny")
    assert len(fake_hub.calls) == 1
    assert profile.answers.get("search/40/tiny") is None


def test_an_answer_that_is_far_too_long_is_not_read_to_its_end(fake_hub: FakeHub, profile: Profile) -> None:
    fake_hub.trouble.answers["/api/models"] = b"[" + b" " * (33 * 2**20) + b"]"
    with pytest.raises(Untrustworthy):
        profile.hub.search("tiny")


def with_file(fake: FakeHub, **change: Any) -> None:
    """The first file of the repository says something else about itself."""

    def edit(about: Any) -> Any:
        about["siblings"][0] = {**about["siblings"][0], **change}
        return about

    fake.trouble.edit = edit


def lfs(sha256: Any = "0" * 64, size: Any = 84) -> dict[str, Any]:
    return {"sha256": sha256, "size": size, "pointerSize": 130}


HOSTILE: dict[str, Callable[[FakeHub], None]] = {
    "no commit": lambda fake: edited(fake, sha=None),
    "a commit that is none": lambda fake: edited(fake, sha="main"),
    "a commit that is a path": lambda fake: edited(fake, sha="../" * 13 + "a"),
    "no files": lambda fake: edited(fake, siblings="none"),
    "files of another type": lambda fake: edited(fake, siblings=[1]),
    "too many files": lambda fake: edited(fake, siblings=[{"rfilename": "a"}] * 10_001),
    "a file twice": lambda fake: edited(fake, siblings=[{"rfilename": "a.gguf", "size": 1}] * 2),
    "another repository": lambda fake: edited(fake, id=7),
    "upwards": lambda fake: with_file(fake, rfilename="../../.bashrc.gguf"),
    "absolute": lambda fake: with_file(fake, rfilename="/etc/x.gguf"),
    "backwards": lambda fake: with_file(fake, rfilename="..\\x.gguf"),
    "a drive": lambda fake: with_file(fake, rfilename="C:x.gguf"),
    "a device": lambda fake: with_file(fake, rfilename="CON.gguf"),
    "a line break": lambda fake: with_file(fake, rfilename="a\nb.gguf"),
    "turned around": lambda fake: with_file(fake, rfilename="a\u202efugg.gguf"),
    "too long": lambda fake: with_file(fake, rfilename="x" * 300 + ".gguf"),
    "half a character": lambda fake: with_file(fake, rfilename="\ud800.gguf"),
    "no name": lambda fake: with_file(fake, rfilename=None),
    "less than nothing": lambda fake: with_file(fake, size=-1, lfs=lfs(size=-1)),
    "nothing": lambda fake: with_file(fake, size=0, lfs=lfs(size=0)),
    "larger than any": lambda fake: with_file(fake, size=3 * 10**12, lfs=lfs(size=3 * 10**12)),
    "half a byte": lambda fake: with_file(fake, size=0.5, lfs=lfs(size=0.5)),
    "size in words": lambda fake: with_file(fake, size="84", lfs=lfs(size="84")),
    "two sizes": lambda fake: with_file(fake, size=84, lfs=lfs(size=85)),
    "a hash that is a path": lambda fake: with_file(fake, lfs=lfs(sha256="../x")),
    "a hash that is a number": lambda fake: with_file(fake, lfs=lfs(sha256=7)),
    "a blob that is none": lambda fake: with_file(fake, blobId="main"),
    "hashes of another form": lambda fake: with_file(fake, lfs="yes"),
}


@pytest.mark.parametrize("bend", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_repository_that_cannot_be_right_is_refused_with_a_sentence(
    bend: Callable[[FakeHub], None], fake_hub: FakeHub, profile: Profile
) -> None:
    add(fake_hub)
    bend(fake_hub)
    with pytest.raises(Untrustworthy) as raised:
        profile.hub.repository(NAME)
    assert raised.value.message.endswith(".")
    assert raised.value.next_step
    assert fake_hub.lines == [f"GET hub {API}"]
    assert profile.answers.get(f"repository/{NAME}@main") is None


@pytest.mark.parametrize("body", [*NO_ANSWERS.values(), b"{}", b"[]", b"null"])
def test_what_is_no_repository_is_refused_with_a_sentence(body: bytes, fake_hub: FakeHub, hub: Hub) -> None:
    fake_hub.trouble.answers[API] = body
    with pytest.raises(Untrustworthy):
        hub.repository(NAME)


def test_an_odd_file_that_nobody_would_fetch_spoils_nothing(fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    with_file(fake_hub, rfilename="pictures/what?.png", size=-5, lfs=None)
    assert [variant.name for variant in hub.repository(NAME).variants] == ["Tiny-Q4_K_M"]


def test_odd_words_about_a_repository_are_cut_or_left_out(fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    card = {"license": ["mit", 1], "license_name": "\u202e" + "x" * 500, "base_model": "../../etc/passwd"}
    edited(fake_hub, cardData=card, gguf=[1], gated="surely", lastModified="2026-07-02T00:00:00.000Z")
    found = hub.repository(NAME)
    assert (found.licence, found.base_model, found.is_gated, found.parameters) == ("mit", "", True, 0)
    assert len(found.licence_name) <= 96
    assert found.licence_name.isprintable()
    assert found.updated == "2026-07-02"
