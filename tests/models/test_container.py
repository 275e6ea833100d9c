"""Headers that lie, break off or never end: each is refused with a sentence, after little work."""

from __future__ import annotations

import contextlib
import os
import random
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import ModelFault
from app.models import container, header, library
from app.models.container import CHUNK_BYTES, Budget
from tests.models import forge
from tests.models.conftest import Cost, refusal
from tests.models.forge import Raw, Tensor

DAMAGED = "damaged or was cut short"
TOO_LONG = "longer than that of any known model"
U32, U64, TEXT, ARRAY = 4, 10, 8, 9
# Whatever a header claims, no more than this is read of a small file: the file itself and a chunk for each key.
LITTLE_BYTES = 4 * CHUNK_BYTES
FLIPS = 300


def array(kind: int, count: int, data: bytes = b"") -> Raw:
    return Raw(ARRAY, struct.pack("<IQ", kind, count) + data)


def header_bytes(path: Path) -> int:
    return container.read_part(path, Budget()).header_bytes


def test_keys_of_every_kind_are_read_and_long_ones_passed_over(tmp_path: Path) -> None:
    keys: dict[str, forge.Value] = {
        "a.u8": Raw(0, b"\xff"),
        "a.i8": Raw(1, b"\xff"),
        "a.u16": Raw(2, b"\xff\xff"),
        "a.i16": Raw(3, b"\xff\xff"),
        "a.u32": 7,
        "a.i32": Raw(5, struct.pack("<i", -7)),
        "a.f32": 0.5,
        "a.bool": True,
        "a.text": "größer",
        "a.u64": Raw(10, struct.pack("<Q", 2**63)),
        "a.i64": -(2**40),
        "a.f64": Raw(12, struct.pack("<d", 0.1)),
        "a.numbers": [1, 2, 3],
        "a.fractions": [0.5, 0.25],
        "a.flags": [True, False],
        "a.none": [],
        "a.texts": ["x", "", "y" * 300_000, "z"],
        "a.many": array(5, 100_000, bytes(400_000)),
        "a.long": "x" * 5000,
        "a.last": 1,
    }
    part = container.read_part(forge.write(tmp_path / "m.gguf", keys), Budget())
    numbers = {"a.u8": 255, "a.i8": -1, "a.u16": 65535, "a.i16": -1, "a.u32": 7, "a.i32": -7, "a.f32": 0.5}
    others = {"a.bool": True, "a.text": "größer", "a.u64": 2**63, "a.i64": -(2**40), "a.f64": 0.1, "a.last": 1}
    assert part.values == numbers | others
    assert part.arrays == {"a.numbers": (1, 2, 3), "a.fractions": (0.5, 0.25), "a.flags": (True, False), "a.none": ()}
    counts = {"a.numbers": 3, "a.fractions": 2, "a.flags": 2, "a.none": 0, "a.texts": 4, "a.many": 100_000}
    assert part.lengths == counts


def test_the_vocabulary_of_llama_3_is_walked_once_and_not_kept(tmp_path: Path, cost: Cost) -> None:
    path = forge.write(tmp_path / "m.gguf", [*forge.vocabulary().items(), ("a.last", 5)])
    budget = Budget()
    part = container.read_part(path, budget)
    assert part.lengths["tokenizer.ggml.tokens"] == 128_256
    assert part.values["a.last"] == 5
    assert Budget().strings - budget.strings == 128_256 + 280_147
    assert Budget().kept_bytes - budget.kept_bytes < 1000
    assert cost.bytes_read <= path.stat().st_size + 8 + CHUNK_BYTES


@pytest.mark.parametrize(
    "counts",
    [(2**63, 0), (0, 2**63), (2**64 - 1, 2**64 - 1), (2**31, 2**31), (1000, 0), (0, 1000)],
)
def test_counts_that_the_file_has_no_room_for(tmp_path: Path, cost: Cost, counts: tuple[int, int]) -> None:
    assert DAMAGED in refusal(forge.write(tmp_path / "m.gguf", counts=counts)).message
    assert cost.bytes_read <= LITTLE_BYTES


