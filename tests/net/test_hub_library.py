"""huggingface_hub goes through the same door, asks for exactly what it was told to, and nothing on its own account."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from app import __version__
from app.errors import NetworkRefused, Unreachable, Untrustworthy
from app.net.client import MAX_REQUESTS, NetClient
from app.net.gate import ConsentNeeded, Errand
from app.net.hub_library import hub_api
from app.net.policy import DETAILS, DOWNLOAD, SEARCH
from app.net.store import Ledger
from app.net.tripwire import Door
from tests.net.conftest import Answer, Server, gate

if TYPE_CHECKING:
    from huggingface_hub import HfApi

pytestmark = pytest.mark.trust
COMMIT = "0123456789abcdef0123456789abcdef01234567"
INFO = json.dumps({"id": "owner/name", "sha": COMMIT, "siblings": [], "tags": []}).encode()
ASKING = Errand(DETAILS, "owner/name")

Call = Callable[["HfApi", Path], Any]  # Any: each call has its own kind of answer, which these tests do not look at
CALLS: dict[str, Call] = {
    "model_info": lambda api, folder: api.model_info("owner/name", files_metadata=True),
    "list_models": lambda api, folder: list(api.list_models(search="llama", filter="gguf", limit=5)),
    "hf_hub_download": lambda api, folder: api.hf_hub_download("owner/name", "a.txt", local_dir=folder),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


@pytest.fixture
def api(client: NetClient, server: Server) -> HfApi:
    headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{COMMIT}"', "Content-Length": "5"}
    server.answers["/api/models/owner/name"] = Answer(INFO)
    server.answers["/api/models"] = Answer(b"[]")
    server.answers["/owner/name/resolve/main/a.txt"] = Answer(b"hello", headers=headers)
    server.answers[f"/owner/name/resolve/{COMMIT}/a.txt"] = Answer(b"hello", headers=headers)
    return hub_api(client)


@pytest.fixture(params=["ask", "never"])
def refused(request: pytest.FixtureRequest, ledger: Ledger) -> Iterator[NetClient]:
    """A client of the real hub whose gate refuses, without `loopback`."""
    made = NetClient(gate(request.param), ledger, door=Door())
    yield made
    made.close()


@each_call
def test_a_refused_call_looks_up_no_name_and_leaves_no_trace(
    call: Call, refused: NetClient, ledger: Ledger, tmp_path: Path, socket_events: list[str]
) -> None:
    api = hub_api(refused)
    socket_events.clear()
    with refused.errand(ASKING), pytest.raises(NetworkRefused) as raised:
        call(api, tmp_path / "to")
    assert isinstance(raised.value, ConsentNeeded) or "did not contact" in raised.value.message
    assert socket_events == []
    assert ledger.rows() == ()


@each_call
def test_a_call_outside_of_an_errand_is_refused(call: Call, api: HfApi, server: Server, tmp_path: Path) -> None:
    with pytest.raises(NetworkRefused):
        call(api, tmp_path / "to")
    assert server.seen == []


def test_details_are_one_request_and_no_other(api: HfApi, client: NetClient, server: Server, ledger: Ledger) -> None:
    with client.errand(ASKING):
        assert api.model_info("owner/name", files_metadata=True).sha == COMMIT
    assert server.lines == ["GET /api/models/owner/name?blobs=true"]
    assert [(row.purpose, row.path) for row in ledger.rows()] == [("details", "/api/models/owner/name")]


def test_a_search_is_one_request_and_no_other(api: HfApi, client: NetClient, server: Server) -> None:
    with client.errand(Errand(SEARCH, "llama")):
        list(api.list_models(search="llama", filter="gguf", limit=5))
    assert server.lines == ["GET /api/models?filter=gguf&search=llama&limit=5"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_search_that_meets_trouble_is_not_repeated_behind_our_back(
    status: int, api: HfApi, client: NetClient, server: Server
) -> None:
    server.answers["/api/models"] = Answer(b"", status, {"Retry-After": "600"})
    with client.errand(Errand(SEARCH, "llama")), pytest.raises(httpx2.HTTPStatusError):
        list(api.list_models(search="llama", filter="gguf", limit=5))
    assert len(server.seen) == 1


def test_a_search_that_breaks_off_is_not_repeated_behind_our_back(
    api: HfApi, client: NetClient, server: Server
) -> None:
    server.answers["/api/models"] = Answer(b"[   ]", cut=2)
    with client.errand(Errand(SEARCH, "llama")), pytest.raises(Unreachable):
        list(api.list_models(search="llama", filter="gguf", limit=5))
    assert len(server.seen) == 1


def test_a_hub_that_always_has_one_page_more_is_left_alone(api: HfApi, client: NetClient, server: Server) -> None:
    server.answers["/api/models"] = Answer(b"[]", headers={"Link": f'<{server.url}/api/models>; rel="next"'})
    with client.errand(Errand(SEARCH, "llama")), pytest.raises(Untrustworthy, match="more often"):
        list(api.list_models(search="llama", filter="gguf", limit=5))
    assert len(server.seen) == MAX_REQUESTS


def test_its_download_is_two_requests_of_one_errand(
    api: HfApi, client: NetClient, server: Server, tmp_path: Path
) -> None:
    with client.errand(Errand(DOWNLOAD, "owner/name")):
        path = api.hf_hub_download("owner/name", "a.txt", local_dir=tmp_path)
    assert Path(path).read_bytes() == b"hello"
    assert [line.partition(" ")[0] for line in server.lines] == ["HEAD", "GET"]


def test_it_tells_nothing_about_this_machine(
    api: HfApi, client: NetClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_canary")
    with client.errand(ASKING):
        api.model_info("owner/name")
    assert server.seen[0].headers == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": f"Paddock/{__version__}",
    }


def test_a_token_goes_only_with_the_call_that_names_it(api: HfApi, client: NetClient, server: Server) -> None:
    with client.errand(ASKING):
        api.model_info("owner/name", token="hf_canary")
        api.model_info("owner/name")
    assert [seen.headers.get("authorization") for seen in server.seen] == ["Bearer hf_canary", None]


def test_it_may_close_its_session_without_closing_ours(api: HfApi, client: NetClient, server: Server) -> None:
    from huggingface_hub import close_session

    with client.errand(ASKING) as http:
        api.model_info("owner/name")
        close_session()
        api.model_info("owner/name")
        assert http.get(f"{server.url}/api/models").status_code == 200
    assert len(server.seen) == 3


def test_the_profile_that_was_opened_last_is_the_one_it_uses(
    api: HfApi, client: NetClient, server: Server, ledger: Ledger, loopback: Door
) -> None:
    client.close()
    with pytest.raises(NetworkRefused):
        api.model_info("owner/name")
    reopened = NetClient(gate("models", endpoint=client.endpoint), ledger, endpoint=client.endpoint, door=loopback)
    again = hub_api(reopened)
    with reopened.errand(ASKING):
        assert again.model_info("owner/name").sha == COMMIT
    reopened.close()


def test_its_warnings_which_name_addresses_are_not_written(api: HfApi) -> None:
    from huggingface_hub import utils

    assert not utils.logging.get_logger("huggingface_hub.utils._http").isEnabledFor(logging.ERROR)


def test_its_asynchronous_client_is_refused(api: HfApi) -> None:
    from huggingface_hub import get_async_session

    with pytest.raises(NetworkRefused):
        get_async_session()


def in_a_process_of_its_own(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env={name: value for name, value in os.environ.items() if not name.startswith("HF_")} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


SWITCHES = """
from types import SimpleNamespace
from app.net.hub_library import install_for_hub
{before}
install_for_hub(SimpleNamespace(client_beside=None))
from huggingface_hub import constants, get_token
print(constants.HF_HUB_DISABLE_TELEMETRY, constants.HF_HUB_DISABLE_XET, constants.ENDPOINT, get_token())
print(constants.HF_HUB_CACHE)
import os
print([name for name in os.environ if name in ("HF_TOKEN", "HF_ENDPOINT")])
"""


def test_what_the_environment_wishes_for_it_is_overruled(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hf_canary")
    run = in_a_process_of_its_own(
        SWITCHES.format(before=""),
        HF_HUB_DISABLE_TELEMETRY="0",
        HF_HUB_DISABLE_XET="0",
        HF_ENDPOINT="https://evil.example",
        HF_TOKEN="hf_canary",
        HF_HOME=str(tmp_path),
        HF_HUB_CACHE=str(tmp_path / "cache"),
        HF_DEBUG="1",
    )
    switches, cache, left = run.stdout.splitlines()
    assert switches == "True True https://huggingface.co None", run.stderr
    assert cache.startswith(os.devnull)
    assert left == "[]"
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


def test_imported_before_its_switches_were_set_it_is_not_used() -> None:
    run = in_a_process_of_its_own(SWITCHES.format(before="from huggingface_hub import constants"))
    assert "Bug: Paddock could not switch off" in run.stderr
