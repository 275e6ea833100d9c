"""The main states look as they did when somebody last looked at them: `python tests/ui/golden/draw.py` draws them anew.

Letters are drawn differently from machine to machine, so where the fonts are not those of the pictures they are not
compared. A picture may differ a little (edges of letters): on average by one step of 255 in each colour, and by more
than FAR steps in one pixel of 500.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

FOLDER = Path(__file__).resolve().parent
KEPT = FOLDER / "pictures"
FINGERPRINT = "fonts.txt"
MEAN_MAX = 1.0
FAR = 32
FAR_SHARE_MAX = 1 / 500
PICTURE_BYTES_MAX = 60_000
ALL_BYTES_MAX = 2_000_000
DRAW_S = 100
NAMES = sorted(path.name for path in KEPT.glob("*.png"))


def difference(kept: QImage, now: QImage) -> tuple[float, float]:
    """Of two pictures of one size: on average in each colour, and the share of pixels that are far off."""
    first, second = _bytes(kept), _bytes(now)
    steps = [abs(one - other) for one, other in zip(first, second, strict=True)]
    far = sum(max(steps[at : at + 3]) > FAR for at in range(0, len(steps), 3))
    return sum(steps) / len(steps), 3 * far / len(steps)


def _bytes(image: QImage) -> bytes:
    """Red, green and blue of each pixel, row by row, without what pads the rows."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows, step, used = bytes(plain.constBits()), plain.bytesPerLine(), 3 * plain.width()
    return b"".join(rows[at : at + used] for at in range(0, step * plain.height(), step))


def test_the_pictures_are_small() -> None:
    sizes = {name: (KEPT / name).stat().st_size for name in NAMES}
    assert {name: size for name, size in sizes.items() if size > PICTURE_BYTES_MAX} == {}
    assert sum(sizes.values()) <= ALL_BYTES_MAX
    assert NAMES


def test_every_state_looks_as_it_did(tmp_path: Path) -> None:
    """Drawn by a process of its own: always offscreen, whatever screen there is. All in one, to draw but once."""
    command = [sys.executable, str(FOLDER / "draw.py"), str(tmp_path)]
    subprocess.run(command, check=True, timeout=DRAW_S, capture_output=True)
    assert sorted(path.name for path in tmp_path.glob("*.png")) == NAMES
    if (tmp_path / FINGERPRINT).read_text("ascii") != (KEPT / FINGERPRINT).read_text("ascii"):
        pytest.skip("The fonts here are drawn differently from those of the pictures.")
    assert {name: fault for name in NAMES if (fault := _fault(KEPT / name, tmp_path / name))} == {}


def _fault(kept_path: Path, now_path: Path) -> str:
    """What is wrong with a picture; empty: nothing."""
    kept, now = QImage(str(kept_path)), QImage(str(now_path))
    if now == kept:
        return ""
    if now.size() != kept.size():
        return f"it is {now.width()} x {now.height()}, not {kept.width()} x {kept.height()}"
    mean, far_share = difference(kept, now)
    is_same = mean <= MEAN_MAX and far_share <= FAR_SHARE_MAX
    return "" if is_same else f"it differs by {mean:.2f} on average, and {far_share:.2%} of it is far off"


def test_a_picture_that_changed_is_noticed() -> None:
    kept = QImage(100, 100, QImage.Format.Format_RGB888)
    kept.fill(0xFFFFFFFF)
    now = kept.copy()
    assert difference(kept, now) == (0.0, 0.0)
    for x in range(10):
        for y in range(3):
            now.setPixel(x, y, 0)
    assert difference(kept, now)[1] == pytest.approx(0.003)
