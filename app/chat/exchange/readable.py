"""Chats as Markdown and as plain text."""

from __future__ import annotations

from app.chat import markup
from app.chat.carried import Carried
from app.chat.exchange.branches import moment, remark, sections, speaker
from app.chat.exchange.footnotes import drawn, footnotes, marked
from app.chat.exchange.untrusted import fenced
from app.chat.tree import Attachment, Message
from app.text import _

_LINE_CHARACTERS = 72
_MARKED = str.maketrans({letter: "\\" + letter for letter in "\\`*_[]<>#"})


def markdown(carried: Carried, *, has_all_versions: bool = False) -> str:
    """One chat; what was said stands as it was written."""
    conversation = carried.conversation
    parts = [f"# {_one_line(conversation.title)}", f"*{_dates(carried)}*"]
    if conversation.manner.system_prompt:
        parts += [f"**{_('System prompt')}**", _quoted(conversation.manner.system_prompt)]
    for section in sections(carried, has_all_versions=has_all_versions):
        if section.heading:
            parts += ["---", f"## {section.heading}"]
        for message in section.messages:
            parts += _message_markdown(message)
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(carried: Carried, *, has_all_versions: bool = False) -> str:
    """One chat, without any markup."""
    conversation = carried.conversation
    title = " ".join(conversation.title.split())
    parts = [f"{title}\n{'=' * min(_LINE_CHARACTERS, max(3, len(title)))}\n{_dates(carried)}"]
    if conversation.manner.system_prompt:
        parts += [f"{_('System prompt')}:\n{_indented(conversation.manner.system_prompt)}"]
    for section in sections(carried, has_all_versions=has_all_versions):
        if section.heading:
            parts.append(f"{'=' * _LINE_CHARACTERS}\n{section.heading}")
        parts += map(_message_plain, section.messages)
    return "\n\n".join(parts) + "\n"


def _message_markdown(message: Message) -> list[str]:
    words = markup.parted(drawn(marked(message), lambda number: f"[^{message.number}-{number}]"))
    heading = f"### {_one_line(speaker(message))}"
    parts = [f"{heading} · {moment(message.created_at)}".removesuffix(" · ")]
    parts += [f"**{_one_line(_name(one))}**\n\n{fenced(one.text)}" for one in message.attachments]
    if message.role == "user":
        parts.append(message.text)
    else:
        parts += [f"> **{_('Thinking')}**\n>\n{_quoted(words.thought)}" if words.thought else "", words.answer]
    parts.append(f"*{_one_line(note)}*" if (note := remark(message)) else "")
    notes = [f"[^{message.number}-{one.number}]: {_one_line(one.words)}" for one in footnotes(message)]
    return [*parts, "\n".join(notes)]


def _message_plain(message: Message) -> str:
    words = markup.parted(marked(message))
    when = moment(message.created_at)
    head = f"{speaker(message)} ({when})" if when else speaker(message)
    parts = [head, "-" * min(_LINE_CHARACTERS, len(head))]
    parts += [f"[{_name(one)}]\n{_indented(one.text)}\n" for one in message.attachments]
    if message.role == "user":
        parts.append(message.text)
    else:
        if words.thought:
            parts.append(f"[{_('Thinking')}]\n{_indented(words.thought)}\n")
        parts.append(drawn(markup.plain_text(words.answer), lambda number: f" [{number}]"))
    if note := remark(message):
        parts.append(f"[{note}]")
    parts += [f"[{one.number}] {one.words}" for one in footnotes(message)]
    return "\n".join(part for part in parts if part)


def _dates(carried: Carried) -> str:
    begun, changed = moment(carried.conversation.created_at), moment(carried.conversation.changed_at)
    if begun and changed and begun != changed:
        return _("Begun {begun}, last changed {changed}").format(begun=begun, changed=changed)
    return _("Begun {begun}").format(begun=begun) if begun else ""


def _name(attachment: Attachment) -> str:
    return attachment.name or _("Pasted text")


def _one_line(text: str) -> str:
    return " ".join(text.split()).translate(_MARKED)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.strip("\n").splitlines())
