"""Chat messages to segments: what the template says (control) and what somebody typed (content).

The model file's own template is a program from a stranger and is never run. It is only looked at, to tell which
family it belongs to; the families are written out here. Contents stay apart from control text to the very end,
because only control text may become control tokens: nobody can type the end of a turn.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.engine.protocol import NO_PREAMBLE, Message, Preamble, ToolCall

Family = Literal["llama31", "llama3", "chatml", "mistral", "gemma", "phi3", "llama2", "built_in", "plain"]
Comparison = Literal["known", "changed", "unknown", "none"]

# llama.cpp's own renderer for templates it recognises: (role, text) pairs to a prompt, None where it does not know.
BuiltIn: TypeAlias = Callable[[Sequence[tuple[str, str]]], str | None]


@dataclass(frozen=True, slots=True)
class Segment:
    text: str
    is_control: bool
    is_answer: bool = False  # written by a model: may be put back token by token


@dataclass(frozen=True, slots=True)
class Template:
    family: Family
    default_system: str = ""  # what the file's template says when the person gives no system message
    is_tight: bool = False  # mistral: no spaces around [INST]
    end_marker: str = ""  # a stop string for vocabularies in which it is no token
    stop_strings: tuple[str, ...] = ()


class TemplateRefused(Exception):
    """A template that leaves out, repeats, reorders or alters what it was given."""


END_MARKERS: dict[Family, str] = {
    "llama31": "<|eot_id|>",
    "llama3": "<|eot_id|>",
    "chatml": "<|im_end|>",
    "gemma": "<end_of_turn>",
    "phi3": "<|end|>",
}
PLAIN = Template("plain", stop_strings=("\nUser:",))

# What the makers of these models published, as `fingerprint` has it.
PUBLISHED = {
    "18f3fd186f23cd66740f77a845acf28c22daebfdafcf87d25346c1c53991ef89": "Llama 3, first version",
    "3bd333456aee200b3233d70b79d767c87101c2457bf69a6023e5903dfcbf2b6b": "Llama 3",
    "c45233d893a2bf08117b988454e88c816f0c44e91c40502a028a52386c21da88": "Llama 3.1 and 3.3",
    "d1eef4c92092916165d9b0fe176847135503b77bd7059b6d43197600e46de0a9": "Llama 3.2",
    "2e7c58464a1c5792298a99422f45e85cfcf02d637ceb38315d53150aa5bebbc2": "ChatML",
    "6e76f0d0a1bfb2ef34f110bc376575127fca30189268db50eb63b9b7c352ac45": "SmolLM2",
    "342b81c0f0136db839bc815c9766263c03d5daa49afbba52846435a45d93add3": "Hermes 2 Pro and Hermes 3",
    "6037ec53ac59dea1e1d9fefc02c7d9810b0549f25e0acdf68e14368e7166ba43": "Qwen2.5",
    "dd06021b8e422d28493561de29f36ef9a13177c6d5d29e2e79d0de8c06ce017f": "QwQ",
    "ca2b8df89c128dc30d7bb7422aab70572a4dc2c595c850ed3436883d5d9c5e07": "Qwen3",
    "e2bee954371cf0e30ea38ea2a4ce42485834c51c53561c1eeecb1af4d83764f2": "Gemma 2",
    "38049f443b49626bb053dd3b6bdaf18235b1c408cdd01b65853b03acc776598b": "Gemma",
    "65b6786a2e2ec54b591b94e22351ffe71df2e72f2172f6946d5ca69b6b2353bb": "Phi-3 mini",
    "15942090a0699ef9b7659bed3852634b06bc8a3ab1591b1e582a98a8b105fa28": "Phi-3 small",
    "bb30b2d692fd0cc3bf7e01521da8e6351ad3fbe78080cbcc2f14bd5acd0170d9": "Phi-3 medium",
    "cfddee01f39314a2c90ce7ebf2a6dca5d143d1a76f67ac47d864ab746e4e0bd2": "Phi-3.5 mini",
    "26a59556925c987317ce5291811ba3b7f32ec4c647c400c6cc7e3a9993007ba7": "Mistral 7B and Mixtral 8x7B",
    "73cecb1bb69a420ba7df2b917ac3525d52c47ed78968cebbc0814b2087f1be51": "Mistral Nemo",
}

# The sentences that Llama 3.1 was trained with.
TOOLS_OFFERED = (
    "Given the following functions, please respond with a JSON for a function call "
    "with its proper arguments that best answers the given prompt.\n\n"
    'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.'
    "Do not use variables.\n\n"
)
MARK = "\0"  # stands for a message of which nothing is certain
KNOWLEDGE_DATE = "Cutting Knowledge Date: December 2023"


def family_of(untrusted_template: str | None) -> Family:
    """By the marks that only this family uses; the order matters, later ones are less certain."""
    text = untrusted_template or ""
    if not text.strip():
        return "plain"
    if "<|start_header_id|>" in text and "<|end_header_id|>" in text:
        return "llama31" if "Cutting Knowledge Date" in text else "llama3"
    if "<|im_start|>" in text:
        return "built_in" if "<|im_sep|>" in text or "<end_of_utterance>" in text else "chatml"
    if "[INST]" in text:
        if "[SYSTEM_PROMPT]" in text:
            return "built_in"
        return "llama2" if "<<SYS>>" in text else "mistral"
    if "<start_of_turn>" in text:
        return "gemma"
    if "<|assistant|>" in text and "<|end|>" in text:
        return "phi3"
    return "built_in"


def choose(untrusted_template: str | None, built_in: BuiltIn) -> Template:
    """The template to use for a model file; a plain transcript where nothing fits."""
    family = family_of(untrusted_template)
    if family == "plain" or untrusted_template is None:
        return PLAIN
    if family == "built_in" and not _is_faithful(built_in):
        return PLAIN
    return Template(
        family,
        default_system=_default_system(untrusted_template) if family == "chatml" else "",
        is_tight='"[INST]"' in untrusted_template,
        end_marker=END_MARKERS.get(family, ""),
    )


def fingerprint(untrusted_template: str) -> str:
    """SHA-256 of the text, whatever its white space and however its line ends are written."""
    words = untrusted_template.replace("\\n", "\n").split()
    return hashlib.sha256(" ".join(words).encode("utf-8", "replace")).hexdigest()


def compare(untrusted_template: str | None) -> Comparison:
    """Whether a file's template is a published one, a changed one of a family that we know, or neither, or missing."""
    family = family_of(untrusted_template)
    if family == "plain" or untrusted_template is None:
        return "none"
    if fingerprint(untrusted_template) in PUBLISHED:
        return "known"
    return "unknown" if family == "built_in" else "changed"