@pytest.mark.parametrize("counts", [(10**6, 0), (0, 10**6)])
def test_counts_beyond_every_known_model(tmp_path: Path, cost: Cost, counts: tuple[int, int]) -> None:
    path = forge.write(tmp_path / "m.gguf", tensors=[Tensor("hole", (2**30,))], counts=counts)
    assert TOO_LONG in refusal(path).message
    assert cost.bytes_read <= LITTLE_BYTES


@pytest.mark.parametrize(
    "value",
    [
        Raw(TEXT, struct.pack("<Q", 2**40)),
        Raw(TEXT, struct.pack("<Q", 2**64 - 1)),
        array(U32, 2**62),
        array(U64, 2**64 - 1),
        array(TEXT, 2**40),
        array(TEXT, 1, struct.pack("<Q", 2**64 - 1)),
        array(ARRAY, 1, struct.pack("<IQ", U32, 0)),
        array(13, 1),
        Raw(13, b""),
        Raw(2**32 - 1, b""),
    ],
    ids=str,
)
def test_lengths_and_kinds_that_cannot_be(tmp_path: Path, cost: Cost, value: Raw) -> None:
    assert DAMAGED in refusal(forge.write(tmp_path / "m.gguf", [("a.lie", value), ("a.end", 1)])).message
    assert DAMAGED in refusal(forge.write(tmp_path / "m.gguf", [("a.lie", value)])).message
    assert cost.bytes_read <= 2 * LITTLE_BYTES


def test_arrays_nested_a_thousand_deep(tmp_path: Path, cost: Cost) -> None:
    path = forge.write(tmp_path / "m.gguf", {"a.deep": Raw(ARRAY, struct.pack("<IQ", ARRAY, 1) * 1000)})
    assert DAMAGED in refusal(path).message
    assert cost.bytes_read <= LITTLE_BYTES


def test_lengths_that_a_huge_file_has_room_for(tmp_path: Path, cost: Cost) -> None:
    """Holes cost an attacker nothing: 4 GB of empty texts, an array of 3 GB, a text of 2 GB."""
    hole = [Tensor("hole", (2**30,))]
    for value in (array(TEXT, 2**28), array(U32, 3 * 2**28), Raw(TEXT, struct.pack("<Q", 2**31))):
        assert TOO_LONG in refusal(forge.write(tmp_path / "m.gguf", {"a.lie": value}, hole)).message
    assert cost.bytes_read <= 3 * LITTLE_BYTES


def test_a_header_of_many_small_steps_ends_at_the_budget(tmp_path: Path, cost: Cost) -> None:
    """Each array stays under the limit; together they do not."""
    keys: dict[str, forge.Value] = {f"a.{number}": array(TEXT, 1_000_000, bytes(8_000_000)) for number in range(3)}
    path = forge.write(tmp_path / "m.gguf", keys)
    assert TOO_LONG in refusal(path).message
    assert cost.bytes_read < path.stat().st_size


def test_what_is_kept_in_memory_is_bounded(tmp_path: Path) -> None:
    keys: dict[str, forge.Value] = {f"a.{number}": "x" * 4000 for number in range(4000)}
    path = forge.write(tmp_path / "m.gguf", keys)
    tracemalloc.start()
    try:
        assert TOO_LONG in refusal(path).message
        assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["", "x" * 2000], ids=len)
def test_names_of_keys_that_cannot_be(tmp_path: Path, name: str) -> None:
    assert DAMAGED in refusal(forge.write(tmp_path / "m.gguf", {name: 1})).message


def test_a_key_twice(tmp_path: Path) -> None:
    assert DAMAGED in refusal(forge.write(tmp_path / "m.gguf", [("a.b", 1), ("a.c", 2), ("a.b", 3)])).message
    assert DAMAGED in refusal(forge.write(tmp_path / "m.gguf", [("a.b", "x" * 5000), ("a.b", 3)])).message


