"""The two menus of a side: which model answers, and how it is set for this one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.text import _
from app.ui.compare.shown import TEMPERATURES, Choices, SideWish

_LONGEST = 60  # characters of a name

Choose = Callable[[SideWish], None]


def model_menu(parent: QWidget, choices: Choices, wish: SideWish, choose: Choose) -> QMenu:
    """Deletes itself when closed."""
    menu = _menu(parent)
    group = QActionGroup(menu)
    for model in choices.models:
        _add(menu, group, model.title, replace(wish, model=model), wish, choose)
    return menu


def settings_menu(parent: QWidget, choices: Choices, wish: SideWish, choose: Choose) -> QMenu:
    """Persona and temperature. Deletes itself when closed."""
    menu = _menu(parent)
    personas = QActionGroup(menu)
    _add_heading(menu, _("Persona"))
    _add(menu, personas, _("As in the chat"), replace(wish, persona_id=""), wish, choose)
    for persona in choices.personas:
        _add(menu, personas, persona.name, replace(wish, persona_id=persona.id), wish, choose)
    menu.addSeparator()
    temperatures = QActionGroup(menu)
    _add_heading(menu, _("Temperature"))
    _add(menu, temperatures, _("As in the chat"), replace(wish, temperature=None), wish, choose)
    for temperature in TEMPERATURES:
        _add(menu, temperatures, f"{temperature:g}", replace(wish, temperature=temperature), wish, choose)
    return menu


def _menu(parent: QWidget) -> QMenu:
    menu = QMenu(parent)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _add_heading(menu: QMenu, words: str) -> None:
    menu.addAction(words).setEnabled(False)


def _add(menu: QMenu, group: QActionGroup, words: str, wish: SideWish, now: SideWish, choose: Choose) -> None:
    shown = words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
    action = menu.addAction(shown.replace("&", "&&"))
    action.setCheckable(True)
    action.setChecked(wish == now)
    group.addAction(action)
    action.triggered.connect(partial(_chosen, choose, wish))


def _chosen(choose: Choose, wish: SideWish, _is_checked: bool = False) -> None:
    choose(wish)
