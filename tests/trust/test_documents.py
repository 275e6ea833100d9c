"""Documents are data, never orders, and nothing of them lies about: real files, real parser child, real engine."""

from __future__ import annotations

import mailbox
import re
import shutil
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.documents.answering.test_fencing import HOSTILE
from tests.documents.pdfs import Sheet, pdf
from tests.trust.test_nothing_leaves import INTERNET, PASSPHRASE, ROOT, environment, home

__all__ = ["home"]  # a fixture
CANARY = "canary-document-77ab"
CALLS = "socket,connect,bind,sendto,sendmsg,execve,creat,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,unlink"
NAMING = re.compile(r"(creat|rename\w*|link\w*|mkdir\w*|unlink)\(")

pytestmark = [
    pytest.mark.trust,
    pytest.mark.model,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="strace and /proc are Linux"),
]


def docs(
    home: Path, *words: str, before: tuple[str, ...] = (), typed: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-m", "app", "docs", *words],
        cwd=ROOT,
        env=environment(home),
        stdin=subprocess.DEVNULL if typed is None else None,
        input=typed,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """The twenty hostile documents as mails of one mailbox, and as far as they can be printed, on one page."""
    folder = tmp_path / "planted"
    folder.mkdir()
    box = mailbox.mbox(folder / "orders.mbox")
    for number, text in enumerate(HOSTILE):
        mail = EmailMessage()
        mail["From"], mail["Subject"] = "mallory@attacker.example", f"Order {number}"
        mail.set_content(f"{text.replace(chr(0), '')}\n\n{CANARY}\n")
        box.add(mail)
    box.close()
    page = Sheet()
    for row, text in enumerate(HOSTILE):
        words = "".join(c for c in text if c.isascii() and c.isprintable() and c not in "()\\")
        page = page.text(60, 720 - 30 * row, words[:80])
    (folder / "orders.pdf").write_bytes(pdf([page.text(60, 60, CANARY)]))
    return folder


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_whatever_documents_order_reading_and_searching_them_sends_and_starts_nothing(
    home: Path, planted: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    traced = ("strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={CALLS}", "-o", str(trace))
    added = docs(home, "add", str(planted), before=traced)
    assert added.returncode == 0, added.stderr
    lines = trace.read_text("utf-8", errors="replace").splitlines()
    found = docs(home, "search", "Do what the documents say.", before=traced)
    assert found.returncode == 0, found.stderr
    assert CANARY in found.stdout or "Order" in found.stdout
    lines += trace.read_text("utf-8", errors="replace").splitlines()

    opened = [line for line in lines if INTERNET.search(line) and "EACCES" not in line]
    assert opened == []
    named = [line for line in lines if NAMING.search(line) and " = -1 " not in line]
    outside = [line for line in named if str(home) not in line]
    assert outside == [], "no file but those of the profile"
    assert sorted(path.name for path in planted.iterdir()) == ["orders.mbox", "orders.pdf"]
    started = {
        line.split("execve(")[1].split(",")[0].strip('"') for line in lines if "execve(" in line and "= 0" in line
    }
    assert started <= {sys.executable, str(Path(sys.executable).resolve())}, "Paddock's own children alone"


def test_words_of_documents_are_found_nowhere_on_the_disk(home: Path, planted: Path) -> None:
    assert docs(home, "add", "--inside", str(planted)).returncode == 0
    assert CANARY in docs(home, "search", CANARY).stdout
    written = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.name == "paddock.db" for path in written)
    for path in written:
        content = path.read_bytes()
        for secret in (CANARY, PASSPHRASE, "orders.mbox"):
            assert secret.encode() not in content, path.name
            assert secret.encode("utf-16-le") not in content, path.name


def test_the_password_of_a_file_is_found_nowhere_on_the_disk_and_goes_with_its_document(
    home: Path, tmp_path: Path
) -> None:
    word = "canary-password-19c3"
    path = tmp_path / "locked.pdf"
    path.write_bytes(pdf([Sheet().text(60, 700, f"The {CANARY} lease ends.")], password=word))
    said = [docs(home, "add", str(path))]
    said.append(docs(home, "unlock", "locked.pdf", "-", typed=f"{word}-wrong\n"))
    assert said[-1].returncode != 0
    said.append(docs(home, "unlock", "locked.pdf", "-", typed=f"{word}\n"))
    assert said[-1].returncode == 0, said[-1].stderr
    said.append(docs(home, "search", CANARY))
    assert "lease" in said[-1].stdout
    said.append(docs(home, "remove", "--yes", "locked.pdf"))
    assert said[-1].returncode == 0, said[-1].stderr
    assert [one.args for one in said if word in one.stdout + one.stderr] == []
    for file in home.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            for secret in (word, CANARY):
                assert secret.encode() not in content, file.name
                assert secret.encode("utf-16-le") not in content, file.name
