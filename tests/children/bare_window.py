"""A whole Paddock window in a process of its own that nobody drives from inside. Usage: bare_window.py PROFILE
SECRET_FILE ANSWER: a new profile, keys in a file, and a scripted model that always gives that answer."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app import paths
from app.engine.fake import Script, fake_load
from app.home import Home
from app.ui.app import closed_by_signals, make_application
from app.ui.shell import Shell
from app.ui.theme import Theme
from tests.children.secret_file import FileSecrets


def main() -> int:
    profile, secret_file, answer = sys.argv[1:4]
    application = make_application()
    home = Home(paths.places(Path(profile)), FileSecrets(Path(secret_file)), load=fake_load(Script(answers=(answer,))))
    shell = Shell(home, Theme(application))
    shell.show()
    shell.start()
    with closed_by_signals(shell):
        return application.exec()


if __name__ == "__main__":
    sys.exit(main())
