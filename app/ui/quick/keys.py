"""A combination of keys as Qt writes it ("Ctrl+Alt+Space"), and what X11 and Windows call it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# X.h; "Meta" is the key with the system's logo.
X_MODIFIERS = {"Shift": 1, "Ctrl": 4, "Alt": 8, "Meta": 64}
X_LOCKS = (0, 2, 16, 18)  # Caps Lock and Num Lock, which must not matter
# winuser.h: MOD_ALT, MOD_CONTROL, MOD_SHIFT, MOD_WIN
WINDOWS_MODIFIERS = {"Alt": 1, "Ctrl": 2, "Shift": 4, "Meta": 8}
MOST_FUNCTION_KEYS = 24

# Name: keysym (keysymdef.h), virtual key code (winuser.h).
_NAMED = {
    "Space": (0x20, 0x20),
    "Return": (0xFF0D, 0x0D),
    "Enter": (0xFF8D, 0x0D),
    "Tab": (0xFF09, 0x09),
    "Backspace": (0xFF08, 0x08),
    "Esc": (0xFF1B, 0x1B),
    "Ins": (0xFF63, 0x2D),
    "Del": (0xFFFF, 0x2E),
    "Home": (0xFF50, 0x24),
    "End": (0xFF57, 0x23),
    "PgUp": (0xFF55, 0x21),
    "PgDown": (0xFF56, 0x22),
    "Left": (0xFF51, 0x25),
    "Up": (0xFF52, 0x26),
    "Right": (0xFF53, 0x27),
    "Down": (0xFF54, 0x28),
    "Pause": (0xFF13, 0x13),
    "Print": (0xFF61, 0x2C),
    "Menu": (0xFF67, 0x5D),
}
_UNICODE_KEYSYM = 0x01000000
_FIRST_F_KEYSYM, _FIRST_F_VIRTUAL = 0xFFBE, 0x70


@dataclass(frozen=True, slots=True)
class Combination:
    """Keys that are pressed together."""

    modifiers: frozenset[str]
    key: str

    @property
    def x_modifiers(self) -> int:
        return sum(X_MODIFIERS[name] for name in self.modifiers)

    @property
    def windows_modifiers(self) -> int:
        return sum(WINDOWS_MODIFIERS[name] for name in self.modifiers)

    @property
    def keysym(self) -> int:
        """0 where X11 has none."""
        if self.key in _NAMED:
            return _NAMED[self.key][0]
        if number := _function_key(self.key):
            return _FIRST_F_KEYSYM + number - 1
        code = ord(self.key.lower()) if len(self.key) == 1 else 0
        return code if code < 0x100 else _UNICODE_KEYSYM + code

    @property
    def virtual_key(self) -> int:
        """0 where Windows has none that every keyboard shares."""
        if self.key in _NAMED:
            return _NAMED[self.key][1]
        if number := _function_key(self.key):
            return _FIRST_F_VIRTUAL + number - 1
        return ord(self.key.upper()) if len(self.key) == 1 and self.key.isascii() and self.key.isalnum() else 0


def parse(keys: str) -> Combination | None:
    """From portable text; None for what is no single combination."""
    if ", " in keys or not keys:
        return None
    *modifiers, key = [part or "+" for part in keys.removesuffix("++").split("+")] + (
        ["+"] if keys.endswith("++") else []
    )
    if not set(modifiers) <= set(X_MODIFIERS) or (len(key) > 1 and key not in _NAMED and not _function_key(key)):
        return None
    return Combination(frozenset(modifiers), key)


def _function_key(key: str) -> int:
    number = key.removeprefix("F")
    is_one = key.startswith("F") and number.isdecimal() and 1 <= int(number) <= MOST_FUNCTION_KEYS
    return int(number) if is_one else 0
