"""Words that say nothing about a subject, left out of what is searched, in the language that the question is in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_ENGLISH = (
    "a about after all also am an and any are as at be because been before being between both but by can could did do "
    "does doing for from had has have having he her here him his how i if in into is it its itself just me more most "
    "my no nor not of off on once only or other our out over own same she should so some such than that the their "
    "them then there these they this those through to too under until up very was we were what when where which while "
    "who whom whose why will with would you your"
)
_GERMAN = (
    "aber als am an auch auf aus bei beim bin bis da damit dann das dass dein dem den denn der des die dies diese "
    "diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es fur gibt hat hatte habe "
    "haben ich ihm ihn ihr ihre im in ist ja jede jeder kann kein keine konnen man mein mehr mich mir mit muss nach "
    "nicht noch nur ob oder ohne sehr sein seine sich sie sind so soll uber um und uns unser unter vom von vor wann "
    "war waren warum was welche welcher welches wenn wer werden wie wir wird wo wurde wurden zu zum zur"
)
_FRENCH = (
    "ai au aussi aux avec c ce ces cet cette ceux comment d dans de des du elle elles en es est et etait ete etre eu "
    "il ils j je l la le les leur leurs lui m ma mais me meme mes moi mon n ne nos notre nous on ont ou par pas plus "
    "pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si son sont sur t ta te tes "
    "toi ton tu un une vos votre vous y"
)
_SPANISH = (
    "a al algo como con cual cuales cuando cuanto de del desde donde dos el ella ellas ellos en entre era es esa ese "
    "eso esta estaba estan este esto estos fue ha han hasta hay la las le les lo los mas me mi mis muy nada ni no nos "
    "nosotros o os otra otro para pero por porque que quien se sea ser si sin sobre son su sus tambien te tiene todo "
    "tu un una uno unos y ya yo"
)
_LISTS: Final = tuple(frozenset(words.split()) for words in (_ENGLISH, _GERMAN, _FRENCH, _SPANISH))
"""Folded, as `app.words` folds."""


def stop_words(tokens: Iterable[str]) -> frozenset[str]:
    """Of the language that most of them are of: of another than English it takes two, so that a "die" stays one."""
    given = set(tokens)
    counts = [len(given & words) for words in _LISTS]
    best = max(range(len(_LISTS)), key=lambda place: (counts[place], -place))
    return _LISTS[best if counts[best] > 1 else 0]
