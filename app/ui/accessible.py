"""Names for screen readers, spoken announcements, and tooltips that stay text.

Qt guesses whether a tooltip is HTML and would then load the pictures it names; titles and addresses come
from models and people, so they always pass through `plain_tooltip`.
"""

from __future__ import annotations

import html

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(source: QObject, message: str, *, is_urgent: bool = False) -> None:
    """Has a screen reader say `message`; nothing happens without one."""
    event = QAccessibleAnnouncementEvent(source, message)
    politeness = QAccessible.AnnouncementPoliteness
    event.setPoliteness(politeness.Assertive if is_urgent else politeness.Polite)
    QAccessible.updateAccessibility(event)


def name(widget: QWidget, text: str, description: str = "") -> None:
    widget.setAccessibleName(text)
    widget.setAccessibleDescription(description)


def plain_tooltip(text: str) -> str:
    return f"<span>{html.escape(text)}</span>" if text else ""
