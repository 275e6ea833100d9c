"""What this computer could run: every model of the catalogue judged before a byte of it is fetched, the best first.

Deciding is pure: what the planner foresees comes in as a function, so that any computer is a row of a table test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.engine.planning.forecast import Forecast
from app.engine.planning.planner import Machine, Plan
from app.journeys.offers import Choice, Fit, Offer
from app.models.header import Header
from app.models.hub import licences, variants
from app.models.hub.catalogue import Catalogue, Entry
from app.models.hub.remote import Repository, Variant
from app.models.reference import DEFAULT_QUANTISATION, QUANTISATIONS, header_by_size, header_of, header_with_size
from app.text import _, plural

USABLE_TOKENS_PER_S = 6.0  # as fast as people read: 280 words a minute
BEARABLE_TOKENS_PER_S = 2.5  # half as fast as people read: of use, if never recommended
BRISK_TOKENS_PER_S = 25.0  # from here on, more speed is worth less than more quality
MOST_BITS = 9.0  # per weight: 16 bits answer no better than 8
QUICKER_SHARE = 0.6  # a quicker model has at most so many of the other one's parameters
LEAST_ABLE = 2e9  # parameters of a model that is worth its speed
MOST_RECOMMENDED = 3
SAME_SHAPE = 0.03  # a size that differs by less than this is that of the same shape

Foresee = Callable[[Header, int], tuple[Machine, Plan, Forecast] | None]
_RANKS = {name: rank for rank, name in enumerate(QUANTISATIONS)}  # the finest is 0
_USUAL = _RANKS[DEFAULT_QUANTISATION]


class Offers:
    """The catalogue on this computer. `foresee` (ModelDesk.foresee) may raise EngineFault, which is passed on."""

    def __init__(self, catalogue: Catalogue, foresee: Foresee) -> None:
        self._catalogue = catalogue
        self._machine: Machine | None = None  # as it was when a fit was last foreseen
        self._foresee = foresee

    def catalogue(self) -> tuple[Offer, ...]:
        """All models, in the catalogue's order. Sizes are estimates; nothing is asked of anyone."""
        return tuple(self._offer(entry) for entry in self._catalogue.models)

    def computer(self) -> str:
        """What there is to run models, as a sentence; empty before anything was judged."""
        return "" if self._machine is None else computer_words(self._machine)

    def recommended(self, offers: Sequence[Offer]) -> tuple[Offer, ...]:
        """See the function of this name."""
        return recommended(offers)

    def title_of(self, repository: str) -> str:
        """Of the model that a repository holds; empty where the catalogue does not know it."""
        entry = self._catalogue.of_repository(repository)
        return "" if entry is None else entry.title

    def sources_of(self, repository: str, quantisation: str) -> tuple[str, ...]:
        """Repositories of the catalogue that have that size of the same model, the preferred one first; maybe none."""
        entry = self._catalogue.of_repository(repository)
        return tuple(source.repository for source in entry.sources_of(quantisation)) if entry else ()

    def judge(self, repository: Repository, variant: Variant) -> Choice:
        """One of them. The shape is the catalogue's where it knows the model, else a guess from the size."""
        header, is_estimate = self._header_of(repository, variant)
        return Choice(
            repository.name,
            variant.quantisation,
            variants.plain_words(variant.quantisation),
            variant.size_bytes,
            is_size_estimated=False,
            fit=self.fit_of(header, variant.size_bytes, is_estimate=is_estimate),
            variant=variant.name,
        )

    def fit_of(self, header: Header, size_bytes: int, *, is_estimate: bool) -> Fit:
        """How it would run. A model for searching writes nothing: its speed is that of reading."""
        foreseen = self._foresee(header, size_bytes)
        if foreseen is None:
            return Fit("none", 0.0, 0.0, is_estimate, (_("It needs more memory than this computer has."),))
        self._machine, plan, forecast = foreseen
        rate = forecast.prefill_tokens_per_s if header.is_embedding_model else forecast.decode_tokens_per_s
        return Fit(plan.place, rate, forecast.first_word_s, is_estimate, forecast.reasons)

    def _header_of(self, repository: Repository, variant: Variant) -> tuple[Header, bool]:
        """The header, and whether its shape is a guess. A model made from another may have another shape than that."""
        entry = self._catalogue.of_repository(repository.name)
        base = self._catalogue.of_repository(repository.base_model)
        if entry is None and base is not None and variant.quantisation in QUANTISATIONS:
            expected_bytes = header_of(base.shape, variant.quantisation).total_bytes
            entry = base if abs(variant.size_bytes - expected_bytes) < expected_bytes * SAME_SHAPE else None
        if entry is not None:
            return header_with_size(entry.shape, variant.quantisation, variant.size_bytes), False
        guessed = header_by_size(
            variant.size_bytes,
            variant.quantisation,
            parameters=repository.parameters,
            architecture=repository.architecture,
            context_tokens=repository.context_tokens,
        )
        return guessed, True

    def _offer(self, entry: Entry) -> Offer:
        choices = sorted((self._choice(entry, name) for name in entry.quantisations), key=lambda each: each.size_bytes)
        return Offer(
            key=entry.key,
            title=entry.title,
            words=_(entry.words),
            kind=entry.kind,
            parameters=entry.parameters,
            context_tokens=entry.context_tokens,
            licence=entry.licence,
            licence_title=licences.of(entry.licence).title,
            author=entry.author,
            released=entry.released,
            choices=tuple(choices),
            best=best_of(choices),
        )

    def _choice(self, entry: Entry, quantisation: str) -> Choice:
        header = header_of(entry.shape, quantisation)
        return Choice(
            entry.sources_of(quantisation)[0].repository,
            quantisation,
            variants.plain_words(quantisation),
            header.total_bytes,
            is_size_estimated=True,
            fit=self.fit_of(header, header.total_bytes, is_estimate=False),
        )


