"""What the Models page says about sizes, speeds, times and origins: short, and never more exact than it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from app.documents.records import Progress
from app.engine.planning.forecast import rate_words
from app.journeys.offers import Fit, Place
from app.models.hub.remote import Found
from app.text import _, decimal, grouped, plural
from app.ui.models.memory_card import size_words
from app.ui.models.page.shown import DownloadShown, Network, Pick, ShelfItem, ShelfState

_SEPARATOR = "\u00a0· "  # a line may break after it, but never begin with it
_KNOWN_LICENCES = {
    "apache-2.0": "Apache 2.0",
    "mit": "MIT",
    "llama2": "Llama 2 Community License",
    "llama3": "Llama 3 Community License",
    "llama3.1": "Llama 3.1 Community License",
    "llama3.2": "Llama 3.2 Community License",
    "llama3.3": "Llama 3.3 Community License",
    "gemma": "Gemma Terms of Use",
    "cc-by-4.0": "CC BY 4.0",
    "cc-by-nc-4.0": "CC BY-NC 4.0",
}
USUAL_BYTES_PER_S = 12.5e6  # 100 Mbit/s
_SURE_S = 20.0  # below this many seconds left, a number would jump


def joined(parts: Iterable[str]) -> str:
    """What is there of the parts, in a line that wraps between them."""
    return _SEPARATOR.join(part for part in parts if part)


def size(size_bytes: int, *, is_estimate: bool = False) -> str:
    """ "4.9 GB"; nothing where it is unknown."""
    if size_bytes <= 0:
        return ""
    words = _size(size_bytes)
    return _("about {size}").format(size=words) if is_estimate else words


def parameters(count: int) -> str:
    """ "8 billion parameters"; nothing where it is unknown."""
    if count <= 0:
        return ""
    if count >= 950_000_000:
        return _("{count} billion parameters").format(count=_short(count / 1e9))
    return _("{count} million parameters").format(count=_short(max(1.0, count / 1e6)))


def context(tokens: int) -> str:
    """ "128k context"; nothing where it is unknown."""
    if tokens <= 0:
        return ""
    if tokens < 2048:
        return _("{tokens} tokens of context").format(tokens=tokens)
    return _("{tokens} context").format(tokens=f"{round(tokens / 1024)}k")


def place(kind: Place) -> str:
    return {
        "gpu": _("Runs on your GPU"),
        "cpu": _("Runs on this processor"),
        "split": _("GPU and processor together"),
        "disk": _("Read from the disk: slow"),
        "none": _("Will not run here"),
    }[kind]


def rate(fit: Fit) -> str:
    """How fast it answers; nothing where it does not run."""
    return rate_words(fit.decode_tokens_per_s) if fit.place != "none" and fit.decode_tokens_per_s > 0 else ""


def origin(repository: str, released: str) -> str:
    """ "from bartowski, Jul 2024": who packed it, and since when the model is there."""
    return ", ".join(
        part for part in (_("from {owner}").format(owner=repository.partition("/")[0]), day(released)) if part
    )


def first_word(fit: Fit) -> str:
    """When the first word comes; nothing where it does not run."""
    if fit.place == "none" or fit.first_word_s <= 0:
        return ""
    if fit.first_word_s < 90:
        shown = decimal(fit.first_word_s) if fit.first_word_s < 9.95 else f"{fit.first_word_s:.0f}"
        return _("first word after {seconds} s").format(seconds=shown)
    return _("first word after {minutes} min").format(minutes=round(fit.first_word_s / 60))


def reasons(fit: Fit) -> str:
    """Why it is judged so, for those who ask."""
    judged = _("Judged by its size, because Paddock does not know this model.") if fit.is_estimate else ""
    return " ".join(part for part in (*fit.reasons, judged) if part)


def download_time(size_bytes: int, bytes_per_s: float) -> str:
    """At a usual speed until a download has shown how fast the connection is."""
    if size_bytes <= 0:
        return ""
    if bytes_per_s <= 0:
        return _("about {time} at 100 Mbit/s").format(time=span(size_bytes / USUAL_BYTES_PER_S))
    return _("about {time} at the speed of your last download").format(time=span(size_bytes / bytes_per_s))


def span(seconds: float) -> str:
    """ "40 s", "7 min", "3 h 20 min"; rounded as an estimate is."""
    if seconds < 57.5:
        return _("{count} s").format(count=max(5, 5 * round(seconds / 5)))
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return _("{count} min").format(count=minutes)
    hours, rest = divmod(5 * round(minutes / 5), 60)
    if hours >= 10 or not rest:
        return _("{count} h").format(count=round(minutes / 60))
    return _("{hours} h {minutes} min").format(hours=hours, minutes=rest)


def left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < _SURE_S:
        return _("a few seconds left")
    return _("{time} left").format(time=span(seconds))


def searching(progress: Progress) -> str:
    """How far a model for searching is with the documents; nothing where all of them have its vectors."""
    if not progress.chunks_left:
        return ""
    words = _("Documents are being made searchable by meaning: {count} passages to go")
    time = _("about {time} left").format(time=span(progress.left_s)) if progress.left_s else ""
    rests = _("paused") if progress.is_paused else time
    return joined((words.format(count=grouped(progress.chunks_left)), rests))


def day(iso: str) -> str:
    """ "1 Jul 2026" of an ISO date, "Jul 2026" of an ISO month; nothing of anything else."""
    try:
        known = date.fromisoformat(iso if len(iso) > 7 else f"{iso}-01")
    except ValueError:
        return ""
    month = _("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()[known.month - 1]
    return f"{known.day} {month} {known.year}" if len(iso) > 7 else f"{month} {known.year}"


def downloads(count: int) -> str:
    if count < 1_000:
        return plural("{count} download", "{count} downloads", max(0, count))
    shown = f"{_short(count / 1e6)}M" if count >= 950_000 else f"{_short(count / 1e3)}k"
    return _("{count} downloads").format(count=shown)


def licence(identifier: str) -> str:
    """In the words of its title where it is a common one."""
    if not identifier:
        return _("no licence stated")
    return _("a licence of its own") if identifier == "other" else _KNOWN_LICENCES.get(identifier, identifier)


def found(shown: Found) -> str:
    """The quiet line of a result."""
    updated = day(shown.updated)
    return joined(
        (
            parameters(shown.parameters),
            context(shown.context_tokens),
            downloads(shown.downloads),
            _("updated {day}").format(day=updated) if updated else "",
            licence(shown.licence),
        )
    )


def choice(pick: Pick) -> str:
    """What a row of choices is called."""
    if pick.kind == "adapter":
        return joined((pick.quantisation or pick.variant, _("adapter")))
    if pick.kind == "projector":
        return joined((pick.quantisation or pick.variant, _("for pictures")))
    return pick.quantisation or pick.variant


def download(shown: DownloadShown) -> str:
    """The line below the bar; a note says more than the name of a state."""
    if shown.problem is not None:
        return ""
    amount = _amount(shown)
    match shown.state:
        case "waiting":
            return joined(("" if shown.note else _("Waiting for its turn"), size(shown.total_bytes)))
        case "checking":
            return joined(("" if shown.note else _("Checking every byte…"), amount))
        case "paused":
            return joined(("" if shown.note else _("Paused"), amount))
        case "failed":
            return _("It did not work out.")
        case "fetching":
            speed = _("{size}/s").format(size=size_words(int(shown.bytes_per_s))) if shown.bytes_per_s >= 1 else ""
            return joined((amount, speed, left(shown.left_s)))


def state(item: ShelfItem) -> str:
    """In words, with the way out that the menu of the item has."""
    out = _("delete it") if "delete" in item.acts else _("take it off the list")
    words: dict[ShelfState, str] = {
        "ready": _("Ready"),
        "in_use": _("In use"),
        "unverified": _("Not verified"),
        "checking": _("Checking every byte… {percent} %").format(percent=int(100 * item.checked)),
        "missing": _("The file is not there any more. Bring it back, or {out}.").format(out=out),
        "changed": _("The file has changed since it was verified. Check it again, or delete it."),
    }
    return words[item.state]


def shelf(item: ShelfItem) -> str:
    """The quiet line of a model that is here. Verified is only what came with checksums, from a repository."""
    goes_with = _("goes with {model}").format(model=item.base) if item.base else ""
    calm = {"ready": _("verified") if item.repository else "", "unverified": _("not verified")}
    quantisation = "" if item.quantisation and item.quantisation in item.title else item.quantisation
    return joined((quantisation, size(item.size_bytes), goes_with, item.source, calm.get(item.state, "")))


def network(kind: Network) -> str:
    return {
        "asks": _("Offline until you ask"),
        "allowed": _("Allowed for models"),
        "never": _("Always offline"),
        "fixed": _("Fixed by your administrator"),
    }[kind]


def network_help(kind: Network) -> str:
    """What that means for the search field."""
    return {
        "asks": _("Nothing is sent while you type. Press Enter to search; Paddock asks before the request leaves."),
        "allowed": _("Nothing is sent while you type. Press Enter to search."),
        "never": _("Paddock stays offline, so only earlier answers can be shown."),
        "fixed": _("Your administrator keeps Paddock offline, so only earlier answers can be shown."),
    }[kind]


def _amount(shown: DownloadShown) -> str:
    """ "1.2 of 4.9 GB", the unit once where both have it."""
    if shown.total_bytes <= 0:
        return size(shown.done_bytes)
    done, total = size_words(shown.done_bytes), _size(shown.total_bytes)
    if done.rpartition(" ")[2] == total.rpartition(" ")[2]:
        done = done.rpartition(" ")[0]
    return _("{done} of {total}").format(done=done, total=total)


def _size(size_bytes: int) -> str:
    """No decimals where they would say nothing."""
    if size_bytes >= 999_500_000_000:
        return _("{size} TB").format(size=decimal(size_bytes / 1e12))
    return _("{size:.0f} GB").format(size=size_bytes / 1e9) if size_bytes >= 99_950_000_000 else size_words(size_bytes)


def _short(number: float) -> str:
    """Two figures at least: 1.2, 8, 71, 406."""
    return decimal(number, 1 if round(number, 1) % 1 else 0) if number < 100 else f"{number:.0f}"
