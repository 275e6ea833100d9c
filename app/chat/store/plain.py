"""What a stretch of a message reads like without the marks of Markdown and TeX, for the one line of a search hit.

A stretch begins and ends anywhere, so it cannot be parsed: pairs of marks are taken away where both are there.
"""

from __future__ import annotations

import re
import unicodedata

_LINE_RULES = (
    (r"^\s*(?:`{3,}|~{3,})[^\n]*$", ""),  # fences
    (r"^[ \t]*\|?[ \t]*:?-{2,}[-:| \t]*$", ""),  # below the head of a table; a line across
    (r"^[ \t]*(?:>[ \t]?)+", ""),
    (r"^[ \t]*#{1,6}[ \t]+", ""),
    (r"^[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?", ""),
)
_FORMULAS = r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|\$(?=\S)([^$\n]*?[^\s$])\$(?!\d)"
_PAIRS = (
    (r"</?think(?:ing)?>|<br ?/?>", " "),
    (r"!?\[([^\]\n]*)\]\([^)\n]*\)", r"\1"),
    (r"\[\^[^\]\n]*\]:?", ""),
    (r"(`+)([^`\n]+)\1", r"\2"),
    (r"(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1", r"\2"),
    (r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", r"\1"),
    (r"(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)", r"\1"),
    (r"\\([\\`*_{}\[\]()#+\-.!|>~$])", r"\1"),
)
_TEX = (
    (r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1/\2"),
    (r"\\sqrt\s*\{([^{}]*)\}", r"√\1"),
    (r"\\(?:left|right|begin\{\w+\}|end\{\w+\})(?![A-Za-z])|\\[,;:! ]|\\\\|&", " "),
)
_SIGNS = {
    "times": "×",
    "cdot": "·",
    "pm": "±",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "approx": "≈",
    "infty": "∞",
    "int": "∫",
    "sum": "∑",
    "to": "→",
}


def plain(text: str) -> str:
    """`text` (a short stretch) as it reads; its lines stay lines, those of tables with points between their cells."""
    for pattern, instead in _LINE_RULES:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    text = "\n".join(_cells(line) for line in text.split("\n"))
    text = re.sub(_FORMULAS, lambda match: _formula(next(filter(None, match.groups()))), text, flags=re.DOTALL)
    for pattern, instead in _PAIRS:
        text = re.sub(pattern, instead, text)
    return text


def _cells(line: str) -> str:
    bare = line.strip()
    if bare[:1] != "|" and bare[-1:] != "|":
        return line
    return " · ".join(cell for part in bare.strip("|").split("|") if (cell := part.strip()))


def _formula(tex: str) -> str:
    for pattern, instead in _TEX:
        tex = re.sub(pattern, instead, tex)
    return re.sub(r"[{}]", "", re.sub(r"\\([A-Za-z]+)", lambda match: _sign(match.group(1)), tex))


def _sign(name: str) -> str:
    """What a command of TeX stands for; its name where nobody knows."""
    if name in _SIGNS:
        return _SIGNS[name]
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}")
    except KeyError:
        return "" if name in ("text", "mathrm", "mathbf", "operatorname") else name
