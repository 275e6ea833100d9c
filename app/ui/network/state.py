"""The network as the settings, the sidebar and "What protects you" speak of it; one place for what each may promise."""

from __future__ import annotations

from app.frozen import dataclass
from app.net.policy import HUB, Consent
from app.text import _


@dataclass(frozen=True, slots=True)
class NetworkState:
    """What holds now. `problem` says why an administrator's policy could not be followed; empty where it could."""

    consent: Consent = "ask"
    is_fixed_by_admin: bool = False
    requests: int = 0  # that were ever made
    is_token_kept: bool = False
    problem: str = ""
    host: str = HUB.host


UNTIL_ASKED = NetworkState()


@dataclass(frozen=True, slots=True)
class Promise:
    """The card of the sidebar: arguments of `PrivacyCard.set_state`."""

    title: str
    line: str
    is_good: bool = True


def promise(network: NetworkState) -> Promise:
    """What is true in each state, short enough for the sidebar."""
    if network.is_fixed_by_admin or network.consent == "never":
        return Promise(_("Offline and encrypted"), _("Nothing leaves this computer"))
    if network.consent == "ask":
        return Promise(_("Offline until you ask"), _("Chats are encrypted and stay here"))
    return Promise(_("Private and encrypted"), _("Only requests for models go out"))


def consent_label(consent: Consent) -> str:
    return {
        "ask": _("Ask each time"),
        "models": _("Allow for models"),
        "never": _("Never"),
    }[consent]


def consent_help(network: NetworkState) -> str:
    """What the choice means, in a sentence or two."""
    if network.problem:
        return network.problem
    if network.is_fixed_by_admin:
        return _("The administrator of this computer keeps Paddock offline. This cannot be changed here.")
    return {
        "ask": _("Offline until you search for a model or fetch one. You are asked before each request leaves."),
        "models": _("Searching for models and fetching them goes to {host} without asking. Nothing else is let out."),
        "never": _("Always offline. Models can still be added from files."),
    }[network.consent].format(host=network.host)
