"""A process that fetches one model, for tests that kill it: `download.py PROFILE MODELS HUB ORDER`.

ORDER is a file with an order as the database has it. A queue that has it already goes on. Every change is a line on
standard output: state, phase, bytes. It ends with 0 when the model is there, with 1 when the download stands still.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.core import MIGRATIONS
from app.models.fetch import orders
from app.models.fetch.downloads import Downloads
from app.models.store import DownloadRows, VerifiedFiles
from app.net import tripwire
from app.net.client import NetClient
from app.net.gate import Gate
from app.net.policy import AdminPolicy, Endpoint
from app.net.store import Ledger
from app.storage.database import Database
from tests.models.hasty import AT_ONCE, KEY


def main(profile: Path, models: Path, hub: str, order_path: Path) -> int:
    found = orders.unpack(order_path.read_text())
    assert found is not None
    door = tripwire.Door()
    tripwire.arm(door)
    endpoint = Endpoint(hub, is_loopback=True)
    database = Database.open(profile / "paddock.db", KEY, migrations=MIGRATIONS)
    gate = Gate(AdminPolicy(), lambda: "models", endpoint=endpoint)
    client = NetClient(gate, Ledger(database), endpoint=endpoint, door=door)
    is_over = threading.Event()

    def tell() -> None:
        for each in downloads.snapshot():
            print(json.dumps([each.state, each.phase, each.done_bytes]), flush=True)
            if each.state in ("done", "paused", "failed"):
                is_over.set()

    models.mkdir(exist_ok=True)
    downloads = Downloads(
        DownloadRows(database),
        VerifiedFiles(database),
        client,
        address=lambda name, commit, path: f"{hub}/{name}/resolve/{commit}/{quote(path)}",
        token=lambda: None,
        folder=lambda: models,
        on_change=tell,
        on_done=lambda download, home: None,
        goes_on_by_itself=lambda: True,
        patience=AT_ONCE,
    )
    downloads.start()
    downloads.add(found[0])
    is_over.wait()
    (download,) = downloads.snapshot()
    downloads.close()
    client.close()
    database.close()
    return 0 if download.state == "done" else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
