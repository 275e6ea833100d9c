from __future__ import annotations

import pytest

from app.errors import UsageError
from app.models.hub.token import SECRET, HubToken
from app.settings import Settings
from app.storage.secrets import MemorySecrets

TOKEN = "hf_abcdefghijklmnop"


class Kept(dict[str, str]):
    """A backend of settings in memory."""

    def set(self, key: str, text: str) -> None:
        self[key] = text

    def remove(self, key: str) -> None:
        self.pop(key, None)

    def all(self) -> dict[str, str]:
        return dict(self)


class AskedSecrets(MemorySecrets):
    asked = 0

    def get(self, name: str) -> bytes | None:
        self.asked += 1
        return super().get(name)


def test_a_token_is_in_the_keyring_and_nowhere_else() -> None:
    secrets, kept = MemorySecrets(), Kept()
    token = HubToken(secrets, Settings(kept))
    token.give(f"  {TOKEN}\n")
    assert token() == TOKEN
    assert secrets.kept == {SECRET: TOKEN.encode()}
    assert TOKEN not in str(kept)
    assert HubToken(secrets, Settings(kept))() == TOKEN  # after a restart


def test_without_a_keyring_it_lasts_until_the_end() -> None:
    secrets, kept = MemorySecrets(is_available=False), Kept()
    token = HubToken(secrets, Settings(kept))
    token.give(TOKEN)
    assert token() == TOKEN
    assert not token.is_kept
    assert secrets.kept == {}
    assert HubToken(secrets, Settings(kept))() is None


def test_the_keyring_is_not_asked_where_no_token_was_ever_given() -> None:
    secrets = AskedSecrets()
    assert HubToken(secrets, Settings(Kept()))() is None
    assert secrets.asked == 0


def test_a_forgotten_token_is_gone() -> None:
    secrets, kept = MemorySecrets(), Kept()
    token = HubToken(secrets, Settings(kept))
    token.give(TOKEN)
    token.forget()
    assert token() is None
    assert secrets.kept == {}
    assert HubToken(secrets, Settings(kept))() is None


@pytest.mark.parametrize(
    "text", ["", "short", "hf_with space in it", "hf_" + "x" * 300, "hf_line\nbreak-inside", "hf_ümlaut-token"]
)
def test_what_cannot_be_a_token_is_refused_in_a_sentence_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        HubToken(MemorySecrets(), Settings(Kept())).give(text)
    assert not text or text not in str(refused.value)
