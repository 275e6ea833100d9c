"""Whether a question is about one place in the documents or about all of them, by its words alone.

A summary, a list, a count or a comparison is only right when nothing was left out. "How many" is a count where it asks
for what is there ("how many functions are there?"), and a fact where it asks for a figure ("how many days have I?").
"""

from __future__ import annotations

import re
from typing import Literal

Intent = Literal["lookup", "overview"]

# Patterns stand here as text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
_THING = r"(?:documents?|files?|papers?|books?|texts?|pdfs?|reports?|contracts?|chapters?|collections?)"
_ENGLISH = (
    r"\bsummar(?:y|i[sz]e|i[sz]ing)\b|\bsum up\b|\btl;?dr\b|\boverview\b|\bgist\b|\boutline\b|\babstract of\b",
    r"\b(?:main|key) (?:\w+ )?(?:points?|ideas?|findings?|takeaways?|topics?|themes?|arguments?|messages?)\b",
    rf"\bwhat (?:is|are) (?:this|these|the|my) (?:\w+ )?{_THING} (?:all )?about\b",
    rf"\bwhat does (?:this|the|my) {_THING} (?:say|cover)\??$",
    r"^\W*(?:please |can you |could you )*(?:list|enumerate|count|compare|name all|find all|show all|extract)\b",
    r"\b(?:list|name|count|find|give|show|extract|enumerate)(?: me)? (?:of )?(?:all|every|each)\b"
    r"|\bcomplete list\b|\ba list of\b",
    r"\ball (?:of )?the (?:\w+ )?(?:in|from|of|across|mentioned|named|listed)\b",
    rf"\b(?:in|of|from|across) (?:all|every|each)(?: of)?(?: the| my| these)? {_THING}",
    r"\bhow many\b.*\b(?:are there|there are|in total|in all|altogether)\b",
    r"\bhow many\b.*\bare (?:\w+ )?(?:listed|mentioned|defined|named|described|given)\b",
    rf"\bhow (?:many|often)\b.*\b(?:in|does|do) (?:the|this|these|my) (?:whole |entire )?{_THING}",
    r"\b(?:compare|comparison|contrast)\b|\b(?:difference|differ|changes?|changed)\b.*\bbetween\b"
    r"|\bin common\b|\bcontradict\w*\b|\b(?:throughout|from beginning to end|entire|whole) (?:the )?",
)
_GERMAN = (
    r"\bzusammenfass\w*|\bfass\w*\b.*\bzusammen\b|\büberblick\b|\bübersicht\b|\bkurzfassung\b|\bin kürze\b",
    r"\b(?:haupt|kern)(?:punkte|aussagen|themen|thesen)\b|\bdie wichtigsten\b|\bworum geht\b|\bwovon handel\w*",
    r"\bwas steht (?:in (?:dem|der|den|diesem|dieser|diesen)|(?:da )?(?:drin|alles))\b",
    r"^\W*(?:bitte |kannst du )*(?:list\w*|zähl\w*|vergleich\w*|(?:nenn|such|zeig)\w*(?: mir)? (?:alle|jede))\b",
    r"\b(?:alle|sämtliche|jede[rns]?) (?:\w+ ){1,4}(?:auf|aus|in)\b|\bauflist\w*|\baufzähl\w*|\bvollständige liste\b",
    r"\bwie ?viele?\b.*\b(?:gibt es|insgesamt|sind (?:\w+ )?(?:aufgeführt|genannt|definiert|erwähnt)|kommen .* vor)\b",
    r"\b(?:vergleich\w*|unterschied\w*|gemeinsam\w*|widersprech\w*|widersprüch\w*)\b|\bim (?:ganzen|gesamten)\b",
)
_FRENCH = (
    r"\brésum\w+|\bsynthèse\b|\baperçu\b|\bvue d['’]ensemble\b|\bl['’]essentiel\b",
    r"\b(?:points|idées|thèmes|arguments) (?:clés?|principa\w+|essentiels?)\b|\bde quoi (?:parle|traite|s['’]agit)\b",
    r"\bque (?:dit|contient) (?:ce|le|cette|la) (?:document|fichier|texte|rapport)\b",
    r"^\W*(?:peux-tu |pouvez-vous )*(?:list\w+|énumér\w+|compte[rz]?\b|compar\w+|cite[rz]? tou\w+)",
    r"\b(?:tous|toutes) les\b|\bla liste (?:de|des|complète)\b",
    r"\bcombien\b.*\b(?:y a-t-il|il y a|au total|en tout|sont (?:cité|mentionné|défini|nommé)\w*)",
    r"\b(?:compar\w+|différences?|en commun|contradict\w+)\b|\b(?:tout|ensemble) (?:le|du) (?:document|texte)\b",
)
_SPANISH = (
    r"\bres[uú]m\w+|\bs[ií]ntesis\b|\bvisión general\b|\bpanorama\b|\blo (?:más importante|esencial)\b",
    r"\b(?:puntos|ideas|temas|argumentos) (?:clave|principales)\b|\bde qué (?:trata|habla|va)\b",
    r"\bqué (?:dice|contiene) (?:este|el|esta|la) (?:documento|archivo|texto|informe)\b",
    r"^\W*(?:por favor |puedes )*(?:list\w+|enumer\w+|cuenta\b|contar\b|compar\w+|nombra tod\w+)",
    r"\b(?:todos|todas) (?:los|las)\b|\b(?:la|una) lista (?:de|completa)\b",
    r"\bcu[aá]nt[oa]s\b.*\b(?:hay|en total|se (?:mencionan|citan|definen|nombran))",
    r"\b(?:compar\w+|diferencias?|en común|contradic\w+)\b|\btodo el (?:documento|texto)\b",
)
_OVERVIEW = "(?i)" + "|".join((*_ENGLISH, *_GERMAN, *_FRENCH, *_SPANISH))
_CJK = r"总结|總結|概括|概述|摘要|列出|比较|比較|对比|有多少|要約|まとめ|概要|一覧|列挙|すべて|全部|요약|비교|목록"
_OF_THE_ANSWER = (
    r"(?i)\b(?:that|this|it|your (?:answer|reply)|the above|das|deine antwort|ça|cela|ta réponse|eso|tu respuesta)\W*"
    r"(?:\b(?:again|shorter|in \w+ (?:words?|sentences?)|nochmal|kürzer|noch einmal)\W*)*$"
)
MOST_CHARACTERS = 1000
"""Of a question that are looked at: what follows is mostly something pasted in."""


def intent(question: str, has_history: bool = False) -> Intent:
    """`has_history`: something was answered before, so that "summarise that" may mean the answer."""
    asked = question.strip()[:MOST_CHARACTERS]
    if has_history and re.search(_OF_THE_ANSWER, asked) and len(asked.split()) <= 8:
        return "lookup"
    return "overview" if re.search(_OVERVIEW, asked) or re.search(_CJK, asked) else "lookup"
