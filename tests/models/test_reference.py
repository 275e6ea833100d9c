"""The models that people ask about first have the sizes that their files have."""

from __future__ import annotations

import pytest

from app.models.reference import llama31


@pytest.mark.parametrize(
    ("number", "parameters", "file_bytes"),
    [(0, 8.03e9, 4.92e9), (1, 70.55e9, 42.5e9), (2, 405.85e9, 243.2e9)],
)
def test_a_reference_is_as_large_as_the_published_file(number: int, parameters: float, file_bytes: float) -> None:
    model = llama31()[number].model
    assert model.parameters == pytest.approx(parameters, rel=0.01)
    assert model.total_bytes == pytest.approx(file_bytes, rel=0.02)
    assert model.total_bytes == sum(model.layer_bytes) + model.input_bytes + model.output_bytes
    assert sum(model.kv_widths) * 2 == {0: 131_072, 1: 327_680, 2: 516_096}[number]  # bytes per token in f16
