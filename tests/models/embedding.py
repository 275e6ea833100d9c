"""Run as a child: the tokens and the vector that llama.cpp makes of each text. In and out is JSON.

Only the file says how (mean of all tokens, no causal mask); nothing here asks for it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import llama_cpp as lib

CONTEXT = 512


def tokens_of(vocabulary: Any, text: str) -> list[int]:
    """Any: a pointer of a library without types."""
    untrusted = text.encode()
    room = (lib.llama_token * CONTEXT)()
    count = lib.llama_tokenize(vocabulary, untrusted, len(untrusted), room, CONTEXT, True, False)
    assert count > 0
    return list(room[:count])


def vector_of(context: Any, tokens: list[int], width: int) -> list[float]:
    """Any: a pointer of a library without types."""
    kept = (lib.llama_token * len(tokens))(*tokens)  # the batch points to it
    assert lib.llama_encode(context, lib.llama_batch_get_one(kept, len(tokens))) == 0
    return list(lib.llama_get_embeddings_seq(context, 0)[:width])


def main(path: str) -> None:
    lib.llama_backend_init()
    model = lib.llama_model_load_from_file(path.encode(), lib.llama_model_default_params())
    assert model, "llama.cpp refuses the file"
    wishes = lib.llama_context_default_params()
    wishes.n_ctx = wishes.n_batch = wishes.n_ubatch = CONTEXT
    wishes.embeddings, wishes.n_threads, wishes.n_threads_batch = True, 1, 1
    context = lib.llama_init_from_model(model, wishes)
    vocabulary, width = lib.llama_model_get_vocab(model), lib.llama_model_n_embd(model)
    made = []
    for text in json.load(sys.stdin):
        tokens = tokens_of(vocabulary, text)
        made.append({"tokens": tokens, "vector": vector_of(context, tokens, width)})
    print(json.dumps({"pooling": lib.llama_pooling_type(context), "texts": made}))


if __name__ == "__main__":
    main(sys.argv[1])
