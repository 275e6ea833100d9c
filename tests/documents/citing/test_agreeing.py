"""What says something else in nearly the same words is told from what says the same in others."""

from __future__ import annotations

import pytest

from app.documents.citing.agreeing import agrees, contradicts
from app.documents.citing.clauses import clauses

DEPOSIT = "The tenant must pay the landlord a deposit of two months' rent before moving in."
GOODS = "The supplier shall deliver the goods to the buyer within 30 days of the order."
PETS = "Keeping pets in the flat is not permitted unless the landlord agrees in writing."
WARRANTY = "The warranty covers the battery for one year and the frame for ten years."
TRIAL = "In the trial, aspirin increased the effect of warfarin in all patients with kidney disease."
MIETE = "Der Mieter muss dem Vermieter vor dem Einzug eine Kaution von zwei Monatsmieten zahlen."
BAIL = "Le bailleur peut résilier le bail avec un préavis d'au moins 3 mois."
NINOS = "Los niños menores de 12 años no deben tomar este medicamento sin consejo médico."


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Before moving in, a deposit of 2 months' rent has to be paid to the landlord by the tenant.", DEPOSIT),
        ("The deposit amounts to two months' rent.", DEPOSIT),
        ("Within thirty days of the order, the goods must be delivered to the buyer by the supplier.", GOODS),
        ("Unless the landlord agrees in writing, keeping pets in the flat is prohibited.", PETS),
        ("**Pets:** Keeping pets in the flat is not permitted unless the landlord agrees in writing.", PETS),
        ("The frame is covered by the warranty for 10 years.", WARRANTY),
        ("In all patients with kidney disease, the effect of warfarin was increased by aspirin.", TRIAL),
        ("Vor dem Einzug muss der Mieter dem Vermieter eine Kaution von 2 Monatsmieten zahlen.", MIETE),
        ("Le bail peut être résilié par le bailleur avec un préavis d’au moins trois mois.", BAIL),
        ("Sin consejo médico, los niños menores de doce años no deben tomar este medicamento.", NINOS),
    ],
)
def test_other_words_for_the_same_agree(said: str, source: str) -> None:
    assert agrees(clauses(said), clauses(source))


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("The landlord must pay the tenant a deposit of two months' rent before moving in.", DEPOSIT),
        ("The deposit is paid by the landlord to the tenant before moving in.", DEPOSIT),
        ("The tenant must pay the landlord a deposit of three months' rent before moving in.", DEPOSIT),
        ("The tenant must pay the landlord a deposit of two weeks' rent before moving in.", DEPOSIT),
        ("The tenant must pay the landlord a deposit of two months' rent after moving in.", DEPOSIT),
        ("The tenant must not pay the landlord a deposit of two months' rent before moving in.", DEPOSIT),
        ("The supplier may deliver the goods to the buyer within 30 days of the order.", GOODS),
        ("The supplier shall deliver the goods to the seller within 30 days of the order.", GOODS),
        ("Keeping pets in the flat is permitted unless the landlord agrees in writing.", PETS),
        ("The warranty covers the battery for ten years.", WARRANTY),
        ("The frame is covered by the warranty for one year.", WARRANTY),
        ("In the trial, warfarin increased the effect of aspirin in all patients with kidney disease.", TRIAL),
        ("In the trial, aspirin decreased the effect of warfarin in all patients with kidney disease.", TRIAL),
        ("In the trial, aspirin increased the effect of warfarin in some patients with kidney disease.", TRIAL),
        ("Der Vermieter muss dem Mieter vor dem Einzug eine Kaution von zwei Monatsmieten zahlen.", MIETE),
        ("Le bailleur peut résilier le bail avec un préavis d'au plus 3 mois.", BAIL),
        ("Los niños mayores de 12 años no deben tomar este medicamento sin consejo médico.", NINOS),
    ],
)
def test_something_else_in_the_same_words_does_not(said: str, source: str) -> None:
    assert not agrees(clauses(said), clauses(source))


CHOIR = "The choir rehearses in the chapel on Mondays and in the gym on Fridays."
VOTE = "The council passed the plan by nine votes to four, but Mr Holm left early."
PUMP = "The pump failed because the motor had overheated, and the cellar was flooded."
CUSTODY = "The aunt shall keep the house, and the uncle may use it every summer."
CRAFTS = "Oak is heavier than pine, and costs will be paid by the guild."
BEISPIEL = "Der Verein zahlt dem Trainer 400 Euro und dem Platzwart 250 Euro."


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("On Mondays the choir rehearses in the chapel.", CHOIR),
        ("By 9 votes to 4, the council passed the plan.", VOTE),
        ("Because the motor had overheated, the pump failed.", PUMP),
        ("The uncle may use the house every summer.", CUSTODY),
        ("Der Verein zahlt dem Platzwart 250 Euro.", BEISPIEL),
    ],
)
def test_what_a_clause_takes_over_from_the_one_before_is_said_with_it(said: str, source: str) -> None:
    assert agrees(clauses(said), clauses(source))


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("On Fridays the choir rehearses in the chapel.", CHOIR),
        ("The council passed the plan by four votes to nine.", VOTE),
        ("Mr Holm passed the plan.", VOTE),
        ("The motor overheated because the pump had failed.", PUMP),
        ("The pump failed because the cellar was flooded.", PUMP),
        ("The uncle shall keep the house.", CUSTODY),
        ("The aunt may use the house every summer.", CUSTODY),
        ("Pine is heavier than oak.", CRAFTS),
        ("Costs have been paid by the guild.", CRAFTS),
        ("Der Verein zahlt dem Platzwart 400 Euro.", BEISPIEL),
    ],
)
def test_words_of_two_clauses_in_one_say_something_else(said: str, source: str) -> None:
    assert not agrees(clauses(said), clauses(source))


def test_where_a_line_ends_is_no_end_of_a_clause() -> None:
    source = "The choir rehearses in the\nchapel of the old\ntown every Monday."
    assert agrees(clauses("The choir rehearses in the chapel of the old town every Monday."), clauses(source))


def test_one_word_in_the_place_of_another_is_something_else_in_a_short_sentence() -> None:
    source = clauses("People with severe asthma were excluded from the trial.")
    assert not agrees(clauses("People with mild asthma were excluded from the trial."), source)
    assert agrees(clauses("From the trial, people with severe asthma were excluded."), source)


def test_a_lawful_thing_is_not_an_unlawful_one() -> None:
    assert not agrees(clauses("The right is exclusive and transferable."), clauses("The right is non-exclusive."))


def test_what_a_source_leaves_open_it_does_not_contradict() -> None:
    source = clauses(DEPOSIT)
    assert contradicts(clauses("The landlord must pay the tenant a deposit before moving in."), source)
    assert not contradicts(clauses("The deposit of two months' rent earns interest of 3 % a year."), source)


def test_words_that_a_line_breaks_are_whole() -> None:
    said, source = "The Rotterdam warehouse is efficient.", "The ware-\nhouse in Rotter\ufffe\ndam is eﬃcient."
    assert agrees(clauses(said), clauses(source))
    assert "warehouse" in clauses(source)[0].words
