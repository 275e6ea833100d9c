"""What the engine child and its parent say to each other, and the values that people who call the engine use.

Only frozen dataclasses stand here; `wire` turns them into frames and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from app.sandbox import Guards

MAX_CHUNK_BYTES = 4 * 2**20

KvType = Literal["f16", "q8_0", "q4_0"]
FlashAttention = Literal["auto", "on", "off"]
Priority = Literal["turn", "ahead", "side"]
"""Who waits for it: the person now, the person soon (read while they type), nobody (a title)."""

# Values for people who call the engine.


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: str  # a JSON object


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant", "tool"]
    text: str
    call: ToolCall | None = None  # of an assistant that asks for a tool


@dataclass(frozen=True, slots=True)
class Preamble:
    """What the prompt says besides the messages. One per conversation: when it changes, the KV cache is void."""

    date: str = ""  # "22 Nov 2026"; empty leaves the date lines out
    tools: tuple[str, ...] = ()  # each the JSON schema of a function


NO_PREAMBLE = Preamble()


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. `temperature` 0 takes the likeliest one; `seed` None is a new one each time.

    DRY (https://github.com/oobabooga/text-generation-webui/pull/5677) is off at multiplier 0, XTC
    (https://github.com/oobabooga/text-generation-webui/pull/6335) at probability 0.
    """

    temperature: float = 0.7
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    repeat_penalty: float = 1.1
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    xtc_probability: float = 0.0
    xtc_threshold: float = 0.1
    seed: int | None = None
    ignores_end: bool = False  # goes on to `max_tokens`: for measuring


@dataclass(frozen=True, slots=True)
class Shape:
    """What form an answer must have: a JSON schema or a grammar in GBNF, as text; empty means any."""

    json_schema: str = ""
    grammar: str = ""


ANY_SHAPE = Shape()


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter's file and how strongly it is mixed in, 1.0 as trained."""

    path: str
    strength: float


@dataclass(frozen=True, slots=True)
class LoadWish:
    """What the person asked for; None and empty leave the choice to the planner."""

    path: Path
    context_tokens: int | None = None
    gpu_layers: int | None = None
    threads: int | None = None
    kv_type: KvType | None = None
    flash_attention: FlashAttention | None = None
    split: tuple[float, ...] = ()  # share per device, in the order of the engine's devices
    batch_tokens: int | None = None
    micro_batch_tokens: int | None = None
    adapters: tuple[Adapter, ...] = ()
    draft: Path | None = None  # a small model of the same vocabulary that guesses ahead
    is_guessing: bool = True  # whether tokens may be guessed ahead at all, where that is faster


DeviceKind = Literal["cpu", "gpu", "igpu", "accelerator"]


@dataclass(frozen=True, slots=True)
class Device:
    """A place that llama.cpp can compute on. The CPU's free memory is its total: ask the system instead."""

    name: str  # llama.cpp's own: "CUDA0"
    description: str
    kind: DeviceKind
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class ModelFacts:
    name: str
    architecture: str
    parameters: int
    size_bytes: int
    context_tokens: int  # in use
    trained_context_tokens: int
    quantisation: str
    template_family: str
    devices: tuple[str, ...]
    load_s: float
    guards: Guards
    engine_build: str


@dataclass(frozen=True, slots=True)
class Timings:
    """`first_token_s` counts from the request's arrival in the child; `reused_tokens` were in the KV cache already.

    Of `drafted_tokens` that were guessed ahead, `accepted_tokens` were what the model itself chose.
    """

    prompt_tokens: int
    reused_tokens: int
    prefill_s: float
    answer_tokens: int
    decode_s: float
    first_token_s: float
    drafted_tokens: int = 0
    accepted_tokens: int = 0


StopReason = Literal["end", "length", "stopped", "context", "stop_string"]


@dataclass(frozen=True, slots=True)
class Prefilling:
    """`done` of `total` prompt tokens are in the KV cache."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Delta:
    """More text; `tokens` were sampled for it. Whole characters only."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Finished:
    """`is_call`: the model marked its answer as a call of a tool, by a control token that nobody can type."""

    stop_reason: StopReason
    timings: Timings
    is_call: bool = False


AnswerEvent: TypeAlias = Prefilling | Delta | Finished

# Frames from the parent to the child.