@pytest.mark.parametrize("alignment", [0, 3, 48, 2**21, -8, "32", 1.5, True])
def test_alignments_that_cannot_be(tmp_path: Path, alignment: forge.Value) -> None:
    path = forge.write(tmp_path / "m.gguf", {"general.alignment": alignment}, [Tensor("a", (4,))])
    assert DAMAGED in refusal(path).message


@pytest.mark.parametrize("alignment", [1, 8, 64, 4096])
def test_alignments_that_can_be(tmp_path: Path, alignment: int) -> None:
    tensors = [Tensor("a", (3,)), Tensor("b", (5,))]
    path = forge.write(tmp_path / "m.gguf", {"general.alignment": alignment}, tensors, alignment=alignment)
    assert [tensor.name for tensor in container.read_part(path, Budget()).tensors] == ["a", "b"]


@pytest.mark.parametrize(
    "tensor",
    [
        Tensor("x" * 64, (4,)),
        Tensor("five", (1, 1, 1, 1, 1)),
        Tensor("wide", (2**63,)),
        Tensor("wide and empty", (2**63, 0)),
        Tensor("petabyte", (2**48,)),
        Tensor("product", (2**32, 2**32)),
        Tensor("all", (2**62, 2**62, 2**62, 2**62)),
        Tensor("half a block", (33,), "Q4_0"),
        Tensor("far", (4,), offset=2**63),
        Tensor("unaligned", (4,), offset=7),
        Tensor("gap", (4,), offset=64),
    ],
    ids=lambda tensor: tensor.name[:12],
)
def test_tensors_that_cannot_be(tmp_path: Path, tensor: Tensor) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(forge.front({}, [tensor]) + bytes(1024))
    assert DAMAGED in refusal(path).message


def test_tensors_that_overlap_and_tensors_that_are_there_twice(tmp_path: Path) -> None:
    overlapping = [Tensor("a", (64,)), Tensor("b", (64,), offset=32)]
    assert DAMAGED in refusal(forge.write(tmp_path / "m.gguf", {}, overlapping)).message
    assert DAMAGED in refusal(forge.write(tmp_path / "m.gguf", {}, [Tensor("a", (4,)), Tensor("a", (4,))])).message


@pytest.mark.parametrize(("number", "sentence"), [(4, "no longer read"), (31, "no longer"), (43, "does not know")])
def test_formats_of_weights_that_are_gone_or_unknown(tmp_path: Path, number: int, sentence: str) -> None:
    assert sentence in refusal(forge.write(tmp_path / "m.gguf", {}, [Tensor("a", (4,), number=number)])).message


def test_a_download_that_stopped_says_how_far_it_came(tmp_path: Path) -> None:
    path = forge.llama(tmp_path / "m.gguf", "70b")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 5 * 2)
    fault = refusal(path)
    assert "cut short" in fault.message
    assert "39 %" in fault.message or "40 %" in fault.message
    assert "m.gguf" in fault.next_step


def test_padding_after_the_last_tensor_may_be_missing(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "m.gguf", {}, [Tensor("a", (3,))])
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 20)
    assert header.read_header(path).total_bytes == 12
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)
    assert "cut short" in refusal(path).message


def test_cut_anywhere_in_the_header(tmp_path: Path, cost: Cost) -> None:
    path = forge.llama(tmp_path / "m.gguf", layers=8, keys=forge.vocabulary(500, 500))
    for length in range(header_bytes(path) // 97 * 97, -1, -97):
        with path.open("r+b") as file:
            file.truncate(length)
        cost.bytes_read = 0
        sentence = refusal(path).message
        assert any(words in sentence for words in ("cut short", "empty")), length
        assert cost.bytes_read <= length + 3 * CHUNK_BYTES


def test_flipped_bits_in_the_header_of_a_real_model(tmp_path: Path, cost: Cost) -> None:
    """Either it still reads or it is refused; never anything else, and never for more than the header is long."""
    real = library.starter()
    length = header_bytes(real)
    front = real.read_bytes()[:length]
    path = tmp_path / "m.gguf"
    path.write_bytes(front)
    chance = random.Random(3)
    outcomes = set()
    with path.open("r+b", buffering=0) as file:
        file.truncate(real.stat().st_size)
        for number in range(FLIPS):
            # Most bytes are vocabulary, where a flip does nothing: two in three go to the keys and the tensor table.
            at = chance.choice([range(length), range(2000), range(length - 17_000, length)][number % 3])
            file.seek(at)
            file.write(bytes([front[at] ^ 1 << chance.randrange(8)]))
            cost.bytes_read = 0
            try:
                header.read_header(path)
                outcomes.add("read")
            except ModelFault:
                outcomes.add("refused")
            assert cost.bytes_read <= length + 8 * CHUNK_BYTES
            file.seek(at)
            file.write(front[at : at + 1])
    assert outcomes == {"read", "refused"}
    assert header.read_header(path) == header.read_header(real)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 2000), st.binary(min_size=1, max_size=9)), min_size=1, max_size=4))
