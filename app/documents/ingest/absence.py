"""Whether files that are not there were deleted, or are away with the drive or the folder that they were in.

Deleted is what a look may forget. So everything that could be an unplugged drive is taken for one, even where a person
has in fact deleted a whole folder: its documents then wait, and are removed with one press.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final

from app.documents.ingest.walking import Walked
from app.documents.store.following import Known

MANY: Final = 20
"""Documents of one folder that vanish with it: more than a person tidies away without noticing."""


def away(gone: Sequence[Known], here: Sequence[Known], walked: Walked, folder: str) -> set[str]:
    """Ids of those of `gone` that are away; the others were deleted. `here` are those that are not gone.

    A file is away where nothing at all is in the watched folder, or none of several documents, so that the folder may
    be a drive itself, unplugged or another one; where it was on a drive of its own, which is not there now or is
    another one, without any of the documents; and where a folder that it was in, however deep, holds nothing any more
    and MANY documents were in there. What is away stays so until others of its folder are back without it.
    """
    if walked.is_empty or (not here and len(gone) > 1):
        return {one.id for one in gone}
    lost = Counter(above for one in gone for above in _above(one.path, folder) if above not in walked.folders)
    held = {above for one in here for above in _above(one.path, folder)}
    back = {str(PurePath(one.path).parent) for one in here if one.status == "away"}
    made = set()
    for one in gone:
        above = list(_above(one.path, folder))
        is_still = one.status == "away" and str(PurePath(one.path).parent) not in back
        if is_still or (one.is_apart and _is_unplugged(above, held, walked)) or any(lost[up] >= MANY for up in above):
            made.add(one.id)
    return made


def _is_unplugged(above: Sequence[str], held: set[str], walked: Walked) -> bool:
    """Whether the drive of a file in these folders, the nearest first, is not there, or holds no document any more."""
    left = [up for up in above if up in walked.folders]
    drive = [up for up in left if walked.folders[up]]
    return not left or not walked.folders[left[0]] or drive[-1] not in held


def _above(path: str, folder: str) -> Iterator[str]:
    """The folders that a file is in, the nearest first, below the one that is watched."""
    for parent in PurePath(path).parents:
        if str(parent) == folder or parent == parent.parent:
            return
        yield str(parent)