def render(
    template: Template, messages: Sequence[Message], built_in: BuiltIn, preamble: Preamble = NO_PREAMBLE
) -> tuple[Segment, ...]:
    """The whole prompt up to where the model's answer begins. Raises TemplateRefused (family `built_in` only).

    Only Llama 3.1 is told the date and the tools: the other formats have no agreed place for them.
    """
    if template.family == "llama31":
        return tuple(segment for segment in _llama31(messages, preamble) if segment.text)
    talk = [_without_tools(message) for message in messages]
    if template.family == "built_in":
        return tuple(_built_in(talk, built_in))
    render_family = {
        "llama3": _llama3,
        "chatml": _chatml,
        "mistral": _mistral,
        "gemma": _gemma,
        "phi3": _phi3,
        "llama2": _llama2,
        "plain": _plain,
    }[template.family]
    return tuple(segment for segment in render_family(template, talk) if segment.text)


def render_open(
    template: Template, messages: Sequence[Message], built_in: BuiltIn, preamble: Preamble = NO_PREAMBLE
) -> tuple[Segment, ...]:
    """The prompt up to the end of the last message, an answer that goes on: nothing says that it is over.

    Its text is as it is, because the white space at its end decides how it goes on.
    """
    *before, last = messages
    segments = render(template, [*before, Message(last.role, MARK)], built_in, preamble)
    at = max(number for number, segment in enumerate(segments) if not segment.is_control and segment.text == MARK)
    return (*segments[:at], Segment(last.text, is_control=False, is_answer=True))


