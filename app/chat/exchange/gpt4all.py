"""GPT4All's .chat files: Qt's QDataStream, big-endian, in twelve versions of its layout.

Layout as in nomic-ai/gpt4all at cd70db29, gpt4all-chat/src: chatlistmodel.cpp (magic, version), chat.cpp, chatllm.cpp
and chatmodel.cpp (deserialize); numbers and texts as in Qt's "Serializing Qt Data Types".
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import unquote

from app.chat.carried import Carried
from app.chat.exchange import untrusted
from app.chat.exchange.growing import About, Grown, grow, in_a_row
from app.chat.exchange.untrusted import seconds, words
from app.chat.tree import Attachment, Role
from app.errors import PaddockError
from app.text import _

MAGIC = b"\xf5\xd5\x53\xcc"
NEWEST = 12
MOST_BYTES = 512 * 2**20  # older ones have the model's state in them
_MOST_DEPTH = 8
_MOST_ITEMS = 100_000
_NULL = 0xFFFFFFFF
_LONG = 0xFFFFFFFE
_FLOAT_BYTES = _INT_BYTES = 4
# QMetaType ids of the values that a tool may have been given, and how many bytes they take.
_VALUE_BYTES = {1: 1, 2: 4, 3: 4, 4: 8, 5: 8, 6: 8, 38: 4}
_TEXT_VALUE = 10

_ROLES: dict[str, Role] = {
    "Prompt: ": "user",
    "Response: ": "assistant",
    "ToolResponse: ": "assistant",
    "Text: ": "assistant",
    "ToolCall: ": "assistant",
    "Think: ": "assistant",
}
_NAMES = frozenset({*_ROLES, "System: "})

T = TypeVar("T")


def read(data: bytes) -> Carried:
    """One chat, of a whole file. Raises PaddockError where it is cut short, or of a version that is not known."""
    try:
        return _read(_Reader(data))
    except (struct.error, UnicodeDecodeError, OverflowError):
        raise _damaged() from None


def _read(reader: _Reader) -> Carried:
    reader.skip(len(MAGIC))
    version = reader.int32()
    if not 1 <= version <= NEWEST:
        raise PaddockError(
            _("This GPT4All chat is of version {version}, which Paddock does not know.").format(version=version),
            _("Versions 1 to {newest} can be brought in.").format(newest=NEWEST),
        )
    created_at = seconds(reader.int64())
    id_, name, chosen_name, model = reader.text(), reader.text(), reader.text(), reader.text()
    if version >= 3:
        reader.list_of(reader.text)
    if version < 11:
        _skip_state(reader, version)
    messages = [_item(reader, version, model) for _number in range(reader.count(reader.int32()))]
    system = [message.text.strip() for message in messages if message.key == "System: "]
    about = About(
        "gpt4all",
        id=id_,
        title=untrusted.title(chosen_name or name),
        created_at=created_at,
        system_prompt="\n\n".join(filter(None, system)),
    )
    return grow(about, in_a_row(messages))


def _skip_state(reader: _Reader, version: int) -> None:
    """What it remembered of the model itself."""
    has_state = reader.boolean() if version >= 6 else True
    if version >= 2:
        reader.int32()  # kind of model
        if reader.int32() != 0:
            raise _damaged()
    reader.text()
    reader.text()
    reader.int32()  # tokens
    if not has_state:
        return
    reader.skip(_INT_BYTES * (1 + (version < 4) + (version >= 7)))
    if version < 9:
        reader.skip(reader.int64() * _FLOAT_BYTES)
    reader.skip(reader.int64() * _INT_BYTES)
    reader.bytes_()


def _item(reader: _Reader, version: int, model: str) -> Grown:
    """A question or an answer; its key is its name until the row is linked."""
    if version < 12:
        reader.int32()
    name, value = _name(reader), reader.text()
    if version < 10:
        reader.text()
    reader.text()
    _is_current, is_stopped, _up, _down = (reader.boolean() for _number in range(4))
    if version >= 11 and name == "Response: ":
        reader.boolean()
    if version >= 8:
        for _source in range(reader.count(reader.int64())):
            for _field in range(7):
                reader.text()
            reader.skip(3 * _INT_BYTES)
    elif version >= 3:
        reader.text()
        reader.list_of(reader.text)
    attachments = [_attachment(reader) for _number in range(reader.count(reader.int64()))] if version >= 10 else []
    parts = _parts(reader, 0) if version >= 12 else []
    role = _ROLES.get(name)
    return Grown(
        name,
        None,
        role,
        text=words("".join(parts) or value),
        model=untrusted.title(model) if role == "assistant" else "",
        status="stopped" if is_stopped else "done",
        attachments=tuple(attachments),
    )


def _parts(reader: _Reader, depth: int) -> list[str]:
    """What an answer is made of, in order; inner ones stand for the one that holds them."""
    if depth > _MOST_DEPTH:
        raise _damaged()
    found: list[str] = []
    for _number in range(reader.count(reader.int64())):
        name, value = _name(reader), reader.text()
        if name == "ToolCall: ":
            value = "\n\n".join(filter(None, (value.strip(), _tool_result(reader)))) + "\n\n"
        elif name == "Think: ":
            reader.int32()  # milliseconds
        inside = _parts(reader, depth + 1)
        found.append("".join(inside) if inside else value)
    return found


def _tool_result(reader: _Reader) -> str:
    reader.text()
    for _number in range(reader.count(reader.int64())):
        reader.text()
        reader.int32()
        _skip_value(reader)
    result = reader.text()
    reader.int32()
    reader.text()
    return untrusted.fenced(result, "text") if result.strip() else ""


def _skip_value(reader: _Reader) -> None:
    kind = reader.int32()
    reader.boolean()
    if kind == _TEXT_VALUE:
        reader.text()
    elif kind in _VALUE_BYTES:
        reader.skip(_VALUE_BYTES[kind])
    elif kind != 0:
        raise _damaged()


def _attachment(reader: _Reader) -> Attachment:
    """Of its address only the file's name is kept."""
    address = unquote(reader.bytes_().decode("utf-8", "replace"))
    name = untrusted.title(address.replace("\\", "/").rpartition("/")[2])
    content = reader.bytes_()
    if b"\0" in content[:4096] or content.startswith(b"PK\x03\x04"):
        return Attachment(name, _("[This file is not text, so only its name was brought in.]"))
    return Attachment(name, words(content.decode("utf-8", "replace")))


