"""Arguments -> window, command or child worker. Imports nothing heavy first, because every child starts here.

Started by path (as children of a source run are, under `-I`), it puts the folder above app/ on the module path
itself; nothing else is ever looked up in the current folder.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

if not __package__ and not getattr(sys, "frozen", False):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

SET_UP = "Run `python3 packaging/dev.py run` in Paddock's folder: it sets up everything and opens the window."


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--worker"]:
        return _worker(arguments[1:])
    try:
        return _person(arguments)
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.partition(".")[0] == "app":
            raise
        print(f"Paddock is not set up here: {error.name} is missing. {SET_UP}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _worker(arguments: list[str]) -> int:
    match arguments:  # imports that a bundle's builder can see
        case ["engine"]:
            from app.engine.child import worker as engine

            return engine.main()
        case ["embedding"]:
            from app.engine.child import embedding

            return embedding.main()
        case ["parser"]:
            from app.documents.reading import worker as parser

            return parser.main()
        case ["formulas"]:
            from app.chat.formulas import child as formulas

            return formulas.main()
    return 2


def _person(arguments: list[str]) -> int:
    from app.cli import streams

    streams.prepare()
    if not arguments:  # as most starts of the window are: without what reads arguments
        return _window(None)
    from app.cli.arguments import parse

    parsed = parse(arguments)
    if parsed.command == "ask":
        from app.cli import ask

        return ask.main(parsed)
    if parsed.command == "doctor":
        from app.cli import doctor

        return doctor.main(parsed)
    if parsed.command == "bench":
        from app.cli import bench

        return bench.main(parsed)
    if parsed.command == "models":
        from app.cli import models

        return models.main(parsed)
    if parsed.command == "chats":
        from app.cli import chats

        return chats.main(parsed)
    if parsed.command == "docs":
        from app.cli import docs

        return docs.main(parsed)
    return _window(parsed.profile, quick=parsed.question if parsed.command == "quick" else None)


def _window(profile: Path | None, quick: str | None = None) -> int:
    from app.cli.screen import missing_for_a_window

    lacking = missing_for_a_window()
    if lacking:
        print(lacking, file=sys.stderr)
        return 1
    gc.disable()  # a start makes no garbage worth 30 ms; the window has a collector of its own from its first page on
    from app.ui.app import main as window

    return window(profile, quick)


if __name__ == "__main__":
    sys.exit(main())
