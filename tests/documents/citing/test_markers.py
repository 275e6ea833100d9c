"""References that a model writes by itself: seen, hidden, and never taken for something else."""

from __future__ import annotations

import pytest

from app.documents.citing.markers import find_markers, hidden


@pytest.mark.parametrize(
    ("answer", "passages", "shown"),
    [
        ("It is due [1]. Then [2][3].", [(0,), (1,), (2,)], "It is due. Then."),
        ("It is due [1, 3] now.", [(0, 2)], "It is due now."),
        ("It is due [1-3].", [(0, 1, 2)], "It is due."),
        ("It is due.[^2]", [(1,)], "It is due."),
        ("It is due (Passage 2).", [(1,)], "It is due."),
        ("It is due (see passages 2 and 3).", [(1, 2)], "It is due."),
        ("Fällig [Quelle 1] (Passage 2, S. 4).", [(0,), (1,)], "Fällig."),
        ("It is due 【2】 and 【3†source】.", [(1,), (2,)], "It is due and."),
        ("It is due [1].\n\nSources: [1], [2]\n", [(0,), (0,), (1,)], "It is due.\n\n\n"),
        ("[1] It is due.", [(0,)], " It is due."),
        ("A [1](https://example.org) link, `a[1]` code, \\[1\\] TeX.", [], None),
        ("```\na[1] = b[2]\n```", [], None),
        ("In [2024] and [9] nothing.", [], None),
        ("A list: (1) one, (2) two.", [], None),
        ("[1]: https://example.org", [], None),
    ],
)
def test_markers_are_told_from_links_code_and_years(
    answer: str, passages: list[tuple[int, ...]], shown: str | None
) -> None:
    markers = find_markers(answer, 3)
    assert [marker.passages for marker in markers] == passages
    bare = answer
    for start, end in reversed(hidden(answer, markers)):
        bare = bare[:start] + bare[end:]
    assert bare == (answer if shown is None else shown)
