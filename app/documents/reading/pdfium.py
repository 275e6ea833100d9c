"""The calls into libpdfium that reading and showing PDFs need, as typed functions; nothing else speaks to it.

Past the pypdfium2 package, which brings the library: importing that costs 0.1 s a child, and its bindings twice the
time per call, of which a page takes a few hundred. Loaded as PyDLL: the child has one thread, so nobody waits for the
interpreter's lock. Pointers are plain integers; None or 0 says that there is no such thing.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

Pointer: TypeAlias = int | None
_P, _I, _U, _F, _D, _N = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_float, ctypes.c_double, None
_L, _Z, _S = ctypes.c_ulong, ctypes.c_size_t, ctypes.c_char_p

ERROR_FORMAT, ERROR_PASSWORD, ERROR_SECURITY = 3, 4, 5
OBJECT_TEXT, OBJECT_PATH, OBJECT_IMAGE, OBJECT_SHADING, OBJECT_FORM = 1, 2, 3, 4, 5
MODE_UNKNOWN, MODE_INVISIBLE, MODE_CLIP = -1, 3, 7
BITMAP_BGR, RENDER_ANNOTATIONS, RENDER_RGB = 2, 0x01, 0x10

# Name -> (result, arguments). Source: fpdfview.h, fpdf_text.h, fpdf_edit.h, fpdf_doc.h of PDFium.
_CALLS: Final[dict[str, tuple[Any, ...]]] = {
    "FPDF_InitLibrary": (_N,),
    "FPDF_LoadMemDocument64": (_P, _P, _Z, _S),
    "FPDF_GetLastError": (_L,),
    "FPDF_CloseDocument": (_N, _P),
    "FPDF_GetPageCount": (_I, _P),
    "FPDF_GetPageLabel": (_L, _P, _I, _P, _L),
    "FPDF_GetMetaText": (_L, _P, _S, _P, _L),
    "FPDF_LoadPage": (_P, _P, _I),
    "FPDF_ClosePage": (_N, _P),
    "FPDF_GetPageWidthF": (_F, _P),
    "FPDF_GetPageHeightF": (_F, _P),
    "FPDF_GetPageBoundingBox": (_I, _P, _P),
    "FPDFPage_GetRotation": (_I, _P),
    "FPDF_PageToDevice": (_I, _P, _I, _I, _I, _I, _I, _D, _D, _P, _P),
    "FPDFText_LoadPage": (_P, _P),
    "FPDFText_ClosePage": (_N, _P),
    "FPDFText_CountChars": (_I, _P),
    "FPDFText_GetText": (_I, _P, _I, _I, _P),
    "FPDFText_GetUnicode": (_U, _P, _I),
    "FPDFText_GetCharOrigin": (_I, _P, _I, _P, _P),
    "FPDFText_GetFontSize": (_D, _P, _I),
    "FPDFText_GetTextObject": (_P, _P, _I),
    "FPDFText_CountRects": (_I, _P, _I, _I),
    "FPDFText_GetRect": (_I, _P, _I, _P, _P, _P, _P),
    "FPDFText_GetBoundedText": (_I, _P, _D, _D, _D, _D, _P, _I),
    "FPDFPage_CountObjects": (_I, _P),
    "FPDFPage_GetObject": (_P, _P, _I),
    "FPDFPageObj_GetType": (_I, _P),
    "FPDFPageObj_GetBounds": (_I, _P, _P, _P, _P, _P),
    "FPDFPageObj_GetFillColor": (_I, _P, _P, _P, _P, _P),
    "FPDFPageObj_GetMatrix": (_I, _P, _P),
    "FPDFPath_GetDrawMode": (_I, _P, _P, _P),
    "FPDFTextObj_GetTextRenderMode": (_I, _P),
    "FPDFTextObj_GetFontSize": (_I, _P, _P),
    "FPDFFormObj_CountObjects": (_I, _P),
    "FPDFFormObj_GetObject": (_P, _P, _L),
    "FPDFBookmark_GetFirstChild": (_P, _P, _P),
    "FPDFBookmark_GetNextSibling": (_P, _P, _P),
    "FPDFBookmark_GetTitle": (_L, _P, _P, _L),
    "FPDFBookmark_GetDest": (_P, _P, _P),
    "FPDFBookmark_GetAction": (_P, _P),
    "FPDFAction_GetDest": (_P, _P, _P),
    "FPDFDest_GetDestPageIndex": (_I, _P, _P),
    "FPDFBitmap_CreateEx": (_P, _I, _I, _I, _P, _I),
    "FPDFBitmap_FillRect": (_I, _P, _I, _I, _I, _I, _L),
    "FPDFBitmap_Destroy": (_N, _P),
    "FPDF_RenderPageBitmap": (_N, _P, _P, _I, _I, _I, _I, _I, _I),
}


class Pdfium:
    """The library: each call under its own name. Untyped beyond what `_CALLS` says, hence Any."""

    def __init__(self) -> None:
        library = ctypes.PyDLL(str(_path()))
        for name, (result, *arguments) in _CALLS.items():
            function = library[name]
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)
        self.FPDF_InitLibrary()

    def __getattr__(self, name: str) -> Any:  # for the type checker: all are set above
        raise AttributeError(name)


def _path() -> Path:
    spec = importlib.util.find_spec("pypdfium2_raw")
    folders = [] if spec is None else list(spec.submodule_search_locations or [])
    name = {"win32": "pdfium.dll", "darwin": "libpdfium.dylib"}.get(sys.platform, "libpdfium.so")
    for folder in folders:
        if (path := Path(folder, name)).exists():
            return path
    raise FileNotFoundError(name)


@functools.cache
def library() -> Pdfium:
    """The one of this process."""
    return Pdfium()


def text_of(call: Callable[[Any, int], int], limit_bytes: int = 8192) -> str:
    """What a call writes as UTF-16 into (buffer, bytes) when it says how many bytes it is long, end included."""
    buffer = ctypes.create_string_buffer(limit_bytes)
    size_bytes = call(buffer, limit_bytes)
    if not 2 < size_bytes <= limit_bytes:
        return ""
    return buffer.raw[: size_bytes - 2].decode("utf-16-le", "replace")


class Floats:
    """Numbers that a call writes through pointers; made once, because making them costs more than the calls."""

    def __init__(self, count: int, kind: type[ctypes.c_float] | type[ctypes.c_double] | type[ctypes.c_uint]) -> None:
        self.values = (kind * count)()
        begin = ctypes.addressof(self.values)
        self.at = tuple(begin + number * ctypes.sizeof(kind) for number in range(count))