def _default_system(untrusted_template: str) -> str:
    """The literal system text that a ChatML template falls back to ("You are ...")."""
    unescaped = untrusted_template.replace("\\n", "\n")
    found = re.search(r"<\|im_start\|>system\n([^{}'\"<]{1,500})<\|im_end\|>", unescaped)
    return found.group(1) if found else ""


def _control(text: str) -> Segment:
    return Segment(text, is_control=True)


def _content(message: Message, text: str | None = None) -> Segment:
    is_answer = message.role == "assistant"
    return Segment(message.text if text is None else text, is_control=False, is_answer=is_answer)


def _trimmed(message: Message) -> Segment:
    return _content(message, message.text.strip())


def _without_tools(message: Message) -> Message:
    """For families in which we know no tools: asking for one is an answer, and what it found is said by the user."""
    if message.call is not None:
        return Message("assistant", message.text or call_text(message.call))
    return Message("user", message.text) if message.role == "tool" else message


def _llama31(messages: Sequence[Message], preamble: Preamble) -> Iterator[Segment]:
    """As the template that came with Llama 3.1 has it; our test compares the tokens.

    Control text ends with the line feeds of its header and never within a word, so that the segments have the same
    tokens as the whole.
    """
    system, turns = (messages[0], messages[1:]) if _has_system(messages) else (None, messages)
    introduction = _introduction(preamble)
    yield _control("<|begin_of_text|>")
    if introduction or system:
        yield _control(_llama3_header("system") + introduction)
        if system:
            yield _trimmed(system)
        yield _control("<|eot_id|>")
    if preamble.tools:
        question, turns = (turns[0], turns[1:]) if turns and turns[0].role == "user" else (Message("user", ""), turns)
        yield _control(_llama3_header("user") + TOOLS_OFFERED)
        for tool in preamble.tools:
            yield Segment(_tidy_json(tool, indent=4) + "\n\n", is_control=False)
        yield _trimmed(question)
        yield _control("<|eot_id|>")
    for message in turns:
        yield _control(_llama3_header("ipython" if message.role == "tool" else message.role))
        yield _llama31_content(message)
        yield _control("<|eot_id|>")
    yield _control(_llama3_header("assistant"))


def _introduction(preamble: Preamble) -> str:
    lines = ["Environment: ipython"] if preamble.tools else []
    if preamble.date:
        lines += [KNOWLEDGE_DATE, f"Today Date: {preamble.date}"]
    return "\n".join(lines) + "\n\n" if lines else ""


def _llama31_content(message: Message) -> Segment:
    if message.call is not None:
        return _content(message, call_text(message.call))
    if message.role == "tool":
        return _content(message, json.dumps(message.text, ensure_ascii=False))
    return _trimmed(message)


def call_text(call: ToolCall) -> str:
    """How Llama 3.1 writes a call, and how it is told of its own earlier ones."""
    return f'{{"name": "{call.name}", "parameters": {_tidy_json(call.arguments)}}}'


def _tidy_json(untrusted: str, indent: int | None = None) -> str:
    """JSON in the one spelling that the model was trained with; as it is where it is none."""
    try:
        tidy = json.dumps(json.loads(untrusted), ensure_ascii=False, indent=indent)
        tidy.encode()  # half a character may hide behind an escape
    except (ValueError, RecursionError):
        return untrusted.strip()
    return tidy


def _llama3_header(role: str) -> str:
    return f"<|start_header_id|>{role}<|end_header_id|>\n\n"


def _llama3(_template: Template, messages: Sequence[Message]) -> Iterator[Segment]:
    yield _control("<|begin_of_text|>")
    for message in messages:
        yield _control(_llama3_header(message.role))
        yield _trimmed(message)
        yield _control("<|eot_id|>")
    yield _control(_llama3_header("assistant"))


