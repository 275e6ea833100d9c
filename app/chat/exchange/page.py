"""Chats as HTML: one file that needs nothing else, runs nothing, and is readable in light and dark.

Qt prints the same articles, with a style of their own: its documents know tables, but no folded blocks and few rules.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator

from app.chat import markup
from app.chat.carried import Carried
from app.chat.exchange.branches import moment, remark, sections, speaker
from app.chat.exchange.footnotes import drawn, footnotes, marked
from app.chat.exchange.page_style import STYLE
from app.chat.tree import Attachment, Message
from app.text import _

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def head(title: str) -> str:
    """All before the first article."""
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )


FOOT = "</main>\n</body>\n</html>\n"


def article(carried: Carried, *, has_all_versions: bool = False) -> str:
    """One chat."""
    conversation = carried.conversation
    title = html.escape(" ".join(conversation.title.split()))
    parts = ["<article>", f'<header dir="auto"><h1>{title}</h1>', f"<p>{html.escape(_dates(carried))}</p></header>"]
    if conversation.manner.system_prompt:
        text = html.escape(conversation.manner.system_prompt)
        parts.append(f"<details><summary>{_words(_('System prompt'))}</summary><pre>{text}</pre></details>")
    for section in sections(carried, has_all_versions=has_all_versions):
        if section.heading:
            parts.append(f"<h2>{html.escape(section.heading)}</h2>")
        parts += map(_message, section.messages)
    return "\n".join([*parts, "</article>\n"])


def printed(carried: Carried, *, has_all_versions: bool = False, most_characters: int = 60_000) -> Iterator[str]:
    """One chat for Qt's documents, in pieces of about `most_characters`, as laying out takes ever longer with them."""
    conversation = carried.conversation
    title = html.escape(" ".join(conversation.title.split()))
    piece = [f"<h1>{title}</h1><p class='quiet'>{html.escape(_dates(carried))}</p>"]
    if conversation.manner.system_prompt:
        piece.append(_printed_box(_("System prompt"), conversation.manner.system_prompt))
    size = 0
    for section in sections(carried, has_all_versions=has_all_versions):
        if section.heading:
            piece.append(f"<h2>{html.escape(section.heading)}</h2>")
        for message in section.messages:
            made = _printed_message(message)
            if size and size + len(made) > most_characters:
                yield "".join(piece)
                piece, size = [], 0
            piece.append(made)
            size += len(made)
    yield "".join(piece)


def _message(message: Message) -> str:
    words = markup.parted(marked(message))
    when = moment(message.created_at)
    parts = [
        f'<section class="{message.role}">',
        f"<h3>{_words(speaker(message))}" + (f" <time>{when}</time></h3>" if when else "</h3>"),
    ]
    parts += [
        f"<details><summary>{_words(_name(one))}</summary><pre dir='auto'>{html.escape(one.text)}</pre></details>"
        for one in message.attachments
    ]
    if message.role == "user":
        parts.append(f'<div class="words said" dir="auto">{html.escape(message.text)}</div>')
    else:
        if words.thought:
            thought = markup.to_html(words.thought)
            parts.append(
                f"<details><summary>{_words(_('Thinking'))}</summary><div dir='auto'>{thought}</div></details>"
            )
        said = drawn(markup.to_html(words.answer), lambda number: _reference(message, number))
        parts.append(f'<div class="words" dir="auto">{said}</div>')
    if note := remark(message):
        parts.append(f'<p class="note">{_words(note)}</p>')
    if notes := footnotes(message):
        rows = (
            f'<li id="{_anchor(message, one.number)}" value="{one.number}">{_words(one.words)}</li>' for one in notes
        )
        parts.append(f'<ol class="note" dir="auto">{"".join(rows)}</ol>')
    return "\n".join([*parts, "</section>"])


def _reference(message: Message, number: int) -> str:
    return f'<sup><a href="#{_anchor(message, number)}">{number}</a></sup>'


def _anchor(message: Message, number: int) -> str:
    """Several chats can stand on one page: the number of a message is that of its row in the profile."""
    return f"note-{message.number}-{number}"


def _printed_message(message: Message) -> str:
    words = markup.parted(marked(message))
    when = moment(message.created_at)
    heading = f"<h3>{_words(speaker(message))} <span class='quiet'>{when}</span></h3>"
    parts = [heading, *(_printed_box(_name(one), one.text) for one in message.attachments)]
    if message.role == "user":
        said = f"<td style='white-space: pre-wrap'>{_words(message.text)}</td>"
        parts.append(f"<table width='100%' cellpadding='8' bgcolor='#f1efe9'><tr>{said}</tr></table>")
    else:
        if words.thought:
            parts.append(_printed_box(_("Thinking"), words.thought))
        said = drawn(_for_paper(markup.to_html(words.answer)), lambda number: f"<sup>{number}</sup>")
        parts.append(said)
    if note := remark(message):
        parts.append(f"<p class='quiet'>{_words(note)}</p>")
    parts += [f"<p class='quiet'><sup>{one.number}</sup> {_words(one.words)}</p>" for one in footnotes(message)]
    return "".join(parts)


def _for_paper(rendered: str) -> str:
    """What a style sheet would say, Qt wants as attributes. What was said is escaped, so these are tags of our own."""
    drawn = rendered.replace("<table>", "<table border='1' cellspacing='0' cellpadding='4'>")
    return drawn.replace("<h1>", "<h2>").replace("</h1>", "</h2>")


def _printed_box(heading: str, text: str) -> str:
    lines = "<br>".join(_words(line) for line in text.strip("\n").split("\n"))
    return f"<p class='quiet'><b>{_words(heading)}</b></p><blockquote class='quiet'>{lines}</blockquote>"


def _dates(carried: Carried) -> str:
    times: Iterable[str] = dict.fromkeys(
        map(moment, (carried.conversation.created_at, carried.conversation.changed_at))
    )
    return " – ".join(filter(None, times))


def _name(attachment: Attachment) -> str:
    return attachment.name or _("Pasted text")


def _words(text: str) -> str:
    return html.escape(text)
