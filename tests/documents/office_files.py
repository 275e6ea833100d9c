"""Small files of each format, for tests: made by the libraries that write them, or by hand out of their members."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any  # python-docx and python-pptx have no types

import docx
import pptx
import xlsxwriter  # type: ignore[import-untyped]  # it has no types

ODT_MIME = "application/vnd.oasis.opendocument.text"
ODT_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        *(("office", "office"), ("text", "text"), ("table", "table"), ("style", "style")),
        *(("fo", "xsl-fo-compatible"), ("draw", "drawing")),
    )
)
W_NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def packed(members: Mapping[str, str | bytes], *, stored: str = "mimetype") -> bytes:
    """An archive of these members; `stored` is not compressed, as the formats want it of their first."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def saved(file: Any) -> bytes:
    """What python-docx or python-pptx writes."""
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def new_docx() -> Any:
    return docx.Document()


def new_pptx() -> Any:
    return pptx.Presentation()


def raw_docx(body: str, **members: str) -> bytes:
    """A Word file of this body and further members ("numbering"), without anything that it can do without."""
    main = f'<?xml version="1.0" encoding="UTF-8"?><w:document {W_NAMES}><w:body>{body}</w:body></w:document>'
    others = {f"word/{name}.xml": text for name, text in members.items()}
    return packed({"[Content_Types].xml": "<Types/>", "word/document.xml": main, **others})


def paragraph(text: str, run: str = "", style: str = "") -> str:
    """One of Word's; `run` holds properties of its letters, `style` of the paragraph."""
    return f"<w:p><w:pPr>{style}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def workbook(**sheets: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def odt(body: str, *, styles: str = "", manifest: str = "<manifest/>", title: str = "") -> bytes:
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {ODT_NAMES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    meta = f'<meta xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></meta>'
    members = {"mimetype": ODT_MIME, "content.xml": content, "META-INF/manifest.xml": manifest, "meta.xml": meta}
    return packed(members)


def epub(chapters: Mapping[str, str], *, title: str = "A book", **members: str) -> bytes:
    """A book of these chapters by their names in the table of contents; `members` are further ones by their path."""
    items = "".join(
        f'<item id="c{number}" href="text/c%20{number}.xhtml" media-type="application/xhtml+xml"/>'
        for number in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    links = "".join(
        f'<li><a href="text/c%20{number}.xhtml#top">{name}</a></li>' for number, name in enumerate(chapters)
    )
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata><manifest>{items}'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>'
        f"<spine>{spine}</spine></package>"
    )
    nav = f'<html xmlns="http://www.w3.org/1999/xhtml"><body><nav><ol>{links}</ol></nav></body></html>'
    container = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    pages = {
        f"OEBPS/text/c {number}.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
        for number, body in enumerate(chapters.values())
    }
    start = {"mimetype": "application/epub+zip", "META-INF/container.xml": container}
    return packed({**start, "OEBPS/book.opf": opf, "OEBPS/nav.xhtml": nav, **pages, **members})
