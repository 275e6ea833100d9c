"""Catalogues of the translated sentences: what the code says, what is translated, and the compiled files.

`.venv/bin/python packaging/translate.py update` collects every sentence into resources/locale/*/LC_MESSAGES/paddock.po
(new ones are empty, changed ones are emptied, not guessed), `compile` writes the .mo files beside them, which are what
is shipped, and `missing` lists what a language lacks.
"""

from __future__ import annotations

import ast
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "resources" / "locale"
LANGUAGES = ("de", "es", "fr")
HEAD = """msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # the same sentences make the same file
USAGE = "usage: .venv/bin/python packaging/translate.py update | compile | missing [LANGUAGE]"


@dataclass(slots=True)
class Said:
    """Sentences by where they stand; a pair where there is a plural."""

    places: dict[str | tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, sentence: str | tuple[str, str], place: str) -> None:
        if sentence:
            self.places.setdefault(sentence, []).append(place)


def collect() -> Said:
    """Every sentence of app/ and of the catalogue of models, in the order of files and lines."""
    said = Said()
    for path in sorted((ROOT / "app").rglob("*.py")):
        for sentence in _sentences(ast.parse(path.read_text("utf-8"))):
            said.add(sentence, path.relative_to(ROOT).as_posix())
    models = json.loads((ROOT / "resources" / "catalogue.json").read_text("utf-8"))["models"]
    for model in models:
        said.add(model["words"], "resources/catalogue.json")
    return said


def _sentences(tree: ast.AST) -> Iterator[str | tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from _called(node, node.func.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Subscript | ast.Attribute):
            continue
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _assigned(node)


def _called(node: ast.Call, name: str) -> Iterator[str | tuple[str, str]]:
    texts = [_text(argument) for argument in node.args]
    if name == "_" and texts and texts[0]:
        yield texts[0]
    elif name == "plural" and len(texts) >= 2 and texts[0] and texts[1]:
        yield (texts[0], texts[1])
    elif name == "Setting":  # its label and help are translated where they are shown
        for text in texts[2:4]:
            if text:
                yield text
    elif name == "Purpose":
        for text in (*texts, *(_text(keyword.value) for keyword in node.keywords)):
            if text and " " in text:
                yield text


def _assigned(node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    """Names of built-in presets: keys of a table that `_()` is given where they are shown."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if "BUILT_IN" in names and isinstance(node.value, ast.Dict):
        for key in node.value.keys:
            text = _text(key)
            if text:
                yield text
    elif "BALANCED" in names:
        text = _text(node.value)
        if text:
            yield text


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def catalogue(language: str) -> Catalog:
    """What is translated into a language, as stored; empty where there is no file yet."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def po_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "paddock.po"


def updated(language: str, said: Said) -> Catalog:
    """The sentences of now with what is translated already; what is not said any more goes."""
    old = catalogue(language)
    new = Catalog(locale=language, charset="utf-8", fuzzy=False)
    for sentence, places in said.places.items():
        known = old.get(sentence[0] if isinstance(sentence, tuple) else sentence)
        string = known.string if known is not None and _is_same(known, sentence) else None
        flags = ("python-brace-format",) if "{" in str(sentence) else ()
        new.add(sentence, string, locations=[(place, 0) for place in dict.fromkeys(places)], flags=flags)
    return new


def _is_same(known: Message, sentence: str | tuple[str, str]) -> bool:
    return known.id == (list(sentence) if isinstance(sentence, tuple) else sentence) or known.id == sentence


def write(language: str, made: Catalog) -> None:
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    body = io.BytesIO()
    write_po(body, made, width=0, omit_header=True, include_lineno=False, sort_output=False)
    head = HEAD.format(language=language, plurals=made.plural_forms)  # without dates and addresses, which only differ
    path.write_bytes(head.encode() + body.getvalue())


def compile_all() -> None:
    for language in LANGUAGES:
        po_path(language).with_suffix(".mo").write_bytes(compiled(language))


def compiled(language: str) -> bytes:
    """The .mo file: what is not translated is left out of it, so that English is shown."""
    made = Catalog(locale=language, charset="utf-8", fuzzy=False, creation_date=NO_DATE, revision_date=NO_DATE)
    for message in catalogue(language):
        if message.id and _is_translated(message):
            made.add(message.id, message.string)
    body = io.BytesIO()
    write_mo(body, made)
    return body.getvalue()


def missing(language: str, said: Said) -> list[str]:
    """Sentences of the code that this language does not say."""
    made = updated(language, said)
    return [str(message.id) for message in made if message.id and not _is_translated(message)]


def _is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return bool(strings) and all(strings)


def main(arguments: list[str]) -> int:
    command = arguments[0] if arguments else ""
    if command == "update":
        said = collect()
        for language in LANGUAGES:
            write(language, updated(language, said))
            print(f"{language}: {len(missing(language, said))} of {len(said.places)} sentences are to be translated")
    elif command == "compile":
        compile_all()
    elif command == "missing":
        said = collect()
        for language in arguments[1:] or LANGUAGES:
            for sentence in missing(language, said):
                print(f"{language}: {sentence}")
    else:
        print(USAGE)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
