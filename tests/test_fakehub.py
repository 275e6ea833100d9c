"""The fake hub answers as the real one: what tests believe of downloads stands on this."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.fakehub import FakeHub, fake_hub

__all__ = ["fake_hub"]
BYTES = bytes(range(256)) * 40
NAME = "acme/Tiny-GGUF"


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(follow_redirects=True, trust_env=False) as client:
        yield client


def address(hub: FakeHub, **more: bool | str) -> str:
    commit = hub.add(NAME, {"a.gguf": BYTES, "LICENSE": b"Be good.\n"}, gated=more.get("gated", False))
    return f"{hub.url}/{NAME}/resolve/{commit}/a.gguf"


def test_weights_come_from_another_host_and_the_hub_says_what_they_must_be(
    fake_hub: FakeHub, http: httpx2.Client
) -> None:
    url = address(fake_hub)
    head = http.head(url, follow_redirects=False)
    sha256 = hashlib.sha256(BYTES).hexdigest()
    assert head.status_code == 302
    assert head.headers["X-Linked-Etag"] == f'"{sha256}"'
    assert head.headers["X-Linked-Size"] == str(len(BYTES))
    assert f"/{head.headers['X-Repo-Commit']}/" in url
    assert http.get(url).content == BYTES
    assert [call.host for call in fake_hub.calls] == ["127.0.0.1", "127.0.0.1", "localhost"]


def test_small_files_come_at_once_under_their_git_name(fake_hub: FakeHub, http: httpx2.Client) -> None:
    answer = http.get(address(fake_hub).replace("a.gguf", "LICENSE"))
    assert answer.content == b"Be good.\n"
    assert answer.headers["ETag"] == f'"{hashlib.sha1(b"blob 9" + bytes(1) + answer.content).hexdigest()}"'


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("bytes=100-", 100, 10_239), ("bytes=5-9", 5, 9), ("bytes=-3", 10_237, 10_239)]
)
def test_a_range_is_a_part(asked: str, first: int, last: int, fake_hub: FakeHub, http: httpx2.Client) -> None:
    answer = http.get(address(fake_hub), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, BYTES[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(BYTES)}"


def test_a_range_of_another_file_is_the_whole(fake_hub: FakeHub, http: httpx2.Client) -> None:
    url = address(fake_hub)
    etag = http.get(url).headers["ETag"]
    same = http.get(url, headers={"Range": "bytes=100-", "If-Range": etag})
    other = http.get(url, headers={"Range": "bytes=100-", "If-Range": '"other"'})
    assert (same.status_code, other.status_code, other.content) == (206, 200, BYTES)


def test_a_range_beyond_the_end_is_refused(fake_hub: FakeHub, http: httpx2.Client) -> None:
    answer = http.get(address(fake_hub), headers={"Range": f"bytes={len(BYTES)}-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(BYTES)}")


def test_a_gated_file_is_for_those_who_were_let_in(fake_hub: FakeHub, http: httpx2.Client) -> None:
    url = address(fake_hub, gated="manual")
    stranger, known = http.get(url), http.get(url, headers={"Authorization": "Bearer hf_x"})
    assert [stranger.status_code, known.status_code] == [401, 403]
    assert stranger.headers["X-Error-Code"] == known.headers["X-Error-Code"] == "GatedRepo"
    fake_hub.grant("hf_x", NAME)
    assert http.get(url, headers={"Authorization": "Bearer hf_x"}).content == BYTES


def test_trouble_comes_when_it_is_told_to(fake_hub: FakeHub, http: httpx2.Client, tmp_path: Path) -> None:
    url = address(fake_hub)
    fake_hub.trouble.cut_at, fake_hub.trouble.cuts = 1000, 1
    with pytest.raises(httpx2.RemoteProtocolError, match="received 1000 bytes"):
        http.get(url)
    assert http.get(url).content == BYTES
    fake_hub.trouble.corrupt_at = 7
    spoilt = http.get(url).content
    assert (spoilt[7], spoilt[:7] + spoilt[8:]) == (BYTES[7] ^ 0xFF, BYTES[:7] + BYTES[8:])
    fake_hub.trouble.ignores_range = True
    assert http.get(url, headers={"Range": "bytes=9-"}).status_code == 200
    fake_hub.trouble.statuses = [429, 503]
    assert [http.get(url).headers["Retry-After"] for _each in range(2)] == ["7", "7"]


def test_large_files_are_served_from_the_disk(fake_hub: FakeHub, http: httpx2.Client, tmp_path: Path) -> None:
    path = tmp_path / "large.gguf"
    path.write_bytes(BYTES)
    commit = fake_hub.add(NAME, {"a.gguf": path})
    url = f"{fake_hub.url}/{NAME}/resolve/{commit}/a.gguf"
    assert http.get(url).content == BYTES
    assert http.get(url, headers={"Range": "bytes=-1"}).content == BYTES[-1:]
