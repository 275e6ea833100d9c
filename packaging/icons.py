"""The program's icon in each system's own format, drawn from resources/logo.svg at build time.

Both .ico and .icns are small containers that may hold PNG pictures, so no imaging library is needed for them.
"""

from __future__ import annotations

import struct
from pathlib import Path

SIZES = (16, 24, 32, 48, 64, 128, 256)
ICNS_KINDS = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08", 512: b"ic09", 1024: b"ic10"}


def png(svg: Path, size: int) -> bytes:
    """The drawing as a square PNG with a clear background."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt  # the pure half of this module works without Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(svg)).render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # PySide6's stub wants bytes where Qt wants a name
    return bytes(content.data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """A Windows icon from PNGs by size (at most 256)."""
    head = struct.pack("<HHH", 0, 1, len(pictures))
    offset = len(head) + 16 * len(pictures)
    entries, body = b"", b""
    for size, data in sorted(pictures.items()):
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), offset + len(body))
        body += data
    return head + entries + body


def icns(pictures: dict[int, bytes]) -> bytes:
    """A macOS icon from PNGs by size."""
    body = b"".join(ICNS_KINDS[size] + struct.pack(">I", 8 + len(data)) + data for size, data in pictures.items())
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def for_system(platform: str, svg: Path, work: Path) -> Path | None:
    """Write the icon that a system's program files carry. None on Linux, where icons are files of their own."""
    if platform == "win32":
        target = work / "paddock.ico"
        target.write_bytes(ico({size: png(svg, size) for size in SIZES}))
        return target
    if platform == "darwin":
        target = work / "paddock.icns"
        target.write_bytes(icns({size: png(svg, size) for size in ICNS_KINDS}))
        return target
    return None


def windows_version(version: str) -> object:
    """The version resource that Windows shows in a file's properties."""
    from PyInstaller.utils.win32 import versioninfo as v  # there on Windows only

    numbers = tuple(int(part) for part in (version.split("+")[0].split(".") + ["0"] * 4)[:4] if part.isdigit())
    numbers = (*numbers, 0, 0, 0, 0)[:4]
    strings = [("ProductName", "Paddock"), ("FileDescription", "Paddock"), ("ProductVersion", version)]
    table = v.StringTable("040904B0", [v.StringStruct(name, text) for name, text in strings])
    return v.VSVersionInfo(
        ffi=v.FixedFileInfo(filevers=numbers, prodvers=numbers),
        kids=[v.StringFileInfo([table]), v.VarFileInfo([v.VarStruct("Translation", [1033, 1200])])],
    )