def computer_words(machine: Machine) -> str:
    memory = _("{size:.0f} GB of memory").format(size=machine.hardware.memory_total_bytes / 1e9)
    cards = [device for device in machine.devices if device.kind == "gpu"]
    if not cards:
        cores = plural("{count} processor core", "{count} processor cores", machine.hardware.cores_physical)
        return _("It has {cores} and {memory}, and no graphics card that Paddock can use.").format(
            cores=cores, memory=memory
        )
    names = ", ".join(
        _("{name} with {size:.0f} GB").format(name=card.description or card.name, size=card.total_bytes / 1e9)
        for card in cards
    )
    return _("It has {cards}, and {memory}.").format(cards=names, memory=memory)


def best_of(choices: Sequence[Choice]) -> int:
    """The index of the one to take, of choices from the smallest to the largest.

    That is Q4_K_M where it fits and can be borne, or a finer one that is brisk in the same place; else the finest that
    can be borne, and where none can the fastest that runs. A little slowness is no reason for coarse answers.
    """
    fitting = [
        choice
        for choice in choices
        if _fits(choice)
        and choice.fit.decode_tokens_per_s >= BEARABLE_TOKENS_PER_S
        and variants.bits(choice.quantisation) <= MOST_BITS
    ]
    if not fitting:
        running = [choice for choice in choices if choice.fit.place != "none"]
        return choices.index(max(running, key=_speed)) if running else 0
    usual = next((choice for choice in fitting if choice.quantisation == DEFAULT_QUANTISATION), None)
    if usual is None:
        return choices.index(min(fitting, key=_coarseness))
    brisk = [
        choice
        for choice in fitting
        if choice.fit.place == usual.fit.place and choice.fit.decode_tokens_per_s >= BRISK_TOKENS_PER_S
    ]
    return choices.index(min([usual, *brisk], key=_coarseness))


def recommended(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """One to three models to chat with: the most able that runs well, and quicker ones as long as it is not brisk.

    To run well is to run at Q4_K_M or finer: a model that has to be coarser is at the limit of the computer, and the
    next smaller one answers about as well with memory to spare. Where none runs well, the one that is least slow; none
    where none runs.
    """
    chats = [offer for offer in offers if offer.kind == "chat" and _best(offer).fit.place != "none"]
    good = [offer for offer in chats if _is_usable(_best(offer)) and _coarseness(_best(offer)) <= _USUAL]
    good.sort(key=lambda offer: (offer.parameters, offer.released), reverse=True)
    found = good[:1]
    for offer in good[1:]:
        if len(found) == MOST_RECOMMENDED or _best(found[-1]).fit.decode_tokens_per_s >= BRISK_TOKENS_PER_S:
            break
        if LEAST_ABLE <= offer.parameters <= found[-1].parameters * QUICKER_SHARE:
            found.append(offer)
    return tuple(found or sorted(chats, key=lambda offer: _speed(_best(offer)))[-1:])


def _best(offer: Offer) -> Choice:
    return offer.choices[offer.best]


def _fits(choice: Choice) -> bool:
    return choice.fit.place not in ("disk", "none")


def _is_usable(choice: Choice) -> bool:
    return _fits(choice) and choice.fit.decode_tokens_per_s >= USABLE_TOKENS_PER_S


def _speed(choice: Choice) -> tuple[bool, float]:
    return choice.fit.place != "disk", choice.fit.decode_tokens_per_s


def _coarseness(choice: Choice) -> int:
    return _RANKS[choice.quantisation]
