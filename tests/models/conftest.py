"""What reading costs, counted instead of timed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.errors import ModelFault
from app.models import header


class Cost:
    """Bytes that were read from files since it was made."""

    def __init__(self) -> None:
        self.bytes_read = 0


@pytest.fixture
def cost(monkeypatch: pytest.MonkeyPatch) -> Cost:
    counted, read = Cost(), os.read

    def counting(descriptor: int, count: int) -> bytes:
        data = read(descriptor, count)
        counted.bytes_read += len(data)
        return data

    monkeypatch.setattr(os, "read", counting)
    return counted


def refusal(path: Path) -> ModelFault:
    """Why a file is refused: with a sentence, and with what to do."""
    with pytest.raises(ModelFault) as caught:
        header.read_header(path)
    assert caught.value.message
    assert caught.value.next_step
    return caught.value
