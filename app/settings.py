"""Every setting, declared once: key, default, limits, label, help. The type is the default's.

Values are kept as JSON text by whatever `Backend` is passed in (storage.values for a profile, a dict for a
temporary run); a stored value that no longer fits its declaration reads as the default and is left in place.
PER_MODEL are those that each model may have its own value of (models/options.py).
"""

from __future__ import annotations

from typing import TypeVar

from app.declared import AnySetting, Backend, Between, OneOf, Setting, decoded, encoded

T = TypeVar("T", str, bool, int, float, tuple[str, ...])


def parse_split(text: str) -> tuple[float, ...] | None:
    """What "3,1" says: each device's share, in any unit. Empty for automatic, None for what is no split."""
    if not text:
        return ()
    try:
        shares = tuple(float(part) for part in text.split(","))
    except ValueError:
        return None
    is_split = len(shares) <= MOST_DEVICES and all(map(_SHARE, shares)) and any(shares)
    return shares if is_split else None


def parse_adapter(text: str) -> tuple[float, str] | None:
    """Strength and path of a LoRA adapter, kept as "0.8 /path/to/it.gguf"; None for what is none."""
    strength, _space, path = text.partition(" ")
    try:
        return (float(strength), path) if path and ADAPTER_STRENGTH(float(strength)) else None
    except ValueError:
        return None


def adapter_text(strength: float, path: str) -> str:
    return f"{strength:g} {path}"


THEMES = ("system", "light", "dark")
CONTRASTS = ("system", "normal", "high")
MOTIONS = ("system", "full", "reduced")
LANGUAGES = ("system", "en", "de", "es", "fr")
TEXT_PERCENT_LEAST, TEXT_PERCENT_MOST = 80, 200
CONSENTS = ("ask", "models", "never")
KV_TYPES = ("auto", "f16", "q8_0", "q4_0")
FLASH_ATTENTION_CHOICES = ("auto", "on", "off")
MOST_TOKENS = 1_000_000  # of one answer
MOST_DEVICES = 16  # llama_max_devices() of llama.cpp
MOST_ADAPTERS = 8
MOST_OLDER_FOLDERS = 12
MOST_SEARCH_MODELS = 4  # that vectors may still be of
ADAPTER_STRENGTH = Between(0.0, 2.0)
_SHARE = Between(0.0, 1_000_000.0)

# Of Paddock as a whole.

