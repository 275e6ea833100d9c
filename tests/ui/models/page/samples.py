"""Offers, results, a shelf and downloads as they really are, for tests and for pictures."""

from __future__ import annotations

from app.journeys.offers import Choice, Fit, Offer, Place
from app.models.hub.remote import Found, RemoteFile, Repository, Variant
from app.ui.models.page.shown import (
    DiskShown,
    DownloadShown,
    ListingShown,
    Problem,
    ResultsShown,
    ShelfItem,
    ShelfShown,
    VariantShown,
)

GB = 10**9
WORDS = {
    "Q2_K": "smallest, with clear losses",
    "Q3_K_M": "small, with some loss",
    "Q4_K_M": "good balance of size and quality",
    "Q5_K_M": "a little better, a little larger",
    "Q6_K": "very close to the original",
    "Q8_0": "practically the original",
    "F16": "the original, twice the size of Q8_0",
}
BITS = {"Q2_K": 3.2, "Q3_K_M": 3.9, "Q4_K_M": 4.9, "Q5_K_M": 5.7, "Q6_K": 6.6, "Q8_0": 8.5, "F16": 16.0}
REASON = "The speed of the memory is the limit: 4.9 GB are read for every word."


def fit(place: Place, tokens_per_s: float, first_word_s: float = 0.4) -> Fit:
    return Fit(place, tokens_per_s, first_word_s, is_estimate=False, reasons=(REASON,))


