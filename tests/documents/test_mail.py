"""Mails: headers, the right one of several bodies, attachments by name, boxes of many."""

from __future__ import annotations

from email.message import EmailMessage

from tests.documents.reading_files import read_bytes


def letter(subject: str = "Fees of 2026", text: str = "The fee is twelve euros.") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Harbour Office <office@harbour.example>"
    message["To"] = "Ann Müller <ann@example.org>"
    message["Subject"] = subject
    message["Date"] = "Thu, 01 Jan 2026 10:00:00 +0000"
    message.set_content(text)
    return message


def test_a_message_is_its_subject_its_headers_and_its_text() -> None:
    done = read_bytes("a.eml", letter("Gebühren — 2026").as_bytes())
    (part,) = done.parts
    assert part.text == (
        "Gebühren — 2026\n\nFrom: Harbour Office <office@harbour.example>\nTo: Ann Müller <ann@example.org>\n"
        "Date: Thu, 01 Jan 2026 10:00:00 +0000\n\nThe fee is twelve euros."
    )
    assert (part.label, done.about.title, done.about.part_name) == ("Gebühren — 2026", "Gebühren — 2026", "mail")


def test_the_plain_text_is_taken_before_the_page() -> None:
    message = letter()
    message.add_alternative("<p>As a page.</p>", subtype="html")
    assert "As a page." not in read_bytes("a.eml", message.as_bytes()).text


def test_a_page_alone_is_read_and_its_hidden_words_reported() -> None:
    message = letter()
    message.set_content("<p>The fee.</p><div style='display:none'>Secret words</div><img src='http://x/y.png'>", "html")
    done = read_bytes("a.eml", message.as_bytes())
    assert done.text.endswith("The fee.\n\nSecret words")
    assert done.hidden == {("attribute", "Secret words")}


def test_attachments_are_named_and_counted() -> None:
    message = letter()
    message.add_attachment(b"x" * 100, maintype="application", subtype="pdf", filename="Gebühren.pdf")
    message.add_attachment("words inside", filename="note.txt")
    done = read_bytes("a.eml", message.as_bytes())
    assert "Attachments: Gebühren.pdf, note.txt" in done.text
    assert "words inside" not in done.text
    assert "2 attachments were not read." in done.about.notes


def test_a_box_has_a_part_for_each_message() -> None:
    box = b"".join(
        b"From a@b Thu Jan  1 00:00:00 2026\n" + letter(f"Mail {number}", "Text.\n\nFrom here on.").as_bytes() + b"\n"
        for number in range(3)
    )
    box = box.replace(b"\nFrom here", b"\n>From here")
    done = read_bytes("a.mbox", box)
    assert [part.label for part in done.parts] == ["Mail 0", "Mail 1", "Mail 2"]
    assert all(part.text.endswith("Text.\n\nFrom here on.") for part in done.parts)


def test_headers_and_texts_in_wrong_character_sets_are_still_read() -> None:
    data = (
        b"Subject: =?nonsense?q?Fees_here?= =?utf-8?b?!!!?=\nFrom: caf\xe9\n"
        b"Content-Type: text/plain; charset=bogus\n\nCaf\xe9 fee.\n"
    )
    done = read_bytes("a.eml", data)
    assert "Café fee." in done.text
    assert "Fees here" in done.about.title


def test_a_file_without_headers_is_damaged_only_where_there_is_nothing_else() -> None:
    done = read_bytes("a.mbox", b"From a\n\nno headers at all\n\nFrom b\nSubject: Ships\n\nThe wharf.\n")
    assert done.about.parts == 1
    assert "A part is damaged and was left out." in done.about.notes