THEME = Setting(
    "look.theme", "system", "Appearance", "Follow the system, or always light or dark.", accepts=OneOf(THEMES)
)
CONTRAST = Setting(
    "look.contrast",
    "system",
    "Contrast",
    "High contrast draws stronger lines and purer colours.",
    accepts=OneOf(CONTRASTS),
)
TEXT_PERCENT = Setting(
    "look.text_percent",
    100,
    "Text size",
    "In percent; Ctrl and plus or minus change it anywhere.",
    Between(TEXT_PERCENT_LEAST, TEXT_PERCENT_MOST),
)
MOTION = Setting(
    "look.motion",
    "system",
    "Movement",
    "Reduced shows every change at once, without animation.",
    accepts=OneOf(MOTIONS),
)
LANGUAGE = Setting(
    "look.language",
    "system",
    "Language",
    "Of menus, buttons and sentences, from the next start on; models answer in any.",
    OneOf(LANGUAGES),
)
TRAY = Setting(
    "look.tray", False, "Keep in the tray", "Closing the window leaves Paddock running where the system has a tray."
)
QUICK_KEYS = Setting(
    "look.quick_keys",
    "",
    "Keys for a quick question",
    "Work in every program, where the system allows it; empty for none.",
    lambda value: len(value) <= 60,
)
SPELLING = Setting("write.spelling", True, "Check spelling", "Underlines unknown words while you write.")
SPELLING_LANGUAGES: Setting[tuple[str, ...]] = Setting(
    "write.spelling_languages",
    (),
    "Languages of the spelling check",
    "Empty for the system's own.",
    lambda value: len(value) <= 8,
)
OWN_WORDS: Setting[tuple[str, ...]] = Setting(
    "write.own_words",
    (),
    "Own words",
    "Words that the spelling check has learnt.",
    lambda value: len(value) <= 20_000,
)
ENTER_SENDS = Setting(
    "write.enter_sends", True, "Enter sends", "Otherwise Enter begins a new line, and Ctrl+Enter sends."
)
AUTO_TITLES = Setting(
    "chat.auto_titles", True, "Titles by the model", "While nothing else is to be done, the model names new chats."
)
BIN_DAYS = Setting(
    "chat.bin_days",
    30,
    "Keep deleted chats",
    "Days in the bin before they are deleted for good; 0 keeps them until you empty it.",
    Between(0, 3_650),
)
SYSTEM_PROMPT = Setting(
    "chat.system_prompt",
    "",
    "Instructions for every chat",
    "Told to the model before each chat, unless the chat or its folder says otherwise.",
    lambda value: len(value) <= 100_000,
)
PERSONA = Setting("chat.persona", "", "Persona for every chat", "Empty for none.", lambda value: len(value) <= 100)
SIDEBAR_OPEN = Setting("look.sidebar_open", True, "Sidebar", "Show the list of chats.")
WINDOW_SIZE = Setting(
    "look.window_size", "1180x820", "Window size", "Width and height in pixels when Paddock was last closed."
)
WINDOW_PLACE = Setting(
    "look.window_place",
    "",
    "Window place",
    'Where the window was when Paddock was last closed, as "left,top" and "maximised" or nothing.',
    lambda value: len(value) <= 60,
)
MODEL_PATH = Setting("model.path", "", "Model", "The model file that answers; empty until one is chosen.")
MODEL_FINGERPRINT = Setting(
    "model.fingerprint", "", "Model's identity", "Of the model file that answers, when it was chosen."
)
RECENT_MODELS: Setting[tuple[str, ...]] = Setting(
    "model.recent",
    (),
    "Recent models",
    "Model files that were opened, the latest first.",
    lambda v: len(v) <= 12,
)
CONSENT = Setting(
    "net.consent",
    "ask",
    "Network",
    "Ask before each request, allow what fetching models needs, or stay offline.",
    OneOf(CONSENTS),
)
HAS_TOKEN = Setting(
    "net.has_token", False, "Access token", "Whether the system's keyring holds one for the hub; never the token."
)
DOWNLOAD_RATE = Setting(
    "net.download_rate",
    0.0,
    "Download speed",
    "Of the last download, in bytes per second; 0 before the first.",
    Between(0.0, 1e12),
)
MODELS_FOLDER = Setting(
    "models.folder",
    "",
    "Folder for models",
    "Where fetched models are kept, such as another drive; empty for the profile's own folder.",
    lambda value: len(value) <= 4_096,
)
OLDER_FOLDERS: Setting[tuple[str, ...]] = Setting(
    "models.older_folders",
    (),
    "Earlier folders for models",
    "Folders that models were kept in before; what is there is still used.",
    lambda v: len(v) <= MOST_OLDER_FOLDERS,
)
READ_AHEAD = Setting(
    "engine.read_ahead",
    True,
    "Read while I type",
    "Long texts are read before you press Enter, so the answer starts at once; not on battery.",
)
DOCUMENTS_ON_BATTERY = Setting(
    "documents.on_battery",
    False,
    "Read documents on battery",
    "Otherwise new documents wait until the computer is plugged in.",
)
DOCUMENTS_PAUSED = Setting(
    "documents.paused", False, "Pause reading documents", "Until the person goes on with it on the page of documents."
)
READ_SCANS = Setting(
    "documents.read_scans",
    False,
    "Read scanned pages",
    "By text recognition, where that is installed; it takes seconds for each page and makes some mistakes.",
)
SEARCH_MODEL = Setting(
    "documents.search_model",
    "",
    "Model for searching",
    "The model file that documents are searched with; empty for the one that came with Paddock.",
    lambda value: len(value) <= 4_096,
)
SEARCH_MODEL_ID = Setting(
    "documents.search_model_id",
    "",
    "Which model for searching",
    "The name of the chosen one's content: another file in its place is not used before it is chosen.",
    lambda value: len(value) <= 4_096,
)
SEARCH_MODELS_BEFORE: Setting[tuple[str, ...]] = Setting(
    "documents.search_models_before",
    (),
    "Earlier models for searching",
    "The latest first; one of them serves until documents are made searchable by the new one.",
    lambda value: len(value) <= MOST_SEARCH_MODELS,
)
IDLE_UNLOAD_MINUTES = Setting(
    "engine.idle_unload_minutes",
    30,
    "Free the memory when idle",
    "After this many minutes without a question; 0 keeps the model loaded.",
    Between(0, 24 * 60),
)
STATES_LIMIT_GB = Setting(
    "engine.states_limit_gb",
    4.0,
    "Space for reopening chats at once",
    "In GB on the disk, encrypted; 0 keeps nothing, and old chats are read again when you go on with them.",
    Between(0.0, 1_000.0),
)

