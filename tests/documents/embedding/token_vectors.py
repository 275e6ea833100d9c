"""Run as a child: the tokens that llama.cpp makes of each text, and the vector of each token, not pooled. JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import llama_cpp as lib

CONTEXT = 256
_NONE = 0  # enum llama_pooling_type


def tokens_of(vocabulary: Any, text: str) -> list[int]:
    """Any: a pointer of a library without types."""
    untrusted = text.encode()
    room = (lib.llama_token * CONTEXT)()
    count = lib.llama_tokenize(vocabulary, untrusted, len(untrusted), room, CONTEXT, True, False)
    assert count > 0
    return list(room[:count])


def vectors_of(context: Any, tokens: list[int], width: int) -> list[list[float]]:
    """Any: a pointer of a library without types."""
    kept = (lib.llama_token * len(tokens))(*tokens)  # the batch points to it
    batch, memory = lib.llama_batch_get_one(kept, len(tokens)), lib.llama_get_memory(context)
    if memory:
        lib.llama_memory_clear(memory, True)
    assert (lib.llama_decode if memory else lib.llama_encode)(context, batch) == 0
    return [list(lib.llama_get_embeddings_ith(context, place)[:width]) for place in range(len(tokens))]


def main(path: str) -> None:
    lib.llama_backend_init()
    model = lib.llama_model_load_from_file(path.encode(), lib.llama_model_default_params())
    assert model, "llama.cpp refuses the file"
    wishes = lib.llama_context_default_params()
    wishes.n_ctx = wishes.n_batch = wishes.n_ubatch = CONTEXT
    wishes.embeddings, wishes.pooling_type, wishes.n_threads, wishes.n_threads_batch = True, _NONE, 1, 1
    context = lib.llama_init_from_model(model, wishes)
    vocabulary, width = lib.llama_model_get_vocab(model), lib.llama_model_n_embd(model)
    made = []
    for text in json.load(sys.stdin):
        tokens = tokens_of(vocabulary, text)
        made.append({"tokens": tokens, "vectors": vectors_of(context, tokens, width)})
    print(json.dumps(made))


if __name__ == "__main__":
    main(sys.argv[1])
