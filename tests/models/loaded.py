"""Run as a child: what llama.cpp itself says of the model files named as arguments, as JSON. No weights are read."""

from __future__ import annotations

import json
import sys

import llama_cpp as lib


def facts(path: str) -> dict[str, int] | None:
    """None where llama.cpp refuses the file."""
    wishes = lib.llama_model_default_params()
    wishes.no_alloc, wishes.load_mode = True, 0
    model = lib.llama_model_load_from_file(path.encode(), wishes)
    if not model:
        return None
    return {
        "layers": lib.llama_model_n_layer(model),
        "embedding": lib.llama_model_n_embd(model),
        "heads": lib.llama_model_n_head(model),
        "kv_heads": lib.llama_model_n_head_kv(model),
        "trained_context": lib.llama_model_n_ctx_train(model),
        "parameters": lib.llama_model_n_params(model),
        "total_bytes": lib.llama_model_size(model),
        "vocabulary": lib.llama_vocab_n_tokens(lib.llama_model_get_vocab(model)),
    }


if __name__ == "__main__":
    lib.llama_backend_init()
    print(json.dumps([facts(path) for path in sys.argv[1:]]))