# How a model is run: a change counts from its next loading on.

CONTEXT_TOKENS = Setting(
    "engine.context_tokens",
    0,
    "Context",
    "How many tokens of a chat stay in view; more take more memory.",
    Between(256, 1_048_576, also=0),
)
GPU_LAYERS = Setting(
    "engine.gpu_layers",
    -1,
    "GPU layers",
    "How many the GPU computes; fewer leave room for other programs.",
    Between(0, 1_000, also=-1),
)
DEVICE_SPLIT = Setting(
    "engine.device_split",
    "",
    "Split between devices",
    "Each one's share of the layers, such as 3 and 1.",
    lambda value: parse_split(value) is not None,
)
KV_TYPE = Setting(
    "engine.kv_type",
    "auto",
    "KV cache type",
    "q8_0 halves a long chat's memory, q4_0 quarters it but is coarser.",
    OneOf(KV_TYPES),
)
FLASH_ATTENTION = Setting(
    "engine.flash_attention",
    "auto",
    "Flash attention",
    "Saves memory and time; turn it off if answers come out garbled.",
    OneOf(FLASH_ATTENTION_CHOICES),
)
THREADS = Setting(
    "engine.threads",
    0,
    "Threads",
    "How many processor cores work; too many make it slower.",
    Between(1, 512, also=0),
)
BATCH_TOKENS = Setting(
    "engine.batch_tokens",
    0,
    "Batch",
    "How many tokens of a long text are taken up at a time.",
    Between(32, 16_384, also=0),
)
MICRO_BATCH_TOKENS = Setting(
    "engine.micro_batch_tokens",
    0,
    "Micro-batch",
    "How many are computed at once; fewer save memory and stop sooner.",
    Between(8, 8_192, also=0),
)
GUESSING = Setting(
    "engine.guessing",
    True,
    "Guess ahead",
    "Guesses words and checks them at once, only where that is faster.",
)
DRAFT_MODEL = Setting(
    "engine.draft_model",
    "",
    "Draft model",
    "A small model of the same family that guesses for a large one.",
    lambda value: len(value) <= 4_096,
)
ADAPTERS: Setting[tuple[str, ...]] = Setting(
    "engine.adapters",
    (),
    "LoRA adapters",
    "They change how the model writes; strength 1 is as trained.",
    lambda value: len(value) <= MOST_ADAPTERS and all(parse_adapter(text) for text in value),
)

# How answers are written: a change counts from the next answer on. Defaults as in protocol.Sampling.

