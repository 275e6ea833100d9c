"""What `models` tells: lines for people, and the JSON whose keys docs/command-line.md keeps.

Titles, names and licences come from outside. In lines they are stripped of what a terminal would obey or not show; JSON
escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.engine.planning.forecast import rate_words
from app.errors import EXIT_FAILED, EXIT_OK
from app.journeys.holdings import Holding
from app.journeys.offers import Choice, Fit, Offer
from app.models.fetch.orders import Download
from app.models.hub import licences
from app.models.hub.remote import Found, Variant
from app.models.shelf.names import one_line, readable
from app.models.shelf.shelf import DiskUse, Shelved, Verdict
from app.net.store import LedgerRow
from app.text import _, plural

if TYPE_CHECKING:  # as in models.py
    from app.journeys.shop import Listing, Offered, Terms

MOST_CHARACTERS = 2_000  # of a line
_GAP = "  "
_HOLDING = ("title", "origin", "program", "kind", "size_bytes", "quantisation", "state", "words", "goes_with")
_OFFER = (
    *("key", "title", "words", "kind", "parameters", "context_tokens"),
    *("licence", "licence_title", "author", "released"),
)
_CHOICE = ("repository", "quantisation", "words", "size_bytes", "is_size_estimated")
_REPOSITORY = (
    *("name", "commit", "licence", "licence_name", "base_model", "is_gated", "updated"),
    *("architecture", "parameters", "context_tokens", "is_from_cache"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an action tells: `text` for people, `data` for --json."""

    text: str
    data: object
    exit_code: int = EXIT_OK


def holdings(listed: Sequence[Holding], use: DiskUse, answers: Path | None) -> Shown:
    """`answers` is the path of the model that does."""
    rows, data = [], []
    for holding in listed:
        is_chosen = holding.path == answers
        rows.append(
            (
                "*" if is_chosen else "",
                holding.title,
                holding.quantisation,
                size(holding.size_bytes),
                _origin_words(holding),
                holding.words or _("ready"),
            )
        )
        data.append({"path": str(holding.path), **_picked(holding, _HOLDING), "is_chosen": is_chosen})
    folder = use.folders[0]
    room = _("Models take {size} in {folder}, where {free} are free.").format(
        size=size(folder.model_bytes), folder=folder.folder, free=size(folder.free_bytes)
    )
    lines = [*table(rows), "", line(room)] if rows else [_("There are no models here yet."), line(room)]
    folders = [{**asdict(each), "folder": str(each.folder)} for each in use.folders]
    return Shown("\n".join(lines), {"models": data, "folders": folders})


def offered(shown: Offered) -> Shown:
    """The catalogue; sizes are estimates."""
    keys = {offer.key for offer in shown.recommended}
    others = [offer for offer in shown.offers if offer.key not in keys]
    lines = [_("Recommended for this computer:"), *_offer_lines(shown.recommended)]
    if not shown.recommended:
        lines = [_("None of the models in the catalogue runs on this computer.")]
    lines += ["", _("Others:"), *_offer_lines(others), ""]
    lines.append(_("To fetch one: models get OWNER/NAME QUANTISATION --allow-network"))
    data = [{**_offer_data(offer), "is_recommended": offer.key in keys} for offer in (*shown.recommended, *others)]
    return Shown("\n".join(lines), {"offers": data})


def results(found: Sequence[Found]) -> Shown:
    rows = [
        (
            each.repository,
            _("{count:.1f} billion parameters").format(count=each.parameters / 1e9) if each.parameters > 0 else "",
            plural("{count} download", "{count} downloads", each.downloads),
            each.updated,
            licences.of(each.licence).title,
            _("on request only") if each.is_gated else "",
        )
        for each in found
    ]
    lines = table(rows) or [_("The hub has no model that matches.")]
    return Shown("\n".join(lines), {"repositories": [asdict(each) for each in found]})


