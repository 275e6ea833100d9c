"""An open profile as far as the hub goes, before a hub that speaks the real one's protocol."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # JSON that a test bends

import pytest

from app.core import MIGRATIONS
from app.models.hub.hub import Hub
from app.models.hub.remote import RemoteFile, Repository
from app.models.store import HubAnswers
from app.net.client import NetClient
from app.net.gate import Gate
from app.net.policy import AdminPolicy, Consent
from app.net.store import Ledger
from app.net.tripwire import Door
from app.storage.database import Database
from tests.fakehub import FakeHub

TOKEN = "hf_canary0123456789"
NAME = "acme/Tiny-GGUF"
API = f"/api/models/{NAME}"
FILES = {
    "Tiny-Q8_0.gguf": b"GGUF" + b"8" * 80,
    "Tiny-Q4_K_M.gguf": b"GGUF" + b"4" * 40,
    "LICENSE": b"Be good.\n",
    "USE_POLICY.md": b"Do no harm.\n",
    "README.md": b"# Tiny\n",
}


class Profile:
    """An open profile as far as the hub goes, with the person's consent and token as they are set."""

    def __init__(self, fake: FakeHub, folder: Path, door: Door) -> None:
        self.consent: Consent = "models"
        self.token: str | None = None
        self.database = Database.open(folder / "profile" / "paddock.db", os.urandom(32), migrations=MIGRATIONS)
        self.ledger = Ledger(self.database)
        self.answers = HubAnswers(self.database)
        self.gate = Gate(AdminPolicy(), lambda: self.consent, endpoint=fake.endpoint)
        self.client = NetClient(self.gate, self.ledger, endpoint=fake.endpoint, timeout_s=5.0, door=door)
        self.hub = Hub(self.client, self.answers, lambda: self.token, pauses_s=(0.0,))

    def close(self) -> None:
        self.client.close()
        self.database.close()


@pytest.fixture
def profile(fake_hub: FakeHub, tmp_path: Path, loopback: Door) -> Iterator[Profile]:
    made = Profile(fake_hub, tmp_path, loopback)
    yield made
    made.close()


@pytest.fixture
def hub(profile: Profile) -> Hub:
    return profile.hub


def add(fake: FakeHub, **more: Any) -> str:
    return fake.add(
        NAME,
        FILES,
        **{
            "licence": "llama3.2",
            "base_model": ["meta-llama/Llama-3.2-1B", "other/one"],
            "downloads": 1200,
            "likes": 30,
            "gguf": {"total": 1_235_814_432, "architecture": "llama", "context_length": 131_072},
            **more,
        },
    )


def text_file(repository: Repository, name: str = "LICENSE") -> RemoteFile:
    return next(file for file in repository.texts if file.path == name)


def edited(fake: FakeHub, **change: Any) -> None:
    fake.trouble.edit = lambda about: {**about, **change}
