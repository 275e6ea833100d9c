"""huggingface_hub, made to go through our door and to do nothing on its own account.

It reads its switches once, when it is imported, so nobody else in Paddock imports it: `hub_api` hands it out. Its
session is process-wide; the last NetClient that was installed is the one it uses.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from app.errors import Bug, NetworkRefused
from app.net.client import NetClient
from app.net.faults import TOO_MANY_REQUESTS, translate
from app.text import _

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_NOWHERE = str(Path(os.devnull) / "paddock")  # below a device nothing can be written or found
_SWITCHES = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HOME": _NOWHERE,
    "HF_TOKEN_PATH": os.devnull,  # it takes a token file that is not there for granted, not a folder
}
_REMOVED = (
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "HF_ENDPOINT",
    "HUGGINGFACE_CO_STAGING",
    "HF_DEBUG",
    "HF_HUB_OFFLINE",
    "TRANSFORMERS_OFFLINE",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "HF_ASSETS_CACHE",
    "HUGGINGFACE_ASSETS_CACHE",
    "HF_XET_CACHE",
    "HF_HUB_ENABLE_HF_TRANSFER",
    "HF_HUB_USER_AGENT_ORIGIN",
)


def install_for_hub(client: NetClient) -> None:
    """Make huggingface_hub send through `client` from now on. Raises Bug where it was imported too early."""
    os.environ.update(_SWITCHES)
    for name in _REMOVED:
        os.environ.pop(name, None)
    import huggingface_hub  # late: it reads the switches now

    _require_switches()
    from huggingface_hub.utils import logging as its_logging

    its_logging.get_logger()  # sets the level that is usual there, once
    its_logging.set_verbosity(logging.CRITICAL)  # its warnings name addresses
    huggingface_hub.set_client_factory(lambda: client.client_beside(_OneTry))
    huggingface_hub.set_async_client_factory(_refuse)


def hub_api(client: NetClient) -> HfApi:
    """huggingface_hub's calls through `client`; a token is passed to each call that needs one, or to none."""
    install_for_hub(client)
    from huggingface_hub import HfApi

    return HfApi(endpoint=client.endpoint.url, token=False, library_name="paddock")


class _OneTry(httpx2.Client):
    """huggingface_hub searches up to six times, waiting 23 s in between or as long as the hub says; we decide that.

    It tries again on the exceptions and statuses that are turned into others here.
    """

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:  # Any: as httpx2's own
        try:
            response = super().send(request, **options)
        except (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError) as error:
            raise translate(error) from None
        if response.status_code == TOO_MANY_REQUESTS or response.is_server_error:
            response.raise_for_status()
        return response


def _require_switches() -> None:
    from huggingface_hub import constants

    is_quiet = (
        constants.HF_HUB_DISABLE_TELEMETRY
        and constants.HF_HUB_DISABLE_IMPLICIT_TOKEN
        and constants.HF_HUB_DISABLE_XET
        and constants.HF_HUB_DISABLE_UPDATE_CHECK
    )
    is_ours = constants.HF_HOME == _NOWHERE and constants.ENDPOINT == "https://huggingface.co"
    if not is_quiet or not is_ours or constants.HF_DEBUG or constants.is_offline_mode():
        raise Bug(
            _("Paddock could not switch off what a library does on its own account, so it stays offline."),
            _("Please report this."),
            detail="huggingface_hub was imported before its switches were set",
        )


def _refuse() -> httpx2.AsyncClient:
    raise NetworkRefused(_("Paddock is offline."), _("Nothing was sent."), detail="asynchronous client")