def listing(shown: Listing) -> Shown:
    repository = shown.repository
    licence = licences.of(repository.licence, repository.licence_name)
    lines = [line(repository.name, licence.title, repository.updated)]
    if repository.is_gated:
        lines.append(_("Its owner gives it only to people who have asked for access."))
    if repository.is_from_cache:
        lines.append(_("This is what the hub said earlier; it was not asked now."))
    pairs = list(zip(repository.variants, shown.choices, strict=True))
    rows = [
        (variant.quantisation, variant.name, size(variant.size_bytes), *_judged(choice)) for variant, choice in pairs
    ]
    data = {
        **_picked(repository, _REPOSITORY),
        "licence_title": licence.title,
        "needs_acceptance": licence.needs_acceptance,
        "texts": [file.path for file in repository.texts],
        "choices": [_variant_data(variant, choice) for variant, choice in pairs],
    }
    return Shown(
        "\n".join([*lines, *(table(rows) or [_("There is nothing in it that can be fetched and checked.")])]), data
    )


def terms(shown: Terms, hub_url: str) -> str:
    """For people, before anything is fetched: what it is, under which licence, and where that can be read."""
    repository, licence = shown.repository, shown.licence
    links = [licence.text_link, licence.policy_link]
    links += [f"{hub_url}/{repository.name}/blob/{repository.commit}/{quote(file.path)}" for file in repository.texts]
    lines = [
        line(shown.title, size(shown.variant.size_bytes), repository.name),
        line(_("Licence: {title}.").format(title=licence.title), licence.summary),
        *(line(link) for link in links if link),
    ]
    return "\n".join(lines)


def texts(shown: Terms) -> str:
    """The licence and policies themselves, as the repository has them, without what could steer a terminal."""
    return "\n".join(f"\n===== {text.name} =====\n\n{readable(text.content)}" for text in shown.texts)


def progress(download: Download) -> str:
    if download.state != "running":
        return _("Waiting for its turn")
    percent = 100 * download.done_bytes // max(1, download.total_bytes)
    parts = [
        _("Checking {percent} %") if download.phase == "checking" else _("Fetching {percent} %"),
        _("{done} of {total}").format(done=size(download.done_bytes), total=size(download.total_bytes)),
    ]
    if download.phase != "checking" and download.bytes_per_s >= 1:
        parts.append(_("{size}/s").format(size=size(round(download.bytes_per_s))))
    if download.seconds_left is not None:
        minutes, seconds = divmod(round(download.seconds_left), 60)
        parts.append(_("{minutes}:{seconds:02} left").format(minutes=minutes, seconds=seconds))
    return ", ".join(parts).format(percent=percent)


def arrival(path: Path, shown: Terms) -> Shown:
    text = _("{title} is here, and every byte of it was checked: {path}").format(title=shown.title, path=path)
    data = {
        "title": shown.title,
        "path": str(path),
        "repository": shown.repository.name,
        "commit": shown.repository.commit,
        "quantisation": shown.variant.quantisation,
        "size_bytes": shown.variant.size_bytes,
        "licence": shown.repository.licence,
        "licence_title": shown.licence.title,
        "texts": [name for name, _content in shown.beside],
    }
    return Shown(line(text), data)


def chosen(title: str, path: Path) -> Shown:
    return Shown(line(_("{title} answers from now on.").format(title=title)), {"title": title, "path": str(path)})


def verdicts(found: Sequence[tuple[Shelved, Verdict]]) -> Shown:
    """Exit code 1 where something is not right."""
    lines = [line(f"{model.title}:", verdict.words, *verdict.wrong) for model, verdict in found]
    data = [{"title": model.title, "path": str(model.path), **asdict(verdict)} for model, verdict in found]
    is_right = all(verdict.is_right for _model, verdict in found)
    text = "\n".join(lines) or _("There is no model here that came with checksums.")
    return Shown(text, {"models": data}, EXIT_OK if is_right else EXIT_FAILED)


def copied(words: str, title: str, path: Path) -> Shown:
    """`words` take {title} and {path}."""
    return Shown(line(words.format(title=title, path=path)), {"title": title, "path": str(path)})


def deleted(title: str, freed_bytes: int) -> Shown:
    text = _("{title} was deleted, which gives {size} back.").format(title=title, size=size(freed_bytes))
    return Shown(line(text), {"title": title, "freed_bytes": freed_bytes})


