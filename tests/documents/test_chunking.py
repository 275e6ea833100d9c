"""Chunks: how long they are, where they begin and end, and what heading they stand under."""

from __future__ import annotations

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.parts import Span
from app.documents.reading.blocks import PartBuilder, RawPart
from app.documents.reading.chunking import Chunker, tokens_of
from app.documents.reading.wire import RawChunk

SENTENCE = "The llama number {n} walked over the high mountains with its heavy load of salt. "


def chunks(*parts: RawPart, tokens: int = 100, overlap: float = 0.15) -> list[RawChunk]:
    chunker = Chunker(tokens, overlap)
    return [chunk for part in parts for chunk in chunker.add(part)] + chunker.finish()


def prose(sentences: int, *, start: int = 0) -> str:
    return "".join(SENTENCE.format(n=number) for number in range(start, start + sentences))


def part_of(*blocks: tuple[str, str] | str) -> RawPart:
    builder = PartBuilder("1")
    for block in blocks:
        words, role = (block, "paragraph") if isinstance(block, str) else block
        builder.add(words, role, level=1 if role == "heading" else 0)  # type: ignore[arg-type]  # a role
    return builder.part()


def cut(part: RawPart, chunk: RawChunk) -> str:
    return part.text[chunk.span.start : chunk.span.end]


def test_long_prose_is_cut_at_sentences_into_chunks_of_about_one_length() -> None:
    part = part_of(prose(60))
    found = chunks(part)
    assert len(found) > 5
    assert all(cut(part, chunk).startswith("The llama") for chunk in found)
    assert all(cut(part, chunk).rstrip().endswith("salt.") for chunk in found)
    assert max(chunk.tokens for chunk in found) <= 125
    assert min(chunk.tokens for chunk in found) >= 50


def test_neighbours_share_their_sentences_at_the_border() -> None:
    part = part_of(prose(60))
    found = chunks(part, tokens=200, overlap=0.2)
    assert all(after.span.start < before.span.end for before, after in itertools.pairwise(found))
    assert all(after.span.start > before.span.start for before, after in itertools.pairwise(found))
    apart = chunks(part, tokens=200, overlap=0.0)
    assert all(after.span.start == before.span.end for before, after in itertools.pairwise(apart))


def test_a_heading_begins_a_chunk_and_is_the_path_of_what_follows() -> None:
    builder = PartBuilder("1")
    for title, level in (("Rights", 1), ("Of the buyer", 2), ("Duties", 1)):
        builder.add(title, "heading", level=level)
        builder.add(prose(3))
    part = builder.part()
    found = chunks(part)
    assert [chunk.heading for chunk in found] == ["Rights", "Rights › Of the buyer", "Duties"]
    assert [cut(part, chunk).split("\n")[0] for chunk in found] == ["Rights", "Of the buyer", "Duties"]


def test_a_path_holds_over_parts_until_another_heading_comes() -> None:
    found = chunks(part_of(("Rights", "heading"), prose(2)), part_of(prose(2)))
    assert [chunk.heading for chunk in found] == ["Rights", "Rights"]


def test_tables_and_listings_stay_whole_up_to_twice_the_length() -> None:
    table = "\n".join(f"row {n} | value {n}" for n in range(18))
    part = part_of(prose(4), (table, "table"), prose(4))
    assert any(table in cut(part, chunk) for chunk in chunks(part))
    long_table = "\n".join(f"row {n} | value {n}" for n in range(200))
    part = part_of((long_table, "table"))
    assert all(cut(part, chunk).startswith("row") for chunk in chunks(part))


def test_a_chunk_spans_two_parts_only_where_a_sentence_goes_on() -> None:
    over = chunks(part_of("It goes on and"), part_of("on until it ends. Another."))
    assert over[0].span == Span(0, 0, 1, over[0].span.end)
    assert chunks(part_of("It ends."), part_of("on."))[0].span.last == 0
    assert chunks(part_of("It goes on and"), part_of("Another begins."))[0].span.last == 0
    assert chunks(part_of("It goes on and"), part_of(("on", "table")))[0].span.last == 0


def test_words_without_an_end_are_cut_all_the_same() -> None:
    part = part_of("x" * 20_000)
    assert all(len(cut(part, chunk)) <= 2_400 for chunk in chunks(part))


def test_chinese_counts_by_its_characters() -> None:
    assert tokens_of("大熊猫喜欢吃竹子" * 10) >= 80
    found = chunks(part_of("大熊猫喜欢吃竹子。" * 100))
    assert len(found) >= 8


def test_nothing_makes_no_chunks() -> None:
    assert chunks(part_of()) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(alphabet="aA .!?\n|，。é1", max_size=400), st.sampled_from(["paragraph", "table", "heading"])
        ),
        max_size=8,
    ),
    st.integers(16, 64),
)
def test_every_character_that_is_not_blank_is_in_some_chunk(blocks: list[tuple[str, str]], tokens: int) -> None:
    half = len(blocks) // 2
    parts = [part_of(*blocks[:half]), part_of(*blocks[half:])]
    covered = [[False] * len(part.text) for part in parts]
    for chunk in chunks(*parts, tokens=tokens):
        span = chunk.span
        assert span.first <= span.last <= span.first + 1
        for number in range(span.first, span.last + 1):
            start = span.start if number == span.first else 0
            end = span.end if number == span.last else len(parts[number].text)
            assert end <= len(parts[number].text)
            covered[number][start:end] = [True] * (end - start)
    for part, marks in zip(parts, covered, strict=True):
        assert all(mark or character.isspace() for mark, character in zip(marks, part.text, strict=True))


def test_the_same_text_gives_the_same_chunks() -> None:
    chance = random.Random(1)
    part = part_of(*(prose(chance.randint(1, 9), start=number) for number in range(20)))
    assert chunks(part) == chunks(part)
