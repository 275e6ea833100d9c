"""PDFs made by hand, for what real ones cannot be asked for: hidden text, odd pages, damage, locks and bombs.

`Sheet` is one page: what is drawn on it, as PDF operators. `pdf` puts sheets into a file. Text is WinAnsi.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 595, 842
# Characters 1 and 2 are the glyphs "fi" and "ffl": ligatures as typesetters use them.
_FONT = (
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[1/fi/ffl]>>>>"
)
_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


@dataclass(slots=True)
class Sheet:
    """A page under way. Colours are 0 to 1; places are points from the lower left corner."""

    width: float = WIDTH
    height: float = HEIGHT
    rotation: int = 0
    crop: tuple[float, float, float, float] | None = None
    drawn: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 11,
        mode: int = 0,
        colour: tuple[float, float, float] = (0, 0, 0),
        matrix: str = "",
    ) -> Sheet:
        escaped = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        red, green, blue = colour
        place = f"{matrix} {x} {y} Tm" if matrix else f"1 0 0 1 {x} {y} Tm"
        self.drawn.append(f"BT {red} {green} {blue} rg {mode} Tr /F1 {size} Tf {place} ({escaped}) Tj ET")
        return self

    def lines(self, x: float, y: float, lines: Sequence[str], *, size: float = 11, leading: float = 14) -> Sheet:
        """One object for each line, downwards."""
        for number, line in enumerate(lines):
            self.text(x, y - number * leading, line, size=size)
        return self

    def box(self, x: float, y: float, width: float, height: float, colour: tuple[float, float, float]) -> Sheet:
        red, green, blue = colour
        self.drawn.append(f"{red} {green} {blue} rg {x} {y} {width} {height} re f")
        return self

    def picture(self, x: float, y: float, width: float, height: float) -> Sheet:
        self.drawn.append(f"q {width} 0 0 {height} {x} {y} cm /Im1 Do Q")
        return self


def page_of(words: str, *, size: float = 11) -> Sheet:
    """A page with these words on it, wrapped."""
    return Sheet().lines(60, 780, wrapped(words), size=size)


def wrapped(words: str, width: int = 80) -> list[str]:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def pdf(
    sheets: Sequence[Sheet],
    *,
    title: str = "",
    outline: Sequence[tuple[str, int]] = (),
    labels: str = "",
    password: str = "",
) -> bytes:
    """`outline` are (title, page); `labels` is a number tree's array, as "0<</S/r>>4<</S/D>>"."""
    objects = _objects(sheets, title, outline, labels)
    return _file(objects, password)


def _objects(sheets: Sequence[Sheet], title: str, outline: Sequence[tuple[str, int]], labels: str) -> list[bytes]:
    """Numbered from 1: catalogue, pages, font, picture, info, outline; then two for each page."""
    first = 7 + len(outline)
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(sheets)))
    catalogue = "<</Type/Catalog/Pages 2 0 R"
    catalogue += "/Outlines 6 0 R" if outline else ""
    catalogue += f"/PageLabels<</Nums[{labels}]>>" if labels else ""
    grey = b"\x80" * 64
    objects = [
        f"{catalogue}>>".encode(),
        f"<</Type/Pages/Count {len(sheets)}/Kids[{kids}]>>".encode(),
        _FONT.encode(),
        _stream(b"/Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8", grey),
        f"<</Title({title})>>".encode("latin-1"),
        f"<</Type/Outlines/First 7 0 R/Last {6 + len(outline)} 0 R/Count {len(outline)}>>".encode(),
    ]
    for number, (name, page) in enumerate(outline):
        links = f"/Prev {6 + number} 0 R" if number else ""
        links += f"/Next {8 + number} 0 R" if number + 1 < len(outline) else ""
        mark = f"<</Title({name})/Parent 6 0 R{links}/Dest[{first + 2 * page} 0 R/Fit]>>"
        objects.append(mark.encode("latin-1"))
    for number, sheet in enumerate(sheets):
        crop = f"/CropBox[{' '.join(map(str, sheet.crop))}]" if sheet.crop else ""
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {sheet.width} {sheet.height}]{crop}/Rotate {sheet.rotation}"
            f"/Resources<</Font<</F1 3 0 R>>/XObject<</Im1 4 0 R>>>>/Contents {first + 2 * number + 1} 0 R>>".encode()
        )
        objects.append(_stream(b"", "\n".join(sheet.drawn).encode("cp1252", "replace")))
    return objects


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def _file(objects: Sequence[bytes], password: str) -> bytes:
    key = b""
    trailer = b""
    if password:
        identity = b"0123456789abcdef"
        owner = _rc4(hashlib.md5(_padded(password)).digest()[:5], _padded(password))
        key = hashlib.md5(_padded(password) + owner + (2**32 - 4).to_bytes(4, "little") + identity).digest()[:5]
        user = _rc4(key, _PADDING)
        trailer = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<%s><%s>]" % (
            owner.hex().encode(), user.hex().encode(), identity.hex().encode(), identity.hex().encode(),
        )  # fmt: skip # read by columns
    out = bytearray(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, _locked(body, key, number) if key else body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R/Info 5 0 R%s>>\n" % (len(objects) + 1, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def _padded(password: str) -> bytes:
    return (password.encode("latin-1") + _PADDING)[:32]


def _locked(body: bytes, key: bytes, number: int) -> bytes:
    """Only streams: the tests put no words into strings of locked files."""
    head, mark, rest = body.partition(b"\nstream\n")
    if not mark:
        return body
    own = hashlib.md5(key + number.to_bytes(3, "little") + bytes(2)).digest()[:10]
    return head + mark + _rc4(own, rest.removesuffix(b"\nendstream")) + b"\nendstream"


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def bomb(unpacked_bytes: int = 2 * 10**9) -> bytes:
    """A page whose contents unpack to so many bytes, out of a few kilobytes: packed twice."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(b" " * 10**7) + packer.flush(zlib.Z_FULL_FLUSH)  # from here on it can be repeated
    once = b"\x78\xda" + block * (unpacked_bytes // 10**7)
    data = zlib.compress(once, 9)
    objects = _objects([Sheet()], "", (), "")
    objects[-1] = _stream(b"/Filter[/FlateDecode/FlateDecode]", data)
    return _file(objects, "")
