from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The person's folder for models."""
    folder = tmp_path / "models"
    folder.mkdir()
    return folder
