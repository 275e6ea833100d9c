"""Loaded weights and their vocabulary."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import llama_cpp.llama_cpp as lib

from app.engine.child.llama.library import Library, LoadError, Pointer, ggml, load_fault


class Model:
    """Loaded weights and their vocabulary."""

    def __init__(
        self,
        library: Library,
        path: Path,
        *,
        on_progress: Callable[[float], None],
        gpu_layers: int | None = 0,
        repack: bool = False,
        devices: Sequence[str] = (),
        split: Sequence[float] = (),
    ) -> None:
        """`on_progress` gets 0.0 to 1.0. Raises LoadError."""
        params = lib.llama_model_default_params()
        params.n_gpu_layers = -1 if gpu_layers is None else gpu_layers
        params.use_extra_bufts = repack
        # Read while loading only: the model copies them.
        device_list = _device_list(devices)
        split_list = (ctypes.c_float * lib.LLAMA_MAX_DEVICES)(*split)
        if devices or gpu_layers == 0:  # no layers there would still leave llama.cpp's working buffers there
            params.devices = ctypes.cast(device_list, ctypes.c_void_p)
        if split:
            params.tensor_split = split_list

        def progress(fraction: float, _data: object) -> bool:
            on_progress(min(max(fraction, 0.0), 1.0))
            return True  # a load is cancelled by ending the process

        params.progress_callback = callback = lib.llama_progress_callback(progress)
        library.take_errors()
        self.pointer: Pointer = lib.llama_model_load_from_file(c_path(path), params)
        del callback
        if not self.pointer:
            errors = library.take_errors().replace(str(path), "the file").replace(str(path.parent), "")
            raise LoadError(load_fault(errors), errors[-2000:])
        self._library = library
        self._vocab: Pointer = lib.llama_model_get_vocab(self.pointer)
        self._pieces: dict[int, bytes | None] = {}
        self._buffer = ctypes.create_string_buffer(256)
        self.bos: int = lib.llama_vocab_bos(self._vocab)
        self.adds_bos = bool(lib.llama_vocab_get_add_bos(self._vocab))
        self.vocabulary_tokens: int = lib.llama_vocab_n_tokens(self._vocab)
        self.has_space_prefix = (
            lib.llama_vocab_type(self._vocab) == lib.LLAMA_VOCAB_TYPE_SPM
            and self.meta("tokenizer.ggml.add_space_prefix") != "false"
        )
        marker = self._tokenize("<|python_tag|>", True)
        self.call_marker = marker[0] if len(marker) == 1 else -1  # how Llama 3.1 begins a call of a tool
        self._newline: int = lib.llama_vocab_nl(self._vocab)

    @property
    def trained_context_tokens(self) -> int:
        return int(lib.llama_model_n_ctx_train(self.pointer))

    @property
    def parameters(self) -> int:
        return int(lib.llama_model_n_params(self.pointer))

    @property
    def size_bytes(self) -> int:
        return int(lib.llama_model_size(self.pointer))

    @property
    def quantisation(self) -> str:
        return (lib.llama_ftype_name(lib.llama_model_ftype(self.pointer)) or b"").decode("utf-8", "replace")

    @property
    def is_recurrent(self) -> bool:
        """Whether it, or a part of it, keeps one state instead of a KV cache: nothing can be cut off its end."""
        return bool(lib.llama_model_is_recurrent(self.pointer) or lib.llama_model_is_hybrid(self.pointer))

    def meta(self, key: str) -> str:
        """A value of the file's header, empty where there is none; at most 1000 bytes of it."""
        buffer = ctypes.create_string_buffer(1001)
        length = lib.llama_model_meta_val_str(self.pointer, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if length >= 0 else ""

    def chat_template(self) -> str | None:
        template = lib.llama_model_chat_template(self.pointer, None)
        return None if template is None else template.decode("utf-8", "replace")

    def render_built_in(self, messages: Sequence[tuple[str, str]]) -> str | None:
        """llama.cpp's own rendering, for templates that it recognises; the file's template is not run there either."""
        template = lib.llama_model_chat_template(self.pointer, None)
        if template is None:
            return None
        chat = (lib.llama_chat_message * max(len(messages), 1))()
        for item, (role, text) in zip(chat, messages, strict=False):
            item.role, item.content = role.encode(), text.encode()
        size = 4096 + 256 * len(messages)
        buffer = ctypes.create_string_buffer(size)
        length = lib.llama_chat_apply_template(template, chat, len(messages), True, buffer, size)
        return buffer.raw[:length].decode("utf-8", "replace") if 0 <= length <= size else None

    def tokenize(self, text: str, *, is_control: bool, is_fresh: bool = False) -> list[int]:
        """The tokens of one piece of a prompt. Only with `is_control` may the text become control tokens.

        `is_fresh` at the beginning of the prompt and after a control token: SentencePiece puts a space there.
        """
        if self.has_space_prefix and not is_fresh:
            # It puts one before whatever it is given, though. After a newline it can be cut off again.
            tokens = self._tokenize("\n" + text, is_control)
            if self._newline in tokens:
                return tokens[tokens.index(self._newline) + 1 :]
        return self._tokenize(text, is_control)

    def is_control(self, token: int) -> bool:
        return bool(lib.llama_vocab_is_control(self._vocab, token))

    def ends_answer(self, token: int) -> bool:
        return bool(lib.llama_vocab_is_eog(self._vocab, token))

    def has_same_vocabulary(self, other: Model) -> bool:
        """As far as a sample of the tokens shows."""
        if (self.vocabulary_tokens, self.bos) != (other.vocabulary_tokens, other.bos):
            return False
        step = max(1, self.vocabulary_tokens // 997)
        return all(self.piece(token) == other.piece(token) for token in range(0, self.vocabulary_tokens, step))

    @property
    def vocabulary(self) -> Pointer:
        return self._vocab

    def _tokenize(self, text: str, is_control: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (lib.llama_token * room)()
        count = lib.llama_tokenize(self._vocab, data, len(data), tokens, room, False, is_control)
        if count < 0:
            tokens = (lib.llama_token * -count)()
            count = lib.llama_tokenize(self._vocab, data, len(data), tokens, -count, False, is_control)
        return list(tokens[: max(count, 0)])

    def piece(self, token: int) -> bytes | None:
        """The bytes of a token, empty for control tokens, None for those that end an answer."""
        try:
            return self._pieces[token]
        except KeyError:
            piece = None if self.ends_answer(token) else self._read_piece(token)
            self._pieces[token] = piece
            return piece

    def _read_piece(self, token: int) -> bytes:
        length = lib.llama_token_to_piece(self._vocab, token, self._buffer, len(self._buffer), 0, False)
        if length < 0:  # minus the size that is needed
            self._buffer = ctypes.create_string_buffer(-length)
            length = lib.llama_token_to_piece(self._vocab, token, self._buffer, len(self._buffer), 0, False)
        return self._buffer.raw[: max(length, 0)]

    def free(self) -> None:
        if self.pointer:
            lib.llama_model_free(self.pointer)
            self.pointer = None


def _device_list(names: Sequence[str]) -> Pointer:
    """NULL-terminated, as llama.cpp wants it. Raises LoadError for one that is not there any more."""
    by_name = ggml("ggml_backend_dev_by_name", ctypes.c_void_p, ctypes.c_char_p)
    found = [by_name(name.encode()) for name in names]
    if None in found:
        raise LoadError("device", names[found.index(None)])
    return (ctypes.c_void_p * (len(found) + 1))(*found, None)


def c_path(path: Path) -> bytes:
    # llama.cpp wants UTF-8 on Windows too; elsewhere a path may hold bytes that are no UTF-8.
    return str(path).encode("utf-8") if sys.platform == "win32" else bytes(path)