def _chatml(template: Template, messages: Sequence[Message]) -> Iterator[Segment]:
    if template.default_system and not _has_system(messages):
        yield _control(f"<|im_start|>system\n{template.default_system}<|im_end|>\n")
    for message in messages:
        yield _control(f"<|im_start|>{message.role}\n")
        yield _content(message)
        yield _control("<|im_end|>\n")
    yield _control("<|im_start|>assistant\n")


def _gemma(_template: Template, messages: Sequence[Message]) -> Iterator[Segment]:
    system, turns = _system_apart(messages)
    for number, message in enumerate(turns):
        yield _control(f"<start_of_turn>{'model' if message.role == 'assistant' else 'user'}\n")
        if number == 0 and system is not None:
            yield _trimmed(system)
            yield _control("\n\n")
        yield _trimmed(message)
        yield _control("<end_of_turn>\n")
    yield _control("<start_of_turn>model\n")


def _phi3(_template: Template, messages: Sequence[Message]) -> Iterator[Segment]:
    for message in messages:
        yield _control(f"<|{message.role}|>\n")
        yield _content(message)
        yield _control("<|end|>\n")
    yield _control("<|assistant|>\n")


def _mistral(template: Template, messages: Sequence[Message]) -> Iterator[Segment]:
    space = "" if template.is_tight else " "
    system, turns = _system_apart(messages)
    for number, message in enumerate(turns):
        if message.role == "assistant":
            yield _control(space)
            yield _content(message)
            yield _control("</s>")
            continue
        yield _control(f"[INST]{space}")
        if number == 0 and system is not None:
            yield _content(system)
            yield _control("\n\n")
        yield _content(message)
        yield _control(f"{space}[/INST]")


def _llama2(_template: Template, messages: Sequence[Message]) -> Iterator[Segment]:
    system, turns = _system_apart(messages)
    for number, message in enumerate(turns):
        if message.role == "assistant":
            yield _control(" ")
            yield _trimmed(message)
            yield _control(" </s>")
            continue
        yield _control("<s>[INST] ")
        if number == 0 and system is not None:
            yield _control("<<SYS>>\n")
            yield _trimmed(system)
            yield _control("\n<</SYS>>\n\n")
        yield _trimmed(message)
        yield _control(" [/INST]")


def _plain(_template: Template, messages: Sequence[Message]) -> Iterator[Segment]:
    for message in messages:
        if message.role == "system":
            yield _content(message)
            yield _control("\n\n")
            continue
        yield _control("User: " if message.role == "user" else "Assistant: ")
        yield _content(message)
        yield _control("\n")
    yield _control("Assistant:")


def _has_system(messages: Sequence[Message]) -> bool:
    return bool(messages) and messages[0].role == "system"


def _system_apart(messages: Sequence[Message]) -> tuple[Message | None, Sequence[Message]]:
    """For families without a system role: it goes into the first turn, where it stays put for the KV cache."""
    if _has_system(messages):
        turns = messages[1:]
        return (messages[0], turns) if turns else (None, [Message("user", messages[0].text)])
    return None, messages


def _built_in(messages: Sequence[Message], built_in: BuiltIn) -> Iterator[Segment]:
    """Rendered with placeholders for the contents, and split again where they came out."""
    marks = [f"PADDOCKCONTENT{number:05d}END" for number in range(len(messages))]
    rendered = built_in([(message.role, mark) for message, mark in zip(messages, marks, strict=True)])
    if rendered is None:
        raise TemplateRefused("llama.cpp does not know this template")
    for message, mark in zip(messages, marks, strict=True):
        before, found, rest = rendered.partition(mark)
        if not found or mark in rest:
            raise TemplateRefused("the template drops, repeats or reorders messages")
        yield _control(before)
        yield _trimmed(message)
        rendered = rest
    yield _control(rendered)


def _is_faithful(built_in: BuiltIn) -> bool:
    sample = [Message("system", "a"), Message("user", "b"), Message("assistant", "c"), Message("user", "d")]
    try:
        tuple(_built_in(sample, built_in))
    except TemplateRefused:
        return False
    return True
