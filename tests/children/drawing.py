"""A child that draws formulas badly, for tests/chat/formulas: what it does with one is the formula's TeX."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.chat.formulas.frames import READY, Formula, decode_wanted, encode_formula
from app.process import Pipe

FOR_EVER_S = 600.0
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="1" height="1" '
    'viewBox="0 0 1 1"><path d="M 0 0 L 1 1 Z " fill="black" /></svg>'
)


def main() -> None:
    pipe = Pipe()
    pipe.send(READY)
    while (frame := pipe.recv()) is not None:
        tex = decode_wanted(frame).tex
        if tex == "hang":
            time.sleep(FOR_EVER_S)
        if tex == "die":
            os.abort()
        if tex == "lie":
            pipe.send(encode_formula(Formula(SVG.replace("path", "image").encode(), 1.0, 1.0, 0.0)))
        else:
            pipe.send(encode_formula(Formula(SVG.encode(), 1.0, 1.0, 0.0)))


if __name__ == "__main__":
    main()
