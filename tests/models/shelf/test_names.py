"""Names from outside: whatever passes is one harmless name on every system; whatever could mislead is refused."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import Untrustworthy
from app.models.shelf.names import MAX_NAME_BYTES, MAX_PARTS, one_line, safe_name, safe_path

LONGEST_ENDING = ".0123456789abcdef.part"


@pytest.mark.parametrize(
    "name",
    [
        "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf",
        "model-00001-of-00003.gguf",
        "USE_POLICY.md",
        ".gitattributes",
        "a..b.gguf",
        "console.gguf",
        "COM10.gguf",
        "Modèle à tester (2).gguf",
        "模型.gguf",
        "x" * MAX_NAME_BYTES,
    ],
)
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "...", " ", "a ", " a", "a.", "-rf", "--help"),
        *("a/b", "/etc/passwd", "..\\x", "C:", "C:x.gguf", "x.gguf:stream", "\\\\host\\share"),
        *("a\0b", "a\nb", "a\x1b[31mb", "a\x7fb", "a\x85b", "a\u2028b"),
        *(
            "photo\u202egnp.gguf",
            "a\u200bb",
            "a\ufeffb",
            "a\u00adb",
            "a\u2066b",
            "a\U000e0041b",
            "a\ufe0fb",
            "a\u3164b",
        ),
        *("CON", "con.gguf", "Nul", "aux.tar.gz", "PRN .txt", "COM1", "lpt9.gguf", "COM¹", "conin$", "COM0.x"),
        *("x" * (MAX_NAME_BYTES + 1), "é" * (MAX_NAME_BYTES // 2 + 1), "a\ud800b", "a\ue000b", "a\u00a0b", "a*", "a?"),
    ],
)
def test_misleading_names_are_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(Untrustworthy, match=r"^A name .+\.") as refused:
        safe_name(name)
    assert refused.value.next_step


def test_a_name_is_composed_so_that_two_spellings_are_one_file() -> None:
    assert safe_name("Mode\u0300le.gguf") == safe_name("Mod\u00e8le.gguf") == "Mod\u00e8le.gguf"


@given(st.text(max_size=240) | st.text("./\\:~-CONcon1 \u202e\0", max_size=12))
@example("e\u0301" * 80)
def test_whatever_passes_is_one_name_on_every_system(untrusted: str) -> None:
    try:
        name = safe_name(untrusted)
    except Untrustworthy:
        return
    assert PurePosixPath("models", name).parts == ("models", name)
    windows = PureWindowsPath("models", name)
    assert windows.parts == ("models", name)
    assert not windows.is_reserved()
    assert not windows.drive
    assert len((name + LONGEST_ENDING).encode()) <= 255
    assert name.strip() == name == unicodedata.normalize("NFC", name)
    assert safe_name(name) == name


@given(st.text("abé./\\-: \u200b", max_size=40))
def test_no_path_leads_out_of_its_folder(untrusted: str) -> None:
    try:
        path = safe_path(untrusted)
    except Untrustworthy:
        return
    folder = Path("/models/owner")
    joined = Path(folder, path)
    assert joined.is_relative_to(folder)
    assert len(joined.parts) > len(folder.parts)
    assert ".." not in joined.parts


@pytest.mark.parametrize("path", ["/a", "a/", "a//b", "a/../b", "./a", "a/./b", "/".join(["a"] * (MAX_PARTS + 1)), ""])
def test_paths_that_are_not_plain_are_refused(path: str) -> None:
    with pytest.raises(Untrustworthy):
        safe_path(path)


def test_a_path_keeps_its_folders() -> None:
    assert safe_path("Q4_K_M/model-00001-of-00002.gguf") == PurePosixPath("Q4_K_M", "model-00001-of-00002.gguf")


def test_a_file_of_every_allowed_length_can_be_made(tmp_path: Path) -> None:
    name = safe_name("é" * (MAX_NAME_BYTES // 2))
    (tmp_path / (name + LONGEST_ENDING)).write_bytes(b"")
    assert [found.name for found in tmp_path.iterdir()] == [name + LONGEST_ENDING]


def test_words_from_outside_become_one_plain_line() -> None:
    assert one_line(" Llama\n3.1\t8B\u202e \u3164") == "Llama 3.1 8B"
    assert one_line("ab" * 500, 9) == "ababababa"
    assert one_line("\0" * 1000) == ""