def offer(
    key: str, title: str, billions: float, places: tuple[tuple[Place, float], ...], *, best: int = 0, **changed: object
) -> Offer:
    repository = f"bartowski/{title.replace(' ', '-')}-GGUF"
    names = ("Q2_K", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0")
    choices = tuple(
        Choice(
            repository,
            name,
            WORDS[name],
            int(billions * BITS[name] / 8 * GB),
            is_size_estimated=True,
            fit=fit(place, rate, 12 / max(rate, 0.1)),
        )
        for name, (place, rate) in zip(names, places, strict=False)
    )
    values: dict[str, object] = {
        "words": "Answers, writes, summarises and translates; the usual first choice.",
        "kind": "chat",
        "context_tokens": 131_072,
        "licence": "llama3.1",
        "licence_title": "Llama 3.1 Community License",
        "author": "Meta",
        "released": "2024-07",
    }
    return Offer(key=key, title=title, parameters=int(billions * GB), choices=choices, best=best, **(values | changed))  # type: ignore[arg-type]  # sample values by name


EIGHT = offer(
    "llama-3.1-8b",
    "Llama 3.1 8B Instruct",
    8.03,
    (("gpu", 61), ("gpu", 42), ("gpu", 36), ("gpu", 31), ("split", 14)),
    best=1,
)
THREE = offer(
    "llama-3.2-3b",
    "Llama 3.2 3B Instruct",
    3.21,
    (("gpu", 130), ("gpu", 98), ("gpu", 88), ("gpu", 80), ("gpu", 61)),
    best=4,
    words="Quick, for short texts and simple questions.",
    licence_title="Llama 3.2 Community License",
    released="2024-09",
)
SEVENTY = offer(
    "llama-3.3-70b",
    "Llama 3.3 70B Instruct",
    70.6,
    (("split", 1.8), ("split", 0.9), ("disk", 0.12), ("disk", 0.05), ("none", 0)),
    best=0,
    words="Knows and reasons far more, and takes its time for it here.",
    licence_title="Llama 3.3 Community License",
    released="2024-12",
)
GIANT = offer(
    "llama-3.1-405b",
    "Llama 3.1 405B Instruct",
    405.9,
    (("none", 0), ("none", 0), ("none", 0), ("none", 0), ("none", 0)),
    words="The largest one, for workstations with several GPUs.",
)
ONE = offer("llama-3.2-1b", "Llama 3.2 1B Instruct", 1.24, (("gpu", 240), ("gpu", 190)), best=1, released="2024-09")
GUARD = offer(
    "llama-guard-3-8b",
    "Llama Guard 3 8B",
    8.03,
    (("gpu", 61), ("gpu", 42)),
    best=1,
    kind="guard",
    words="Judges whether a text is harmful; it does not chat.",
)
MINILM = offer(
    "all-minilm-l6-v2",
    "all-MiniLM-L6-v2",
    0.0227,
    (("cpu", 900), ("cpu", 820)),
    best=1,
    kind="embedding",
    words="Finds passages in your documents.",
    context_tokens=512,
    licence="apache-2.0",
    licence_title="Apache License 2.0",
    author="sentence-transformers",
    released="2021-08",
)
COMPUTER = "NVIDIA GeForce RTX 4060 with 8 GB, and 32 GB of memory."
RECOMMENDED = (EIGHT, THREE, SEVENTY)
OFFERS = (ONE, THREE, EIGHT, SEVENTY, GIANT, GUARD, MINILM)

FOUND = (
    Found(
        "bartowski/Meta-Llama-3.1-8B-Instruct-GGUF",
        "llama3.1",
        is_gated=False,
        downloads=1_240_000,
        likes=310,
        updated="2026-07-01",
        architecture="llama",
        parameters=8_030_000_000,
        context_tokens=131_072,
    ),
    Found(
        "meta-llama/Llama-3.1-8B-Instruct-GGUF",
        "llama3.1",
        is_gated=True,
        downloads=48_300,
        likes=90,
        updated="2025-11-20",
        parameters=8_030_000_000,
    ),
    Found(
        "some-organisation-with-a-very-long-name/An-Exceedingly-Long-Merged-Finetune-of-Llama-3.1-8B-with-"
        "Donaudampfschifffahrtsgesellschaftskapitaen-and-many-more-words-v0.3-imatrix-GGUF",
        "",
        is_gated=False,
        downloads=12,
        likes=0,
        updated="",
    ),
)
RESULTS = ResultsShown("llama 3.1 8b", "ready", FOUND)


def variant(name: str, gigabytes: float) -> Variant:
    file = RemoteFile(f"Llama-3.1-8B-{name}.gguf", int(gigabytes * GB), "0" * 64)
    return Variant(f"Llama-3.1-8B-{name}", name, (file,))


VARIANTS = tuple(variant(name, 8.03 * bits / 8) for name, bits in BITS.items())
DETAILS = Repository(
    FOUND[0].repository,
    "0123456789abcdef0123456789abcdef01234567",
    "llama3.1",
    "",
    "meta-llama/Llama-3.1-8B-Instruct",
    is_gated=False,
    updated="2026-07-01",
    variants=VARIANTS,
    texts=(),
    parameters=8_030_000_000,
    context_tokens=131_072,
)
LISTING = ListingShown(
    FOUND[0].repository,
    "ready",
    DETAILS,
    tuple(
        VariantShown(one, WORDS[one.quantisation], fit("gpu" if one.size_bytes < 8 * GB else "split", 42.0))
        for one in VARIANTS
    ),
)
DENIED = ListingShown(
    FOUND[1].repository,
    "failed",
    problem=Problem(
        "The owner of this model gives it only to people who have asked.",
        "Ask for it on its page at huggingface.co, then enter a token of your account here.",
        is_access=True,
    ),
)

SHELF = ShelfShown(
    (
        ShelfItem(
            "m1",
            "Llama 3.1 8B Instruct",
            "model",
            4_920_000_000,
            "Q4_K_M",
            "in_use",
            EIGHT.choices[1].repository,
            "/home/ana/models",
            repository=EIGHT.choices[1].repository,
        ),
        ShelfItem("m2", "SmolLM2 135M", "model", 98_000_000, "Q4_1", source="comes with Paddock", acts=("settings",)),
        ShelfItem(
            "m3",
            "Qwen2.5 Coder 14B Instruct",
            "model",
            8_990_000_000,
            "Q4_K_M",
            "checking",
            "bartowski/Qwen2.5-Coder-14B-Instruct-GGUF",
            checked=0.42,
        ),
        ShelfItem(
            "m4",
            "Mistral Nemo 12B Instruct",
            "model",
            7_480_000_000,
            "Q4_K_M",
            "changed",
            "bartowski/Mistral-Nemo-Instruct-2407-GGUF",
        ),
        ShelfItem(
            "e1",
            "An-Exceedingly-Long-Merged-Finetune-Donaudampfschifffahrtsgesellschaftskapitaen-v0.3-Q5_K_M",
            "elsewhere",
            5_730_000_000,
            "Q5_K_M",
            "unverified",
            "LM Studio",
            acts=("settings", "check", "export", "show"),
        ),
        ShelfItem(
            "e2",
            "llama3.2:3b",
            "elsewhere",
            2_020_000_000,
            "Q4_K_M",
            "missing",
            "Ollama",
            acts=("show",),
        ),
        ShelfItem(
            "a1",
            "Legal English",
            "adapter",
            84_000_000,
            "F16",
            source="ana/legal-english-lora",
            base="Llama 3.1 8B Instruct",
            can_use=False,
            acts=("check", "show", "delete"),
        ),
        ShelfItem(
            "b1",
            "all-MiniLM-L6-v2",
            "embedding",
            46_000_000,
            "F16",
            source="comes with Paddock",
            can_use=False,
            acts=("check",),
        ),
    ),
    (
        DiskShown("/home/ana/.local/share/Paddock/models", 21_400_000_000, 1_200_000_000, 312 * GB, 178 * GB),
        DiskShown("/srv/models", 88 * GB, 0, 120 * GB, 800 * GB, is_current=False, is_read_only=True),
    ),
)

FETCHING = DownloadShown(
    "d1",
    "Llama 3.2 3B Instruct · Q8_0",
    THREE.choices[4].repository,
    "Q8_0",
    "fetching",
    1_200_000_000,
    3_420_000_000,
    bytes_per_s=34_000_000,
    left_s=95.0,
)
DOWNLOADS = (
    FETCHING,
    DownloadShown(
        "d2",
        "Llama 3.3 70B Instruct · Q2_K",
        SEVENTY.choices[0].repository,
        "Q2_K",
        "waiting",
        0,
        26_400_000_000,
    ),
    DownloadShown(
        "d3",
        "Llama 3.1 8B Instruct · Q8_0",
        EIGHT.choices[4].repository,
        "Q8_0",
        "checking",
        6_100_000_000,
        8_540_000_000,
    ),
    DownloadShown(
        "d4",
        "Llama 3.1 8B Instruct · Q6_K",
        EIGHT.choices[3].repository,
        "Q6_K",
        "paused",
        2_000_000_000,
        6_600_000_000,
        note="huggingface.co could not be reached. Check the connection of this computer, then resume.",
    ),
    DownloadShown(
        "d5",
        "Llama Guard 3 8B · Q4_K_M",
        GUARD.choices[1].repository,
        "Q4_K_M",
        "failed",
        4_900_000_000,
        4_920_000_000,
        problem=Problem(
            "What came is not what was announced: the checksum differs.",
            "Nothing of it was kept. Try again, or choose another repository.",
        ),
    ),
)
