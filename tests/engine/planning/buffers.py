"""Run as a child: how large a buffer llama.cpp computes in, in MiB, as it logs it. Nothing is read or allocated.

Takes a model file and, as JSON, a list of [context, micro-batch, number of the KV type, flash attention, rows].
"""

from __future__ import annotations

import ctypes
import json
import re
import sys
from typing import Any

import llama_cpp.llama_cpp as lib

_lines: list[str] = []


@lib.llama_log_callback  # type: ignore[untyped-decorator]  # the package has no types
def _log(_level: int, text: bytes, _data: Any) -> None:  # Any: a pointer
    _lines.append(text.decode())


def buffer_mib(model: Any, context: int, micro_batch: int, kv_type: int, flash: int, rows: int) -> float:
    """Any: an opaque pointer."""
    wishes = lib.llama_context_default_params()
    wishes.n_ctx, wishes.n_batch, wishes.n_ubatch = context, max(context, micro_batch), micro_batch
    wishes.type_k = wishes.type_v = kv_type
    wishes.flash_attn_type, wishes.n_outputs_max = flash, rows
    wishes.n_seq_max, wishes.kv_unified = 4, True
    _lines.clear()
    made = lib.llama_init_from_model(model, wishes)
    lib.llama_free(made)
    found = re.search(r"CPU compute buffer size = *([\d.]+) MiB", "".join(_lines))
    return float(found[1]) if found else 0.0


if __name__ == "__main__":
    lib.llama_log_set(_log, ctypes.c_void_p())
    lib.llama_backend_init()
    options = lib.llama_model_default_params()
    options.no_alloc, options.load_mode, options.n_gpu_layers = True, 0, 0
    loaded = lib.llama_model_load_from_file(sys.argv[1].encode(), options)
    print(json.dumps([buffer_mib(loaded, *case) for case in json.loads(sys.argv[2])]))
