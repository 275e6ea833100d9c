"""What is kept to be used again: folders with their manner, the person's own personas and templates."""

from __future__ import annotations

from app.chat.manner import Persona
from app.chat.store.rows import Part, manner_of, packed_manner, whole
from app.chat.templates import Template
from app.chat.tree import Folder
from app.storage.cipher import Row, Value


class Prompts(Part):
    """Saving one that is there replaces it. Built-in ones are not stored."""

    def folders(self) -> tuple[Folder, ...]:
        """In the order in which they are shown."""
        rows = self._rows("SELECT id, name, position, manner FROM folders ORDER BY position, name COLLATE NOCASE, id")
        return tuple(Folder(row[0], row[1], row[2], manner_of(row[3])) for row in rows)

    def save_folder(self, folder: Folder) -> None:
        sql = (
            "INSERT INTO folders (id, name, position, manner) VALUES (?, ?, ?, ?) ON CONFLICT (id)"
            " DO UPDATE SET name = excluded.name, position = excluded.position, manner = excluded.manner"
        )
        self._write(sql, folder.id, whole(folder.name), folder.position, packed_manner(folder.manner))

    def delete_folder(self, folder_id: str) -> None:
        """Its chats stay, outside of any folder. Undone by saving it and moving them back."""
        self._write("DELETE FROM folders WHERE id = ?", folder_id)

    def personas(self) -> tuple[Persona, ...]:
        """The person's own, by name."""
        rows = self._rows("SELECT id, name, manner FROM personas ORDER BY name COLLATE NOCASE, id")
        return tuple(Persona(row[0], row[1], manner_of(row[2])) for row in rows)

    def save_persona(self, persona: Persona) -> None:
        sql = "INSERT OR REPLACE INTO personas (id, name, manner) VALUES (?, ?, ?)"
        self._write(sql, persona.id, whole(persona.name), packed_manner(persona.manner))

    def delete_persona(self, persona_id: str) -> None:
        """Where it is still named it says nothing."""
        self._write("DELETE FROM personas WHERE id = ?", persona_id)

    def templates(self) -> tuple[Template, ...]:
        """The person's own, by name."""
        rows = self._rows("SELECT id, name, text FROM templates ORDER BY name COLLATE NOCASE, id")
        return tuple(Template(row[0], row[1], row[2]) for row in rows)

    def save_template(self, template: Template) -> None:
        sql = "INSERT OR REPLACE INTO templates (id, name, text) VALUES (?, ?, ?)"
        self._write(sql, template.id, whole(template.name), whole(template.text))

    def delete_template(self, template_id: str) -> None:
        self._write("DELETE FROM templates WHERE id = ?", template_id)

    def _rows(self, sql: str) -> list[Row]:
        return self._database.read(lambda c: c.execute(sql).fetchall())

    def _write(self, sql: str, *values: Value) -> None:
        self._database.write(lambda c: c.execute(sql, values).rowcount)
