"""What goes when a person deletes a message."""

from __future__ import annotations

from app.chat.tree import Node, Tree


def goes_with(tree: Tree[Node], message_id: str) -> tuple[str, ...]:
    """One of several versions goes with all that follows it, and another version is shown.

    Else its whole exchange goes, a question with its answers: what comes later stays and moves up.
    """
    node = tree.message(message_id)
    if len(tree.versions(message_id)) > 1:
        return tree.below(message_id)
    if node.role == "assistant" and node.parent_id is not None and node.parent_id in tree:
        question = node.parent_id
        if len(tree.versions(question)) > 1:
            return tree.below(question)
        return (question, *tree.children(question))
    return (message_id, *tree.children(message_id))
