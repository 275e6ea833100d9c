"""Bytes before loading: against llama.cpp itself where that can be asked, else against what it logged."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.engine.planning import footprint
from app.engine.planning.footprint import Setting
from app.engine.protocol import KvType
from app.models.header import read_header
from tests.models import forge
from tests.models.forge import Shape

from .machines import header

MIB = 2**20
BUFFERS = Path(__file__).with_name("buffers.py")
KV_NUMBERS: dict[KvType, int] = {"f16": 1, "q8_0": 8, "q4_0": 2}  # enum ggml_type
SHAPES = {
    "wide": Shape(2, 1024, 3584, 8, 2, 32000),
    "deep": Shape(30, 512, 1536, 8, 2, 4000),
    "large vocabulary": Shape(2, 512, 1024, 8, 8, 128256),
    "few large experts": Shape(2, 1024, 3584, 8, 2, 32000, 32768, 8, 2),
    "many small experts": Shape(2, 1024, 256, 8, 2, 32000, 32768, 64, 8),
}
KINDS: tuple[tuple[KvType, bool], ...] = (("f16", True), ("f16", False), ("q8_0", True), ("q4_0", True))
SETTINGS = [
    Setting(context, micro_batch, kv_type, has_flash)
    for context in (2048, 32768)
    for micro_batch in (128, 512)
    for kv_type, has_flash in KINDS
]


@pytest.mark.model
@pytest.mark.parametrize("name", SHAPES)
def test_buffers_are_as_large_as_llama_says(name: str, tmp_path: Path) -> None:
    path = forge.llama(tmp_path / "model.gguf", SHAPES[name])
    model = read_header(path)
    cases = [
        (each.context_tokens, each.micro_batch_tokens, KV_NUMBERS[each.kv_type], int(each.has_flash_attention))
        for each in SETTINGS
    ]
    arguments = json.dumps([(*case, footprint.LOGIT_ROWS) for case in cases])
    run = subprocess.run([sys.executable, BUFFERS, path, arguments], capture_output=True, check=True, timeout=100)
    for setting, real_mib in zip(SETTINGS, json.loads(run.stdout), strict=True):
        computed_mib = footprint.compute_bytes(model, setting, is_on_cpu=True) / MIB
        assert computed_mib == pytest.approx(real_mib, rel=0.12, abs=2.5), setting


# "compute buffer size" in MiB as logged for Llama 3.1 with 16 rows of logits: context, micro-batch, type, flash
# attention, and the devices' in their order, the CPU's last. Two devices that carry all layers run side by side.
LOGGED = [
    ("8b", Setting(8192, 512, "f16", True), [116.01], 24.01),
    ("8b", Setting(131072, 512, "f16", True), [236.01], 144.01),
    ("8b", Setting(8192, 128, "f16", True), [29.00], 6.00),
    ("8b", Setting(8192, 512, "f16", False), [564.01], 36.01),
    ("8b", Setting(8192, 512, "f16", True), [172.04, 204.04], 72.05),
    ("8b", Setting(131072, 512, "f16", True), [652.04, 684.04], 552.05),
    ("70b", Setting(8192, 512, "f16", True), [224.01], 40.01),
    ("70b", Setting(131072, 512, "f16", True), [344.01], 160.01),
    ("70b", Setting(8192, 512, "f16", False), [1108.01], 52.01),
    ("70b", Setting(8192, 512, "f16", True), [312.04, 376.04], 112.05),
    ("70b", Setting(8192, 128, "f16", True), [78.01, 94.01], 28.01),
]


@pytest.mark.parametrize(("shape", "setting", "devices_mib", "cpu_mib"), LOGGED)
def test_buffers_on_devices_are_as_large_as_llama_logged(
    shape: str, setting: Setting, devices_mib: list[float], cpu_mib: float
) -> None:
    model, count = header(shape), len(devices_mib)
    computed = [footprint.device_bytes(model, setting, place=place, devices=count) / MIB for place in range(count)]
    assert computed == pytest.approx(devices_mib, rel=0.02)
    host = footprint.host_bytes(model, setting, devices=count, has_layers=False)
    host -= footprint.PROCESS_BYTES + footprint.VOCABULARY_BYTES * model.vocabulary + footprint.DRIVER_BYTES
    assert host / MIB == pytest.approx(cpu_mib, rel=0.15)


# The same for the one device with half of the layers, which computes the CPU's too while a prompt is read.
HALF_LOGGED = [
    ("8b", 17, Setting(8192, 512, "f16", True), 129.5),
    ("8b", 17, Setting(131072, 512, "f16", True), 665.0),
    ("8b", 17, Setting(8192, 512, "q8_0", True), 145.1),
    ("70b", 41, Setting(8192, 512, "f16", True), 314.0),
    ("70b", 41, Setting(131072, 512, "f16", True), 964.0),
    ("70b", 41, Setting(8192, 128, "f16", True), 192.0),
]


@pytest.mark.parametrize(("shape", "cpu_layers", "setting", "logged_mib"), HALF_LOGGED)
def test_a_device_that_helps_out_has_room_for_the_weights_it_is_sent(
    shape: str, cpu_layers: int, setting: Setting, logged_mib: float
) -> None:
    model = header(shape)
    computed = footprint.device_bytes(model, setting, place=0, devices=1)
    computed += footprint.streaming_bytes(model, setting, range(cpu_layers))
    assert logged_mib <= computed / MIB <= logged_mib + 160


@pytest.mark.parametrize(("shape", "kib"), [("8b", 128), ("70b", 320), ("405b", 504)])
def test_a_token_takes_so_much_of_the_cache(shape: str, kib: int) -> None:
    model = header(shape)
    assert footprint.kv_token_bytes(model, "f16") == kib * 1024
    assert footprint.kv_token_bytes(model, "q8_0") == kib * 1024 * 34 // 64
    assert footprint.kv_token_bytes(model, "q4_0") == kib * 1024 * 18 // 64


def test_the_cache_grows_in_steps() -> None:
    assert Setting(1, 512, "f16", True).cells == 256
    assert Setting(256, 512, "f16", True).cells == 256
    assert Setting(257, 512, "f16", True).cells == 512


def test_copies_are_known_by_instruction_set_and_taken_for_the_most_without() -> None:
    model = header("8b")
    assert footprint.repacking_bytes(model, ("avx2",)) == model.bytes_by_type["Q4_K"]
    assert footprint.repacking_bytes(model, ("sse3",)) == 0
    assert footprint.repacking_bytes(model, ()) == model.repackable_bytes


@pytest.mark.parametrize("shape", [forge.SHAPES["tiny"], SHAPES["few large experts"]], ids=["tiny", "experts"])
@pytest.mark.parametrize("is_tied", [False, True])
def test_the_headers_of_these_tests_are_those_of_files(shape: Shape, is_tied: bool, tmp_path: Path) -> None:
    read = read_header(forge.llama(tmp_path / "model.gguf", shape, tied=is_tied))
    made = header(shape, is_tied=is_tied)
    for field in dataclasses.fields(read):
        if field.name not in ("facts", "repackable_bytes", "bytes_by_type", "tokeniser"):
            assert getattr(made, field.name) == getattr(read, field.name), field.name
    assert {name: made.bytes_by_type[name] for name in ("Q4_K", "Q6_K")} == {
        name: read.bytes_by_type[name] for name in ("Q4_K", "Q6_K")
    }
