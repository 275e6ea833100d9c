"""The command line that docs/command-line.md promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.arguments import Arguments, parse


def test_no_command_opens_the_window() -> None:
    assert parse([]) == Arguments("window", None)
    assert parse(["--profile", "here"]) == Arguments("window", Path("here"))


def test_ask_takes_all_its_options() -> None:
    found = parse(
        [
            "--profile",
            "p",
            "ask",
            "--model",
            "m.gguf",
            "--max-tokens",
            "5",
            "--temporary",
            "--passphrase-fd",
            "3",
            "Hi?",
        ]
    )
    assert found == Arguments(
        "ask", Path("p"), question="Hi?", model=Path("m.gguf"), max_tokens=5, is_temporary=True, passphrase_fd=3
    )


def test_doctor_takes_json() -> None:
    assert parse(["doctor", "--json"]).as_json


@pytest.mark.parametrize(
    "wrong",
    [
        ["ask"],
        *(["ask", "--max-tokens", number, "x"] for number in ("0", "-1", "many", "1000001", "9" * 30)),
        *(["ask", "--passphrase-fd", number, "x"] for number in ("-1", "x", "9" * 30)),
        *(["--profile", folder, "doctor"] for folder in ("", "~nobody-of-that-name/x")),
        ["dance"],
        ["doctor", "--loud"],
    ],
)
def test_what_does_not_fit_ends_with_code_2_and_a_sentence(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(wrong)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "paddock" in said
    assert "invalid _" not in said, "the name of a function is no sentence"


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--version"])
    assert capsys.readouterr().out.startswith("Paddock 0.")
