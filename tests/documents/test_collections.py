"""The benchmark reads test collections as they are handed around, and counts as trec_eval does."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tests.bench.retrieval import figures, ndcg, read_collection, recall

DOCUMENTS = """.I 1
.T
A wing
in a slipstream .
.A
brenckman,m.
.W
Lift of a wing.
  More lift.
.I 2
.T
Heat
.W
.I 3
.W
Only a text.
.X
1 5 3
"""


def smart(folder: Path, *, queries: str, judgements: str, names: tuple[str, str, str]) -> Path:
    for name, text in zip(names, (DOCUMENTS, queries, judgements), strict=True):
        (folder / name).write_text(text, "utf-8")
    (folder / "cranqrel.readme").write_text("Not this one.", "utf-8")
    return folder


def test_cranfields_queries_are_counted_and_its_best_grade_is_one(tmp_path: Path) -> None:
    queries = ".I 001\n.W\nlift of\nwings\n.I 004\n.W\nheat\n"
    judgements = "1 1 1 \n1 2 4\n1 3 -1\n2 2 3\n2 3 5\n"
    folder = smart(tmp_path, queries=queries, judgements=judgements, names=("cran.all.1400", "cran.qry", "cranqrel"))
    read = read_collection(folder)
    assert read.queries == {"1": "lift of wings", "2": "heat"}
    assert read.gains == {"1": {"1": 4, "2": 1, "3": 0}, "2": {"2": 2, "3": 0}}
    assert read.texts["1"].title == "A wing in a slipstream ."
    assert read.texts["1"].body == "Lift of a wing.\n  More lift."
    assert (read.texts["2"].body, read.texts["3"].title) == ("", "")


def test_cacms_and_cisis_judgements_are_relevant_or_absent(tmp_path: Path) -> None:
    queries = ".I 1\n.W\nlift\n.N\n 1. Somebody\n.I 2\n.W\nnobody judged this\n.I 3\n.W\nheat\n"
    for number, (judgements, names) in enumerate(
        (
            ("01 0001  0 0\n01 0003  0 0\n03 0002  0 0\n", ("cacm.all", "query.text", "qrels.text")),
            ("     1      1\t0\t0.000000\n     1 3\t0\t0.000000\n 3 2 0 0.0\n", ("CISI.ALL", "CISI.QRY", "CISI.REL")),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        read = read_collection(smart(folder, queries=queries, judgements=judgements, names=names))
        assert read.queries == {"1": "lift", "3": "heat"}
        assert read.gains == {"1": {"1": 1, "3": 1}, "3": {"2": 1}}


def test_beirs_layout(tmp_path: Path) -> None:
    rows = [{"_id": "a", "title": "Wing", "text": "Lift."}, {"_id": "b", "text": "Heat."}]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "lift"}\n{"_id": "q2", "text": "?"}\n', "utf-8")
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\n", "utf-8")
    read = read_collection(tmp_path)
    assert read.queries == {"q1": "lift"}
    assert read.gains == {"q1": {"a": 2, "b": 0}}
    assert (read.texts["a"].title, read.texts["b"].title) == ("Wing", "")


def test_a_folder_of_another_layout_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="layouts"):
        read_collection(tmp_path)


def test_ndcg_is_one_in_the_best_order_and_falls_by_the_logarithm_of_the_rank() -> None:
    gains = {"a": 3.0, "b": 1.0, "c": 0.0}
    assert ndcg(["a", "b", "x"], gains) == pytest.approx(1)
    assert ndcg(["x", "y"], gains) == 0
    best = 3 + 1 / math.log2(3)
    assert ndcg(["x", "a"], gains) == pytest.approx(3 / math.log2(3) / best)
    assert ndcg([*"0123456789", "a"], gains) == 0  # behind the tenth place


def test_recall_counts_what_has_any_gain() -> None:
    gains = {"a": 3.0, "b": 1.0, "c": 0.0}
    assert recall(["a", "c", "x"], gains) == 0.5


def test_a_query_without_an_answer_counts_as_nothing_found() -> None:
    assert figures({"1": ["a"]}, {"1": {"a": 1.0}, "2": {"b": 1.0}}) == (0.5, 0.5)
