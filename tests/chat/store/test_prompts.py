"""Folders, personas and templates."""

from __future__ import annotations

from app.chat.manner import Manner, Persona
from app.chat.store import ChatStore
from app.chat.templates import Template
from app.chat.tree import Folder

from .conftest import talk


def test_folders_are_shown_by_position_then_by_name(store: ChatStore) -> None:
    for folder in (Folder("c", "zebra", 1), Folder("b", "b", 0), Folder("a", "A", 0, Manner("Be brief."))):
        store.save_folder(folder)
    assert [folder.id for folder in store.folders()] == ["a", "b", "c"]
    assert store.folders()[0].manner == Manner("Be brief.")
    store.save_folder(Folder("a", "Renamed\ud83e", 2))
    assert store.folders()[-1] == Folder("a", "Renamed?", 2)


def test_chats_of_a_deleted_folder_stay_and_can_be_put_back(store: ChatStore) -> None:
    folder = Folder("f", "Work", 0, Manner("Be brief."))
    store.save_folder(folder)
    home = talk(store, "Why?", "So.")[0].conversation_id
    store.move([home], "f")
    store.save_folder(Folder("f", "Works", 0, Manner("Be brief.")))
    (listed,) = store.conversations()
    assert listed.folder_id == "f", "a folder that is changed keeps its chats"
    store.delete_folder("f")
    (listed,) = store.conversations()
    assert (store.folders(), listed.folder_id) == ((), None)
    store.save_folder(folder)
    store.move([home], "f")
    (listed,) = store.conversations()
    assert (store.folders(), listed.folder_id) == ((folder,), "f")


def test_personas_and_templates_are_kept_replaced_and_deleted(store: ChatStore) -> None:
    persona = Persona("p", "Pirate", Manner("Arr.", sampling=(("answer.temperature", 1.2),)))
    template = Template("t", "translate", "Translate into {language}:\n{text}")
    store.save_persona(persona)
    store.save_template(template)
    assert (store.personas(), store.templates()) == ((persona,), (template,))
    store.save_persona(Persona("p", "Parrot", Manner("Squawk.")))
    store.save_template(Template("t", "say", "{text}"))
    assert store.personas() == (Persona("p", "Parrot", Manner("Squawk.")),)
    assert store.templates() == (Template("t", "say", "{text}"),)
    store.delete_persona("p")
    store.delete_template("t")
    assert (store.personas(), store.templates()) == ((), ())
