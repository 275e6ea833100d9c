"""References that a model writes by itself: seen, hidden, and never taken for something else."""

from __future__ import annotations

import pytest

from app.documents.citing.markers import find_markers, growing, hidden


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
        ("A note.[^1]\n\n[^1]: It is one.", [], None),
        ("See [the law][1] and [2].\n\n[1]: https://example.org", [(1,)], None),
        ("Where $x[1] = 2$ and \\(a[1]\\), it is so.", [], None),
        ("It costs $5 [1], or US$6 [2].", [(0,), (1,)], "It costs $5, or US$6."),
    ],
)
def test_markers_are_told_from_links_code_and_years(
    answer: str, passages: list[tuple[int, ...]], shown: str | None
) -> None:
    markers = find_markers(answer, 3)
    assert [marker.passages for marker in markers] == passages
    if shown is None and markers:
        shown = "See [the law][1] and.\n\n[1]: https://example.org"
    bare = answer
    for start, end in reversed(hidden(answer, markers)):
        bare = bare[:start] + bare[end:]
    assert bare == (answer if shown is None else shown)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("It is due [1]. Then [2][3] more.", "It is due. Then more."),
        ("It is due [Passage 1, 2]. 【3†source】 End.", "It is due. End."),
        ("It is due (see passage 2). So (really) it (pass it) is.", "It is due. So (really) it (pass it) is."),
        ("A [1](https://example.org) link, `a[1]` and `b[2", "A [1](https://example.org) link, `a[1]` and `b[2"),
        ("See [the law][2] and [note].[^1]\n\n[^1]: One.", "See [the law][2] and [note].[^1]\n\n[^1]: One."),
        ("```\na[1] = 2\n```\nSo [2].", "```\na[1] = 2\n```\nSo."),
        ("So $x[1]$ it is [1] here.", "So $x[1]$ it is here."),
        ("So it is.\n\nSources: [1], [2]\n\nEnd.", "So it is.\n\n\n\nEnd."),
        ("- [ ] do\n- [x] done [1]\n- [2024] more", "- [ ] do\n- [x] done\n- [2024] more"),
    ],
)
def test_while_an_answer_grows_its_references_are_never_seen_and_nothing_goes_away(answer: str, shown: str) -> None:
    before = ""
    for length in range(len(answer) + 1):
        now = growing(answer[:length], 3)
        assert now.startswith(before), "what was on screen stays there"
        before = now
    assert before == shown


def test_without_documents_every_word_is_shown_at_once() -> None:
    assert growing("It is [1", 0) == "It is [1"