def test_whatever_stands_in_a_header_it_reads_or_is_refused(tmp_path: Path, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(forge.front(forge.llama_keys(forge.Shape(), "Q4_0"), [Tensor("token_embd.weight", (32, 4))]))
    for at, new in changes:
        data[at % len(data) : at % len(data) + len(new)] = new
    path = tmp_path / "m.gguf"
    path.write_bytes(bytes(data) + bytes(512))
    with contextlib.suppress(ModelFault):
        header.require_chat_model(header.read_header(path))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_noise_after_the_magic_reads_or_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF\x03\0\0\0" + data)
    with contextlib.suppress(ModelFault):
        header.read_header(path)


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = forge.llama(tmp_path / "m.gguf", keys=forge.vocabulary(20_000, 0))
    read = os.read

    def cutting(descriptor: int, count: int) -> bytes:
        data = read(descriptor, count)
        if count > 8:
            os.truncate(path, CHUNK_BYTES)
        return data

    monkeypatch.setattr(os, "read", cutting)
    assert DAMAGED in refusal(path).message


# Models in several files


def test_all_parts_of_a_split_model_read_as_one(tmp_path: Path) -> None:
    whole = header.read_header(forge.llama(tmp_path / "whole.gguf", layers=5))
    first = forge.llama(tmp_path / "m.gguf", layers=5, parts=4)
    for number in range(1, 5):
        assert header.read_header(forge.part_path(tmp_path / "m.gguf", number, 4)) == whole
    assert first.name == "m-00001-of-00004.gguf"


def test_a_first_part_without_tensors(tmp_path: Path) -> None:
    """As `--no-tensor-first-split` makes it."""
    tensors = forge.llama_tensors(forge.Shape(), "Q8_0")
    keys = forge.llama_keys(forge.Shape(), "Q8_0")
    count = {"split.tensors.count": len(tensors)}
    forge.write(tmp_path / "m-00001-of-00002.gguf", {**keys, "split.no": 0, "split.count": 2, **count})
    forge.write(tmp_path / "m-00002-of-00002.gguf", {"split.no": 1, "split.count": 2, **count}, tensors)
    assert not header.read_header(tmp_path / "m-00001-of-00002.gguf").is_vocabulary_only


def test_a_part_that_lost_its_name_says_which_it_had(tmp_path: Path) -> None:
    forge.llama(tmp_path / "m.gguf", parts=3)
    fault = refusal(forge.part_path(tmp_path / "m.gguf", 2, 3).rename(tmp_path / "model.gguf"))
    assert "part 2 of a model that is split into 3 files" in fault.message
    assert "-00002-of-00003.gguf" in fault.next_step


def test_a_missing_part(tmp_path: Path) -> None:
    first = forge.llama(tmp_path / "m.gguf", parts=3)
    forge.part_path(tmp_path / "m.gguf", 3, 3).unlink()
    assert "1 of them are missing" in refusal(first).message


def test_a_part_that_is_cut_short_is_named(tmp_path: Path) -> None:
    first = forge.llama(tmp_path / "m.gguf", parts=3)
    second = forge.part_path(tmp_path / "m.gguf", 2, 3)
    with second.open("r+b") as file:
        file.truncate(second.stat().st_size // 2)
    fault = refusal(first)
    assert "cut short" in fault.message
    assert second.name in fault.next_step


def test_parts_in_the_wrong_order(tmp_path: Path) -> None:
    first = forge.llama(tmp_path / "m.gguf", parts=3)
    second, third = (forge.part_path(tmp_path / "m.gguf", number, 3) for number in (2, 3))
    kept = second.read_bytes()
    second.write_bytes(third.read_bytes())
    third.write_bytes(kept)
    assert "named part 2 of this model is part 3" in refusal(first).message


@pytest.mark.parametrize("other", [{"parts": 4}, {"layers": 3}], ids=str)
def test_a_part_of_another_model(tmp_path: Path, other: dict[str, int]) -> None:
    first = forge.llama(tmp_path / "m.gguf", parts=3)
    forge.llama(tmp_path / "other.gguf", **{"parts": 3, **other})  # type: ignore[arg-type]  # only numbers
    stranger = forge.part_path(tmp_path / "other.gguf", 2, other.get("parts", 3))
    stranger.replace(forge.part_path(tmp_path / "m.gguf", 2, 3))
    assert "do not belong together" in refusal(first).message


def test_a_part_that_counts_other_tensors_or_is_of_another_family(tmp_path: Path) -> None:
    first, second = (forge.part_path(tmp_path / "m.gguf", number, 2) for number in (1, 2))
    keys: dict[str, forge.Value] = {"general.architecture": "llama", "split.count": 2, "split.tensors.count": 2}
    forge.write(first, {**keys, "split.no": 0}, [Tensor("a", (4,))])
    forge.write(second, {**keys, "split.no": 1}, [Tensor("b", (4,))])
    assert header.read_header(first).total_bytes == 32
    forge.write(second, {**keys, "split.no": 1, "split.tensors.count": 3}, [Tensor("b", (4,))])
    assert "do not belong together" in refusal(first).message
    forge.write(second, {**keys, "split.no": 1, "general.architecture": "other"}, [Tensor("b", (4,))])
    assert "do not belong together" in refusal(first).message


def test_whole_models_under_the_names_of_parts(tmp_path: Path) -> None:
    for number in (1, 2):
        forge.llama(forge.part_path(tmp_path / "m.gguf", number, 2))
    assert "do not belong together" in refusal(tmp_path / "m-00001-of-00002.gguf").message


def test_parts_that_share_a_tensor(tmp_path: Path) -> None:
    tensors = [Tensor("blk.0.attn_k.weight", (32, 4)), Tensor("blk.0.attn_k.weight", (32, 4))]
    assert "do not belong together" in refusal(forge.write_parts(tmp_path / "m.gguf", {}, tensors, 2)).message


def test_a_single_part_of_one_is_a_whole_model(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "m-00001-of-00001.gguf", forge.llama_keys(forge.Shape(), "F16"))
    assert header.read_header(path).layers == 2


def test_many_parts_share_one_budget(tmp_path: Path) -> None:
    keys: dict[str, forge.Value] = {"a.texts": array(TEXT, 900_000, bytes(7_200_000))}
    for number in range(3):
        split: dict[str, forge.Value] = {"split.no": number, "split.count": 3}
        forge.write(forge.part_path(tmp_path / "m.gguf", number + 1, 3), {**keys, **split})
    assert TOO_LONG in refusal(tmp_path / "m-00001-of-00003.gguf").message


def test_the_headers_of_all_parts_have_a_length_together(tmp_path: Path, cost: Cost) -> None:
    """200 MB each, most of it a hole: one alone stays under the limit."""
    for number in range(2):
        keys: dict[str, forge.Value] = {"split.no": number, "split.count": 2, "a.long": array(U32, 50 * 2**20)}
        path = forge.write(forge.part_path(tmp_path / "m.gguf", number + 1, 2), keys)
        os.truncate(path, 201 * 2**20)
        assert container.read_part(path, Budget()).header_bytes > 200 * 2**20
    assert TOO_LONG in refusal(path).message
    assert cost.bytes_read <= 2 * LITTLE_BYTES
