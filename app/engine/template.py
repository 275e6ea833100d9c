"""Chat messages to segments: what the template says (control) and what somebody typed (content).

The model file's own template is a program from a stranger and is never run. It is only looked at, to tell which
family it belongs to; the families are written out here. Contents stay apart from control text to the very end,
because only control text may become control tokens: nobody can type the end of a turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.engine.protocol import Message

Family = Literal["llama3", "chatml", "mistral", "gemma", "phi3", "llama2", "built_in", "plain"]

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
    "llama3": "<|eot_id|>",
    "chatml": "<|im_end|>",
    "gemma": "<end_of_turn>",
    "phi3": "<|end|>",
}
PLAIN = Template("plain", stop_strings=("\nUser:",))


def family_of(untrusted_template: str | None) -> Family:
    """By the marks that only this family uses; the order matters, later ones are less certain."""
    text = untrusted_template or ""
    if not text.strip():
        return "plain"
    if "<|start_header_id|>" in text and "<|end_header_id|>" in text:
        return "llama3"
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


def render(template: Template, messages: Sequence[Message], built_in: BuiltIn) -> tuple[Segment, ...]:
    """The whole prompt up to where the model's answer begins. Raises TemplateRefused (family `built_in` only)."""
    if template.family == "built_in":
        return tuple(_built_in(messages, built_in))
    render_family = {
        "llama3": _llama3,
        "chatml": _chatml,
        "mistral": _mistral,
        "gemma": _gemma,
        "phi3": _phi3,
        "llama2": _llama2,
        "plain": _plain,
    }[template.family]
    return tuple(segment for segment in render_family(template, messages) if segment.text)


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


def _llama3(_template: Template, messages: Sequence[Message]) -> Iterator[Segment]:
    yield _control("<|begin_of_text|>")
    for message in messages:
        yield _control(f"<|start_header_id|>{message.role}<|end_header_id|>\n\n")
        yield _trimmed(message)
        yield _control("<|eot_id|>")
    yield _control("<|start_header_id|>assistant<|end_header_id|>\n\n")


def _chatml(template: Template, messages: Sequence[Message]) -> Iterator[Segment]:
    if template.default_system and (not messages or messages[0].role != "system"):
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


def _system_apart(messages: Sequence[Message]) -> tuple[Message | None, Sequence[Message]]:
    """For families without a system role: it goes into the first turn, where it stays put for the KV cache."""
    if messages and messages[0].role == "system":
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
