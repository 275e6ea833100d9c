"""Compares resources/catalogue.json with the hub, for maintainers: what is gone, renamed, gated, licensed anew.

.venv/bin/python packaging/catalogue.py                            says which repositories would be asked about
.venv/bin/python packaging/catalogue.py --ask-huggingface          asks, one request each, and says what changed
.venv/bin/python packaging/catalogue.py --ask-huggingface --write  and writes down what needs no judgement

It asks as a stranger, through the door that Paddock itself uses. Repositories, shapes and words are never changed by
it, and no size and no hash is ever written. Exit status 1: something is not as the catalogue says.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any  # JSON

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.core import MIGRATIONS
from app.errors import AccessNeeded, NotOnHub, PaddockError, Untrustworthy
from app.models.hub import catalogue
from app.models.hub.hub import Hub
from app.models.hub.remote import Repository
from app.models.reference import QUANTISATIONS
from app.net import tripwire
from app.net.client import NetClient
from app.net.gate import Gate
from app.net.policy import HUB, AdminPolicy, Consent, Endpoint, read_admin_policy
from app.net.store import Ledger
from app.net.tripwire import Door
from app.storage.database import Database

Answer = Repository | str
"""What a repository is now, or the sentence that says why nobody knows."""


class Nothing:
    """Answers are neither kept nor taken from before."""

    def get(self, key: str) -> str | None:
        return None

    def put(self, key: str, text: str) -> None:
        pass


def names(known: catalogue.Catalogue) -> tuple[str, ...]:
    """Every repository in the catalogue, once."""
    every = (name for entry in known.models for name in (entry.base, *(source.repository for source in entry.sources)))
    return tuple(dict.fromkeys(every))


def ask(hub: Hub, repositories: Sequence[str]) -> dict[str, Answer]:
    """Raises PaddockError where the hub cannot be asked at all."""
    found: dict[str, Answer] = {}
    for name in repositories:
        try:
            found[name] = hub.repository(name)
        except (NotOnHub, AccessNeeded, Untrustworthy) as fault:
            found[name] = fault.message
    return found


def renewed(content: Mapping[str, Any], answers: Mapping[str, Answer]) -> tuple[dict[str, Any], list[str]]:
    """The catalogue's JSON as it would be written, and in words what changed and what a person should look at."""
    changed: dict[str, Any] = copy.deepcopy(dict(content))
    found = []
    for model in changed["models"]:
        found += [f"{model['key']}: {model['base']}: {words}" for words in _renew_base(model, answers[model["base"]])]
        for source in model["sources"]:
            name = source["repository"]
            found += [f"{model['key']}: {name}: {words}" for words in _renew_source(source, answers[name])]
    return changed, found


def _renew_base(model: dict[str, Any], answer: Answer) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer
        return
    if answer.licence and answer.licence != model["licence"]:
        yield f"the licence is {answer.licence} now, not {model['licence']}"
        model["licence"] = answer.licence
    if answer.is_gated != model["is_gated"]:
        yield "gated now" if answer.is_gated else "no longer gated"
        model["is_gated"] = answer.is_gated


def _renew_source(source: dict[str, Any], answer: Answer) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer
        return
    if answer.is_gated:
        yield "gated, which no source should be"
    there = {variant.name.casefold() for variant in answer.variants if variant.kind == "model"}
    every = [name for name in QUANTISATIONS if _file(source, name) in there]
    listed = source["quantisations"]
    gone = [name for name in listed if name not in every]
    more = [name for name in every if name not in listed]
    if more:
        yield f"offers {', '.join(more)} as well"
    if len(gone) == len(listed):
        yield "offers none of what is listed: find another source"
    elif gone:
        yield f"no longer offers {', '.join(gone)}"
        source["quantisations"] = [name for name in listed if name not in gone]


def _file(source: Mapping[str, Any], quantisation: str) -> str:
    return str(source["file"]).replace(catalogue.PLACEHOLDER, quantisation).casefold()


def asked(
    repositories: Sequence[str], door: Door, *, admin: AdminPolicy, endpoint: Endpoint = HUB
) -> tuple[dict[str, Answer], int]:
    """The answers, and how many requests it took. Raises PaddockError."""
    consent: Consent = "models"  # given on the command line
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "profile" / "paddock.db", os.urandom(32), migrations=MIGRATIONS)
        ledger = Ledger(database)
        client = NetClient(Gate(admin, lambda: consent, endpoint=endpoint), ledger, endpoint=endpoint, door=door)
        try:
            return ask(Hub(client, Nothing(), lambda: None), repositories), ledger.totals()[0]
        finally:
            client.close()
            database.close()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Compare the catalogue of models with the hub.")
    parser.add_argument("--ask-huggingface", action="store_true", help="send one request per repository")
    parser.add_argument("--write", action="store_true", help="write down what changed, where that needs no judgement")
    wished = parser.parse_args(arguments)
    known = catalogue.read()
    for problem in known.problems:
        print(problem, file=sys.stderr)
    repositories = names(known)
    if not wished.ask_huggingface or known.problems:
        print("\n".join(("Would be asked about, with --ask-huggingface:", *repositories)))
        return 1 if known.problems else 0
    door = Door()
    tripwire.arm(door)
    try:
        answers, requests = asked(repositories, door, admin=read_admin_policy())
    except PaddockError as fault:
        print(fault, file=sys.stderr)
        return 1
    content = json.loads(catalogue.file().read_text("utf-8"))
    changed, found = renewed(content, answers)
    print("\n".join([*found, f"{len(repositories)} repositories, {requests} requests, {len(found)} findings."]))
    if wished.write and changed != content:
        write(changed, catalogue.file())
    return 1 if found else 0


def write(content: Mapping[str, Any], path: Path) -> None:
    """Put it in place of the catalogue at `path`, with this month's date, unless the app would not read all of it."""
    text = catalogue.as_text({**content, "as_of": f"{datetime.now(UTC):%Y-%m}"})
    problems = catalogue.parse(text).problems
    if problems:
        sys.exit("\n".join(("Not written:", *problems)))
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
