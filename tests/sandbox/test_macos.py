"""The profile that macOS is given. Its walls themselves were never tried by us."""

from __future__ import annotations

from app.sandbox import macos


def test_the_macos_profile_denies_network_and_writes_and_quotes_paths() -> None:
    profile = macos.profile(['/Users/x/odd "name"'])
    assert "(deny network*)" in profile
    assert "(deny file-write*)" in profile
    assert r'(subpath "/Users/x/odd \"name\"")' in profile