@dataclass(frozen=True, slots=True)
class Load:
    """A plan as the child carries it out (see `planner.Plan` for what the fields mean)."""

    path: str
    context_tokens: int  # the upper bound; a model trained for less gets less
    sequences: int
    gpu_layers: int | None  # None = all
    devices: tuple[str, ...]  # empty = llama.cpp's own choice
    split: tuple[float, ...]
    threads: int
    batch_threads: int
    batch_tokens: int
    micro_batch_tokens: int
    kv_type: KvType
    flash_attention: FlashAttention
    repack: bool  # weights copied into a faster layout; costs their size again
    parked_bytes: int  # for KV states of conversations that wait in memory
    resting_tokens: int  # how many of them may stay in the KV cache itself, where they slow every token a little
    adapters: tuple[Adapter, ...]
    draft: str  # the draft model's file, empty for none
    is_guessing: bool
    pooling: int = 0  # llama_pooling_type of an embedding model whose file does not say; 0 where nobody does


@dataclass(frozen=True, slots=True)
class Ask:
    """`conversation` names whose KV state this goes on with; empty for one that is not kept.

    `is_continued`: the last message is an answer that ends in the middle, and goes on without a header.
    """

    job: int
    messages: tuple[Message, ...]
    preamble: Preamble
    sampling: Sampling
    shape: Shape
    max_tokens: int | None
    stop_strings: tuple[str, ...]
    conversation: str
    priority: Priority
    is_continued: bool = False


@dataclass(frozen=True, slots=True)
class ReadAhead:
    """Read `messages` into the KV cache before anybody asks. The last one may still be growing, so its end waits."""

    job: int
    messages: tuple[Message, ...]
    preamble: Preamble
    conversation: str


@dataclass(frozen=True, slots=True)
class Cancel:
    job: int


@dataclass(frozen=True, slots=True)
class Count:
    job: int
    messages: tuple[Message, ...]
    preamble: Preamble


@dataclass(frozen=True, slots=True)
class Save:
    """Send the KV state of `conversation`: Chunks, then Saved."""

    job: int
    conversation: str


@dataclass(frozen=True, slots=True)
class Restore:
    """`size_bytes` of a state that Saved once told of follow as Chunks."""

    job: int
    conversation: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Forget:
    """The conversation is deleted: nothing of it may remain in memory."""

    conversation: str


@dataclass(frozen=True, slots=True)
class Ping:
    number: int


# Frames from the child to the parent.


@dataclass(frozen=True, slots=True)
class Hello:
    guards: Guards
    build: str
    devices: tuple[Device, ...]  # accelerators first


@dataclass(frozen=True, slots=True)
class Refused:
    """The child found that it must not go on (wrong library build, guards missing)."""

    reason: str


@dataclass(frozen=True, slots=True)
class LoadProgress:
    fraction: float


@dataclass(frozen=True, slots=True)
class Loaded:
    facts: ModelFacts


LoadFault = Literal[
    "not_gguf",
    "truncated",
    "architecture",
    "split",
    "memory",
    "context_memory",
    "unreadable",
    "device",
    "adapter",
    "draft",
    "other",
]


@dataclass(frozen=True, slots=True)
class LoadFailed:
    fault: LoadFault
    detail: str  # llama.cpp's own words, without paths


@dataclass(frozen=True, slots=True)
class Progressed:
    """`event` of answer `job`."""

    job: int
    event: Prefilling | Delta | Finished


@dataclass(frozen=True, slots=True)
class Counted:
    job: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Saved:
    """All chunks of a state were sent; `tokens` 0 where there was nothing to save."""

    job: int
    tokens: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Restored:
    """`tokens` of the conversation need not be read again; 0 where the state does not fit this engine."""

    job: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """The KV state of `conversation` had to make room; only a stored one can spare reading it again."""

    conversation: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Job `job` could not be done; the engine stays usable."""

    job: int
    fault: Literal["context_full", "decode", "shape", "template"]
    tokens: int
    limit: int
    detail: str


@dataclass(frozen=True, slots=True)
class Pong:
    """`read_bytes` were read from disks so far, `resident_bytes` are in memory: all there is to see of a load."""

    number: int
    read_bytes: int
    resident_bytes: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a KV state, or texts and vectors (`texts`); at most MAX_CHUNK_BYTES, and its frame is no JSON."""

    job: int
    data: bytes


ToChild: TypeAlias = Load | Ask | ReadAhead | Cancel | Count | Save | Restore | Chunk | Forget | Ping
ToParent: TypeAlias = (
    Hello
    | Refused
    | LoadProgress
    | Loaded
    | LoadFailed
    | Progressed
    | Counted
    | Saved
    | Restored
    | Chunk
    | Dropped
    | Failed
    | Pong
)
Frame: TypeAlias = ToChild | ToParent
