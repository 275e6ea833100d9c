"""The command line that docs/command-line.md promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.arguments import Arguments, ModelsArguments, parse


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


def test_models_alone_lists_them_and_json_stands_anywhere() -> None:
    assert parse(["models"]) == parse(["models", "list"]) == Arguments("models", None)
    assert parse(["models", "--json"]).as_json
    assert parse(["models", "--json", "list"]).as_json
    assert parse(["models", "list", "--json"]).as_json
    assert not parse(["models", "list"]).as_json


def test_models_take_all_their_options() -> None:
    line = "--profile p models --passphrase-fd 3 get a/b Q8_0 --accept-licence --allow-network --token-fd 4 --json"
    wanted = ModelsArguments(
        "get", "a/b", quantisation="Q8_0", is_network_allowed=True, is_licence_accepted=True, token_fd=4
    )
    assert parse(line.split()) == Arguments("models", Path("p"), passphrase_fd=3, as_json=True, models=wanted)
    assert parse(["models", "find", "tiny", "llama"]).models == ModelsArguments("find", "tiny llama")
    assert parse(["models", "export", "A model", "to"]).models == ModelsArguments(
        "export", "A model", folder=Path("to")
    )
    assert parse(["models", "import", "from"]).models == ModelsArguments("import", folder=Path("from"))
    assert parse(["models", "delete", "A model", "--yes"]).models == ModelsArguments(
        "delete", "A model", is_confirmed=True
    )
    assert parse(["models", "verify"]).models == ModelsArguments("verify")
    assert parse(["models", "token", "--forget"]).models == ModelsArguments("token", is_forgetting=True)


@pytest.mark.parametrize(
    "action",
    ["list", "offers", "use m", "verify", "export m f", "import f", "delete m", "requests", "token"],
)
def test_what_needs_no_network_cannot_be_given_leave_for_it(action: str) -> None:
    with pytest.raises(SystemExit):
        parse(["models", *action.split(), "--allow-network"])


@pytest.mark.parametrize(
    "wrong",
    [
        ["ask"],
        *(["ask", "--max-tokens", number, "x"] for number in ("0", "-1", "many", "1000001", "9" * 30)),
        *(["ask", "--passphrase-fd", number, "x"] for number in ("-1", "x", "9" * 30)),
        *(["--profile", folder, "doctor"] for folder in ("", "~nobody-of-that-name/x")),
        ["dance"],
        ["doctor", "--loud"],
        ["models", "dance"],
        ["models", "find"],
        ["models", "get", "a/b"],
        ["models", "find", "x", "--allow"],
        ["models", "delete", "x", "--y"],
        ["models", "token", "hf_onTheCommandLine"],
        ["models", "token", "--token-fd", "-1"],
        ["models", "import", ""],
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
