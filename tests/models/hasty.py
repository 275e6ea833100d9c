"""What a process that fetches shares with the tests that kill it. No pytest is imported, so it starts sooner."""

from __future__ import annotations

from app.models.fetch.fetching import Patience

KEY = bytes(range(32))
AT_ONCE = Patience(tries=4, first_wait_s=0.0, longest_wait_s=0.0, longest_asked_wait_s=0.0)
