"""Questions about everything are told from questions about one place."""

from __future__ import annotations

import pytest

from app.documents.answering.intent import intent


@pytest.mark.parametrize(
    "question",
    [
        "Summarise this document.",
        "Give me a short summary of the report",
        "tl;dr",
        "What are the key points?",
        "What is this contract about?",
        "List all parties to the contract.",
        "Can you list the names?",
        "Name every person who is mentioned.",
        "How many functions are there?",
        "How many records are listed in total?",
        "How many chapters does the book have in all?",
        "Compare the two offers",
        "What is the difference between the contracts?",
        "Which of the files contradict each other?",
        "Fass das Dokument zusammen.",
        "Worum geht es in dem Bericht?",
        "Nenne alle Personen, die auf den Fotos sind.",
        "Wie viele Rechnungen gibt es insgesamt?",
        "Vergleiche die beiden Angebote",
        "Résume ce document.",
        "De quoi parle ce rapport ?",
        "Combien de factures y a-t-il ?",
        "Resume el informe.",
        "¿De qué trata este documento?",
        "¿Cuántas facturas hay?",
        "Enumera todos los artículos",
        "请总结这份文件",
        "この文書を要約して",
    ],
)
def test_what_needs_every_part_is_an_overview(question: str) -> None:
    assert intent(question) == "overview"


@pytest.mark.parametrize(
    "question",
    [
        "When is the rent due?",
        "How many days do I have to pay?",
        "Who is the landlord?",
        "How many employees does the company have?",
        "What does the contract say about late payment?",
        "Can I sublet the flat?",
        "Wie lange ist die Kündigungsfrist?",
        "Wie viele Tage habe ich Zeit?",
        "Quel est le montant du loyer ?",
        "¿Cuándo vence el alquiler?",
        "租金什么时候付?",
        "",
    ],
)
def test_what_is_at_one_place_is_looked_up(question: str) -> None:
    assert intent(question) == "lookup"


def test_summarising_the_answer_is_no_question_about_the_documents() -> None:
    assert intent("Summarise that in two sentences", has_history=True) == "lookup"
    assert intent("Summarise that in two sentences", has_history=False) == "overview"
    assert intent("Summarise the contract", has_history=True) == "overview"