def token(*, is_kept: bool) -> Shown:
    text = _("The access token is in the keyring.") if is_kept else _("There is no access token any more.")
    return Shown(text, {"is_kept": is_kept})


def requests(rows: Sequence[LedgerRow], totals: tuple[int, int, int]) -> Shown:
    """`totals` as Ledger.totals has them."""
    count, sent_bytes, received_bytes = totals
    shown = [
        (
            row.at,
            row.purpose,
            row.subject,
            row.method,
            f"{row.host}{row.path}",
            str(row.status or _("no answer")),
            _("{sent} B out, {received} B in").format(sent=row.sent_bytes, received=row.received_bytes),
        )
        for row in rows
    ]
    summed = plural("{count} request", "{count} requests", count) + ": "
    summed += _("{sent} B out, {received} B in").format(sent=sent_bytes, received=received_bytes)
    text = "\n".join([*table(shown), summed]) if rows else _("This profile has never sent a request.")
    totals_data = {"requests": count, "sent_bytes": sent_bytes, "received_bytes": received_bytes}
    return Shown(text, {"totals": totals_data, "requests": [asdict(row) for row in rows]})


def size(size_bytes: int) -> str:
    """ "4.9 GB", or in MB where that would be a small fraction; nothing where it is unknown."""
    if size_bytes <= 0:
        return _("0 MB")
    if size_bytes < 95_000_000:
        return _("{size:.0f} MB").format(size=max(1.0, size_bytes / 1e6))
    return _("{size:.1f} GB").format(size=size_bytes / 1e9)


def line(*parts: str) -> str:
    """What is there of the parts, fit for a terminal."""
    return _GAP.join(filter(None, (one_line(part, MOST_CHARACTERS) for part in parts)))


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """One line a row, its cells below each other; columns that are empty throughout are left out."""
    cells = [[one_line(cell, MOST_CHARACTERS) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width).rstrip() for row in cells
    ]


def _origin_words(holding: Holding) -> str:
    return {
        "starter": _("came with Paddock"),
        "fetched": _("fetched"),
        "own_file": _("your own file"),
        "shared": _("shared on this computer"),
        "elsewhere": holding.program,
        "opened": _("opened from elsewhere"),
    }[holding.origin]


def _offer_lines(offers: Sequence[Offer]) -> list[str]:
    rows = []
    for offer in offers:
        best = offer.choices[offer.best]
        about = _("about {size}").format(size=size(best.size_bytes))
        rows.append((offer.title, best.quantisation, about, *_judged(best), best.repository))
    return table(rows)


def _judged(choice: Choice | None) -> tuple[str, str]:
    """Where it would run and how fast; nothing of what is no model by itself."""
    return (_place_words(choice.fit), _rate(choice.fit)) if choice is not None else (_("not a model by itself"), "")


def _place_words(fit: Fit) -> str:
    return {
        "gpu": _("on the graphics card"),
        "split": _("on graphics card and processor"),
        "cpu": _("on the processor"),
        "disk": _("from the disk, slowly"),
        "none": _("does not run here"),
    }[fit.place]


def _rate(fit: Fit) -> str:
    return rate_words(fit.decode_tokens_per_s) if fit.place != "none" and fit.decode_tokens_per_s > 0 else ""


def _offer_data(offer: Offer) -> dict[str, object]:
    return {
        **_picked(offer, _OFFER),
        "best": offer.choices[offer.best].quantisation,
        "choices": [{**_picked(choice, _CHOICE), "fit": asdict(choice.fit)} for choice in offer.choices],
    }


def _variant_data(variant: Variant, choice: Choice | None) -> dict[str, object]:
    return {
        "name": variant.name,
        "quantisation": variant.quantisation,
        "kind": variant.kind,
        "size_bytes": variant.size_bytes,
        "files": [asdict(file) for file in variant.files],
        "fit": None if choice is None else asdict(choice.fit),
    }


def _picked(value: object, names: tuple[str, ...]) -> dict[str, object]:
    """The keys that are promised, whatever else a dataclass has or will have."""
    return {name: getattr(value, name) for name in names}
