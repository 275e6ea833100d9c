"""Licences of models, by the identifiers that the hub uses: what they ask for, in plain words, and where they stand.

Facts, not advice, and never in place of the text: that is shown as it lies in the model's own repository. The notices
are the lines that Meta's licences prescribe (section 1.b) for copies that are passed on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.text import _

BUILT_WITH_LLAMA = "Built with Llama"  # in these words, for section 1.b of Meta's licences since Llama 3.1


@dataclass(frozen=True, slots=True)
class Licence:
    """`needs_acceptance`: Paddock shows the text and asks before the first byte of weights.

    `notice` belongs into a file NOTICE beside the weights; empty where none is asked for. Links are to the licensor's
    own pages, empty where there is no such page.
    """

    identifier: str
    title: str
    summary: str  # a sentence or two
    needs_acceptance: bool
    text_link: str = ""
    policy_link: str = ""
    notice: str = ""

    @property
    def is_llama(self) -> bool:
        return bool(re.match(r"llama\d", self.identifier))

    @property
    def is_known(self) -> bool:
        return bool(self.text_link)


def of(identifier: str, name: str = "") -> Licence:
    """What is known of the hub's `identifier`; `name` is what a model's card calls a licence of its own."""
    known = identifier.strip().lower()
    for pattern, make in _FAMILIES:
        if re.fullmatch(pattern, known):
            return make(known)
    # Many cards of Llama models say "other", and the name only in words.
    named = re.fullmatch(r"(?:meta-)?llama-?(2|3|3\.1|3\.2|3\.3|4)(?:-community)?(?:-license)?", name.strip().lower())
    if known in ("", "other") and named:
        return _llama(f"llama{named[1]}")
    return _unknown(known, name.strip())


# Meta's own pages, and the line that each licence prescribes. Llama 3 and 2 call themselves in another way.
_LLAMA = {
    "llama2": (
        "Llama 2",
        "Llama 2 Community License",
        "https://ai.meta.com/llama/license/",
        "https://ai.meta.com/llama/use-policy/",
        "Llama 2 is licensed under the LLAMA 2 Community License, "
        "Copyright (c) Meta Platforms, Inc. All Rights Reserved.",
    ),
    "llama3": (
        "Meta Llama 3",
        "Meta Llama 3 Community License",
        "https://www.llama.com/llama3/license/",
        "https://www.llama.com/llama3/use-policy/",
        "Meta Llama 3 is licensed under the Meta Llama 3 Community License, "
        "Copyright © Meta Platforms, Inc. All Rights Reserved.",
    ),
}


def _llama(identifier: str) -> Licence:
    if identifier in _LLAMA:
        model, title, text_link, policy_link, notice = _LLAMA[identifier]
    else:
        model = f"Llama {identifier.removeprefix('llama')}"
        title = f"{model} Community License"
        page = f"https://www.llama.com/{identifier.replace('.', '_')}"
        text_link, policy_link = f"{page}/license/", f"{page}/use-policy/"
        notice = f"{model} is licensed under the {title}, Copyright © Meta Platforms, Inc. All Rights Reserved."
    return Licence(identifier, title, _llama_summary(identifier, model), True, text_link, policy_link, notice)


def _llama_summary(identifier: str, model: str) -> str:
    summary = _("You may use it for free, also at work, within Meta's acceptable use policy.")
    if identifier != "llama2":
        summary += " " + _("Products that are built on it say “{words}”.").format(
            words="Built with Meta Llama 3" if identifier == "llama3" else BUILT_WITH_LLAMA
        )
    summary += " " + _("Companies with more than 700 million monthly users need Meta's permission.")
    if identifier in ("llama3.2", "llama4"):
        summary += " " + _("Models of it that see pictures are not licensed to people and companies in the EU.")
    return summary


def _apache(identifier: str) -> Licence:
    return Licence(
        identifier,
        "Apache License 2.0",
        _("You may use it for any purpose, change it and pass it on, with its licence and notices."),
        needs_acceptance=False,
        text_link="https://www.apache.org/licenses/LICENSE-2.0",
    )


def _mit(identifier: str) -> Licence:
    return Licence(
        identifier,
        "MIT License",
        _("You may use it for any purpose, change it and pass it on, with its copyright notice."),
        needs_acceptance=False,
        text_link="https://opensource.org/license/mit",
    )


def _bsd(identifier: str) -> Licence:
    clauses = {"bsd-2-clause": "BSD 2-Clause License", "bsd-3-clause": "BSD 3-Clause License"}
    return Licence(
        identifier,
        clauses.get(identifier, "BSD License"),
        _("You may use it for any purpose, change it and pass it on, with its copyright notice."),
        needs_acceptance=False,
        text_link=f"https://opensource.org/license/{identifier if identifier in clauses else 'bsd-3-clause'}",
    )


def _gemma(identifier: str) -> Licence:
    return Licence(
        identifier,
        "Gemma Terms of Use",
        _("You may use it for free, also at work, within Google's prohibited use policy, which you also pass on."),
        needs_acceptance=True,
        text_link="https://ai.google.dev/gemma/terms",
        policy_link="https://ai.google.dev/gemma/prohibited_use_policy",
        notice="Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
    )


_CC = re.compile(r"cc-by(?P<conditions>(?:-nc|-sa|-nd)*)(?:-(?P<version>\d\.\d))?")


def _creative_commons(identifier: str) -> Licence:
    found = _CC.fullmatch(identifier)
    conditions = found["conditions"] if found else ""
    version = (found["version"] if found else None) or "4.0"
    sentences = [_("You may use it and pass it on if you name its authors.")]
    if "-nc" in conditions:
        sentences = [_("You may use it and pass it on if you name its authors, but not for commercial purposes.")]
    if "-nd" in conditions:
        sentences.append(_("Changed versions must not be passed on."))
    if "-sa" in conditions:
        sentences.append(_("Changed versions may only be passed on under the same licence."))
    return Licence(
        identifier,
        f"Creative Commons BY{conditions.upper()} {version}",
        " ".join(sentences),
        needs_acceptance="-nc" in conditions,
        text_link=f"https://creativecommons.org/licenses/by{conditions}/{version}/",
    )


def _openrail(identifier: str) -> Licence:
    titles = {
        "openrail++": "OpenRAIL++ License",
        "bigscience-openrail-m": "BigScience OpenRAIL-M License",
        "creativeml-openrail-m": "CreativeML OpenRAIL-M License",
        "bigcode-openrail-m": "BigCode OpenRAIL-M License",
    }
    return Licence(
        identifier,
        titles.get(identifier, "OpenRAIL License"),
        _("You may use it for free, also at work, except for the uses that its text lists; pass these limits on."),
        needs_acceptance=True,
        text_link="https://www.licenses.ai/ai-licenses",
    )


def _unknown(identifier: str, name: str) -> Licence:
    called = name or ("" if identifier in ("other", "unknown") else identifier)
    if not called:
        return Licence(
            identifier,
            _("No licence named"),
            _("Its publisher names no licence. Without one you may have no right to use it: ask before you do."),
            needs_acceptance=True,
        )
    return Licence(
        identifier,
        called,
        _("Paddock does not know this licence. Read its text before you use the model."),
        needs_acceptance=True,
    )


_FAMILIES = (
    (r"llama(?:2|3|3\.1|3\.2|3\.3|4)", _llama),
    (r"apache-2\.0", _apache),
    (r"mit", _mit),
    (r"bsd(?:-[23]-clause)?", _bsd),
    (r"gemma", _gemma),
    (_CC.pattern, _creative_commons),
    (r"openrail(?:\+\+)?|(?:bigscience|creativeml|bigcode)-openrail-m", _openrail),
)