def _name(reader: _Reader) -> str:
    name = reader.text()
    if name not in _NAMES:
        raise _damaged()
    return name


def _damaged() -> PaddockError:
    return PaddockError(_("The file is damaged or cut short."))


class _Reader:
    """Reads forward through the bytes. Past the end: struct.error, or a PaddockError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def skip(self, size: int) -> None:
        if not 0 <= size <= len(self._data) - self._at:
            raise _damaged()
        self._at += size

    def int32(self) -> int:
        return self._number(">i", 4)

    def int64(self) -> int:
        return self._number(">q", 8)

    def boolean(self) -> bool:
        return bool(self._number(">B", 1))

    def count(self, number: int) -> int:
        """`number` of things, each of which takes at least a byte."""
        if not 0 <= number <= min(_MOST_ITEMS, len(self._data) - self._at):
            raise _damaged()
        return number

    def bytes_(self) -> bytes:
        size = self._number(">I", 4)
        if size == _NULL:
            return b""
        if size == _LONG:
            size = self.int64()
        start = self._at
        self.skip(size)
        return self._data[start : self._at]

    def text(self) -> str:
        return self.bytes_().decode("utf-16-be", "replace")

    def list_of(self, read_one: Callable[[], T]) -> list[T]:
        return list(self._each(read_one))

    def _each(self, read_one: Callable[[], T]) -> Iterator[T]:
        for _number in range(self.count(self._number(">I", 4))):
            yield read_one()

    def _number(self, form: str, size: int) -> int:
        found: int = struct.unpack_from(form, self._data, self._at)[0]
        self._at += size
        return found
