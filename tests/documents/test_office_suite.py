"""Files that LibreOffice writes: the same page in each format it can, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.documents.reading_files import read_file

SUITE = shutil.which("soffice") or shutil.which("libreoffice")
PAGE = (
    "<html><head><title>Harbour rules</title></head><body><h1>Harbour rules</h1><p>Ships wait at the <b>buoy</b>.</p>"
    "<h2>Fees</h2><table><tr><th>Ship</th><th>Fee</th></tr><tr><td>Ferry</td><td>12.50</td></tr></table>"
    "<ul><li>Pay at the office</li><li>Keep the receipt</li></ul></body></html>"
)
TEXT = (
    "Harbour rules\n\nShips wait at the buoy.\n\nFees\n\nShip | Fee\nFerry | 12.50"
    "\n\n• Pay at the office\n• Keep the receipt"
)

pytestmark = pytest.mark.skipif(SUITE is None, reason="LibreOffice is not installed")


def converted(folder: Path, source: Path, suffix: str) -> Path:
    assert SUITE is not None
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    writer = ["--writer"] if source.suffix == ".html" else []
    command = [SUITE, profile, "--headless", *writer, "--convert-to", suffix, "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / f"{source.stem}.{suffix}"


@pytest.mark.parametrize("suffix", ["odt", "docx", "rtf"])
def test_a_page_says_the_same_in_each_format(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / "page.html"
    source.write_text(PAGE, "utf-8")
    done = read_file(converted(tmp_path, source, suffix))
    assert done.text == TEXT
    assert done.about.title == "Harbour rules"


@pytest.mark.parametrize("suffix", ["ods", "xlsx", "xls"])
def test_a_table_says_the_same_in_each_format(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / "table.csv"
    source.write_text("Name,Price,When\nPear,1.5,2026-01-02\n", "utf-8")
    assert read_file(converted(tmp_path, source, suffix)).text == "Name | Price | When\nPear | 1.5 | 2026-01-02"
