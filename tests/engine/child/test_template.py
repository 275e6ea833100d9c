"""Messages to segments, family by family, as the families' published formats have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pytest

from app.engine.child.template import (
    PLAIN,
    TOOLS_OFFERED,
    Comparison,
    Family,
    Template,
    TemplateRefused,
    call_text,
    choose,
    compare,
    family_of,
    fingerprint,
    render,
    render_open,
)
from app.engine.protocol import NO_PREAMBLE, Message, Preamble, ToolCall

SMOLLM = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n"
    "You are a helpful assistant<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] }}{% endfor %}"
)
LLAMA31_MARKS = "<|start_header_id|>…<|end_header_id|>…Cutting Knowledge Date"
CHAT = (
    Message("system", "Be kind."),
    Message("user", "Hi "),
    Message("assistant", "Hello!"),
    Message("user", "Bye"),
)
CALL = (
    Message("user", "Weather?"),
    Message("assistant", "", ToolCall("weather", '{"place":"Rome"}')),
    Message("tool", "sunny\n"),
)
FAMILIES = ["llama31", "llama3", "chatml", "mistral", "gemma", "phi3", "llama2", "plain"]


def no_built_in(_messages: Sequence[tuple[str, str]]) -> str | None:
    return None


def text_of(template: Template, messages: Sequence[Message] = CHAT, preamble: Preamble = NO_PREAMBLE) -> str:
    return "".join(segment.text for segment in render(template, messages, no_built_in, preamble))


@pytest.mark.parametrize(
    ("untrusted", "family"),
    [
        (None, "plain"),
        ("  ", "plain"),
        (LLAMA31_MARKS, "llama31"),
        ("<|start_header_id|>…<|end_header_id|>", "llama3"),
        (SMOLLM, "chatml"),
        ("<|im_start|>user<|im_sep|>", "built_in"),
        ("{{ '[INST] ' }}", "mistral"),
        ("[SYSTEM_PROMPT][INST]", "built_in"),
        ("<<SYS>>[INST]", "llama2"),
        ("<start_of_turn>", "gemma"),
        ("<|user|>…<|end|>…<|assistant|>", "phi3"),
        ("### Instruction:", "built_in"),
    ],
)
def test_families_are_told_by_their_marks(untrusted: str | None, family: str) -> None:
    assert family_of(untrusted) == family


@pytest.mark.parametrize("family", ["llama3", "llama31"])
def test_llama3_and_llama31_without_date_and_tools(family: Literal["llama3", "llama31"]) -> None:
    assert text_of(Template(family)) == (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nHello!<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )


def test_llama31_is_told_the_date_before_the_system_message() -> None:
    system = "<|start_header_id|>system<|end_header_id|>\n\n"
    date = "Cutting Knowledge Date: December 2023\nToday Date: 22 Nov 2026\n\n"
    told = Preamble("22 Nov 2026")
    assert f"{system}{date}Be kind.<|eot_id|>" in text_of(Template("llama31"), CHAT, told)
    assert f"{system}{date}<|eot_id|>" in text_of(Template("llama31"), CHAT[1:], told)
    assert text_of(Template("llama3"), CHAT, told) == text_of(Template("llama3"))


def test_llama31_without_a_system_message_and_date_has_no_system_turn() -> None:
    assert "system" not in text_of(Template("llama31"), CHAT[1:])


def test_llama31_is_offered_tools_in_the_first_question() -> None:
    text = text_of(Template("llama31"), CHAT[1:2], Preamble(tools=('{"name":"a"}', '{"name":"b"}')))
    assert text.startswith(
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nEnvironment: ipython\n\n<|eot_id|>"
    )
    assert f'{TOOLS_OFFERED}{{\n    "name": "a"\n}}\n\n{{\n    "name": "b"\n}}\n\nHi<|eot_id|>' in text


@pytest.mark.parametrize("messages", [(), CHAT[:1], CHAT[2:]])
def test_tools_get_a_turn_of_their_own_where_no_question_comes_first(messages: Sequence[Message]) -> None:
    text = text_of(Template("llama31"), messages, Preamble(tools=("{}",)))
    assert "<|start_header_id|>user<|end_header_id|>\n\n" + TOOLS_OFFERED + "{}\n\n<|eot_id|>" in text
    assert all(message.text.strip() in text for message in messages)


def test_llama31_is_told_of_its_calls_and_of_what_came_of_them() -> None:
    assert text_of(Template("llama31"), CALL).endswith(
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
        '{"name": "weather", "parameters": {"place": "Rome"}}<|eot_id|>'
        '<|start_header_id|>ipython<|end_header_id|>\n\n"sunny\\n"<|eot_id|>'
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )


@pytest.mark.parametrize("family", FAMILIES[1:])
def test_families_without_tools_get_calls_and_results_as_talk(family: str) -> None:
    text = text_of(Template(family), CALL, Preamble(tools=("{}",)))  # type: ignore[arg-type]  # a str of the list above
    at = [text.index(part) for part in ("Weather?", '{"name": "weather", "parameters": {"place": "Rome"}}', "sunny")]
    assert at == sorted(at)
    assert "tool" not in text


@pytest.mark.parametrize("arguments", ["not JSON", '{"a":', '{"a": "\\ud800"}', "[" * 100_000, "1" * 5000])
def test_arguments_that_are_no_sound_json_are_told_as_they_were_written(arguments: str) -> None:
    assert call_text(ToolCall("a", f" {arguments}\n")) == f'{{"name": "a", "parameters": {arguments}}}'


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("text", ["Hello!", "Here is a list:\n\n1. "])
def test_an_answer_that_goes_on_ends_the_prompt(family: Family, text: str) -> None:
    template = Template(family, default_system="You are." if family == "chatml" else "")
    begun = [*CHAT[:2], Message("assistant", text)]
    segments = render_open(template, begun, no_built_in, Preamble("22 Nov 2026"))
    assert segments[-1].text == text
    assert segments[-1].is_answer
    prompt = "".join(segment.text for segment in segments)
    whole = text_of(template, [*begun[:2], Message("assistant", text.strip()), *CHAT[3:]], Preamble("22 Nov 2026"))
    assert whole.startswith(prompt.rstrip()), "word for word what the next turn begins with"


def test_an_answer_goes_on_in_a_template_that_llama_cpp_renders() -> None:
    def built_in(messages: Sequence[tuple[str, str]]) -> str:
        return "".join(f"[{role}]{text}[/{role}]" for role, text in messages) + "[assistant]"

    segments = render_open(Template("built_in"), [*CHAT[1:2], Message("assistant", "Hel")], built_in)
    assert "".join(segment.text for segment in segments) == "[user]Hi[/user][assistant]Hel"


def test_chatml_keeps_spaces() -> None:
    assert text_of(Template("chatml")) == (
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi <|im_end|>\n"
        "<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("escaped", [SMOLLM, SMOLLM.replace("\n", "\\n")])
def test_chatml_takes_the_default_system_message_from_the_file(escaped: str) -> None:
    template = choose(escaped, no_built_in)
    assert template.default_system == "You are a helpful assistant"
    assert text_of(template, CHAT[1:2]).startswith("<|im_start|>system\nYou are a helpful assistant<|im_end|>\n")
    assert "helpful" not in text_of(template)


def test_mistral_puts_the_system_message_into_the_first_turn() -> None:
    assert text_of(Template("mistral")) == "[INST] Be kind.\n\nHi  [/INST] Hello!</s>[INST] Bye [/INST]"
    assert text_of(Template("mistral", is_tight=True)) == "[INST]Be kind.\n\nHi [/INST]Hello!</s>[INST]Bye[/INST]"


def test_llama2() -> None:
    assert text_of(Template("llama2")) == (
        "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHi [/INST] Hello! </s><s>[INST] Bye [/INST]"
    )


def test_gemma_calls_the_assistant_model() -> None:
    assert text_of(Template("gemma")) == (
        "<start_of_turn>user\nBe kind.\n\nHi<end_of_turn>\n<start_of_turn>model\nHello!<end_of_turn>\n"
        "<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n"
    )


def test_phi3() -> None:
    assert text_of(Template("phi3")).endswith("<|assistant|>\nHello!<|end|>\n<|user|>\nBye<|end|>\n<|assistant|>\n")


def test_a_file_without_a_template_gets_a_transcript_with_a_stop_string() -> None:
    template = choose(None, no_built_in)
    assert text_of(template) == "Be kind.\n\nUser: Hi \nAssistant: Hello!\nUser: Bye\nAssistant:"
    assert template.stop_strings == ("\nUser:",)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_somebody_wrote_is_never_control_text(family: str) -> None:
    template = PLAIN if family == "plain" else Template(family)  # type: ignore[arg-type]  # a str of the list above
    segments = render(template, CHAT, no_built_in)
    written = [segment.text.strip() for segment in segments if not segment.is_control]
    assert written == ["Be kind.", "Hi", "Hello!", "Bye"]
    assert [segment.text for segment in segments if segment.is_answer] == ["Hello!"]
    assert all("Hello" not in segment.text for segment in segments if segment.is_control)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_system_message_alone_is_enough(family: str) -> None:
    assert "Be kind." in text_of(Template(family), CHAT[:1])  # type: ignore[arg-type]  # a str of the list above


def alpaca(messages: Sequence[tuple[str, str]]) -> str:
    return "".join(f"### {role}:\n{text}\n\n" for role, text in messages) + "### assistant:\n"


def test_an_unknown_template_is_rendered_by_llama_cpp_around_the_contents() -> None:
    template = choose("### Instruction:", alpaca)
    assert template.family == "built_in"
    segments = render(template, CHAT, alpaca)
    assert "".join(segment.text for segment in segments) == alpaca(
        [(message.role, message.text.strip()) for message in CHAT]
    )
    assert [segment.text for segment in segments if not segment.is_control] == ["Be kind.", "Hi", "Hello!", "Bye"]


@pytest.mark.parametrize(
    "unfaithful",
    [
        no_built_in,
        lambda messages: alpaca(messages[1:]),
        lambda messages: alpaca(list(messages) * 2),
        lambda messages: alpaca(messages[::-1]),
        lambda messages: alpaca(messages).lower(),
    ],
)
def test_an_unfaithful_template_is_refused_and_a_transcript_used(unfaithful: object) -> None:
    assert callable(unfaithful)
    assert choose("### Instruction:", unfaithful) is PLAIN
    with pytest.raises(TemplateRefused):
        render(Template("built_in"), CHAT, unfaithful)


def test_somebody_who_types_a_placeholder_changes_nothing() -> None:
    typed = (Message("user", "PADDOCKCONTENT00001END"), Message("assistant", "PADDOCKCONTENT00000END"))
    segments = render(Template("built_in"), typed, alpaca)
    assert [segment.text for segment in segments if not segment.is_control] == [message.text for message in typed]


@pytest.mark.parametrize(
    ("untrusted", "comparison"),
    [(None, "none"), (" \n", "none"), ("### Instruction:", "unknown"), (SMOLLM, "changed"), (LLAMA31_MARKS, "changed")],
)
def test_a_template_that_was_not_published_is_said_to_be_so(untrusted: str | None, comparison: Comparison) -> None:
    assert compare(untrusted) == comparison


def test_white_space_and_how_line_ends_are_written_make_no_other_template() -> None:
    assert fingerprint("{{ 'a\\n\\n' }}\r\n\t{% b %}\n") == fingerprint("{{ 'a\n\n' }} {% b %}")
    assert fingerprint("{{ 'a' }}") != fingerprint("{{ 'b' }}")