TEMPERATURE = Setting(
    "answer.temperature",
    0.7,
    "Temperature",
    "Lower is more predictable, higher is more varied.",
    Between(0.0, 2.0),
)
TOP_P = Setting(
    "answer.top_p",
    0.95,
    "Top-p",
    "Picks among the likeliest words up to this share; 1 turns it off.",
    Between(0.0, 1.0),
)
TOP_K = Setting(
    "answer.top_k",
    40,
    "Top-k",
    "Picks among this many of the likeliest words; 0 turns it off.",
    Between(0, 1_000),
)
MIN_P = Setting(
    "answer.min_p",
    0.05,
    "Min-p",
    "Leaves out words far less likely than the best; 0 turns it off.",
    Between(0.0, 1.0),
)
REPEAT_PENALTY = Setting(
    "answer.repeat_penalty",
    1.1,
    "Repeat penalty",
    "Above 1, recently used words become less likely; 1 turns it off.",
    Between(1.0, 2.0),
)
DRY_MULTIPLIER = Setting(
    "answer.dry_multiplier",
    0.0,
    "DRY strength",
    "Against phrases that come back; try 0.8, and 0 turns it off.",
    Between(0.0, 5.0),
)
DRY_BASE = Setting(
    "answer.dry_base",
    1.75,
    "DRY growth",
    "How fast DRY grows with each further token of a repetition.",
    Between(1.0, 4.0),
)
DRY_ALLOWED_LENGTH = Setting(
    "answer.dry_allowed_length",
    2,
    "DRY free length",
    "Repetitions of up to this many tokens are left alone.",
    Between(1, 100),
)
XTC_PROBABILITY = Setting(
    "answer.xtc_probability",
    0.0,
    "XTC chance",
    "How often obvious words are passed over; try 0.5, 0 turns it off.",
    Between(0.0, 1.0),
)
XTC_THRESHOLD = Setting(
    "answer.xtc_threshold",
    0.1,
    "XTC threshold",
    "Only words at least this likely can be passed over.",
    Between(0.0, 0.5),  # llama.cpp turns XTC off above
)
SEED = Setting(
    "answer.seed",
    -1,
    "Seed",
    "The same number draws the same answer again, for comparing.",
    Between(0, 2**32 - 2, also=-1),
)
MAX_ANSWER_TOKENS = Setting(
    "answer.max_tokens",
    0,
    "Longest answer",
    "In tokens; 0 lets the model end by itself.",
    Between(0, MOST_TOKENS),
)

LOADING: tuple[AnySetting, ...] = (
    CONTEXT_TOKENS,
    GPU_LAYERS,
    DEVICE_SPLIT,
    KV_TYPE,
    FLASH_ATTENTION,
    THREADS,
    BATCH_TOKENS,
    MICRO_BATCH_TOKENS,
    GUESSING,
    DRAFT_MODEL,
    ADAPTERS,
)
SAMPLING: tuple[AnySetting, ...] = (
    TEMPERATURE,
    TOP_P,
    TOP_K,
    MIN_P,
    REPEAT_PENALTY,
    DRY_MULTIPLIER,
    DRY_BASE,
    DRY_ALLOWED_LENGTH,
    XTC_PROBABILITY,
    XTC_THRESHOLD,
    SEED,
    MAX_ANSWER_TOKENS,
)
PER_MODEL = LOADING + SAMPLING
ALL: tuple[AnySetting, ...] = (
    THEME,
    CONTRAST,
    TEXT_PERCENT,
    MOTION,
    LANGUAGE,
    TRAY,
    QUICK_KEYS,
    SPELLING,
    SPELLING_LANGUAGES,
    OWN_WORDS,
    ENTER_SENDS,
    AUTO_TITLES,
    BIN_DAYS,
    SYSTEM_PROMPT,
    PERSONA,
    SIDEBAR_OPEN,
    WINDOW_SIZE,
    WINDOW_PLACE,
    MODEL_PATH,
    MODEL_FINGERPRINT,
    RECENT_MODELS,
    CONSENT,
    HAS_TOKEN,
    DOWNLOAD_RATE,
    MODELS_FOLDER,
    OLDER_FOLDERS,
    READ_AHEAD,
    DOCUMENTS_ON_BATTERY,
    DOCUMENTS_PAUSED,
    READ_SCANS,
    SEARCH_MODEL,
    SEARCH_MODEL_ID,
    SEARCH_MODELS_BEFORE,
    IDLE_UNLOAD_MINUTES,
    STATES_LIMIT_GB,
    *PER_MODEL,
)


class Settings:
    """Reads and writes declared settings through a backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def get(self, setting: Setting[T]) -> T:
        value = decoded(setting, self._backend.get(setting.key))
        return setting.default if value is None else value

    def set(self, setting: Setting[T], value: T) -> None:
        """Raises ValueError for a value outside the declaration: a caller's bug, not the person's."""
        self._backend.set(setting.key, encoded(setting, value))
