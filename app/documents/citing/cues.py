"""Words that turn a sentence round: "not", "may", "at least", "before", "some". English, German, French, Spanish.

All stand here in lower case and without accents, as the text is when it is looked through. They are what word overlap
cannot see, because they are in every text.
"""

from __future__ import annotations

import functools

# Patterns stand here as text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
BOUNDARY = (
    r"[;:()–—]|\n(?=\s*(?:\n|[-*•|]))|,(?!\d)(?!\s*(?:that|dass|que)\b)(?:\s+(?:and|und|y|e|but)\b)?|(?<=[^\W\d_])[.!?](?=\s)"
    r"|\b(?:if|unless|except|when|while|whereas|because|although|though|but|even if|provided that"
    r"|as long as|so that|which|who"
    r"|wenn|falls|sofern|sobald|weil|obwohl|wahrend|aber|sondern|jedoch|ausser|es sei denn|solange"
    r"|lorsque|quand|mais|parce qu\w*|puisque|tandis qu\w*|sauf(?: si)?|sinon|qui|si"
    r"|cuando|pero|porque|mientras|sino|aunque|salvo(?: que)?|excepto|siempre que)\b"
)
LINKS = {
    "and": r",?\s*(?:and|und|et|y|e)|[;.!?:]|while|whereas|wahrend|tandis qu\w*|mientras|although|though"
    r"|obwohl|aunque",
    "when": r"when|sobald|lorsque|quand|cuando",
    "but": r",?\s*but|aber|sondern|jedoch|mais|pero|sino",
    "cause": r"because|weil|parce qu\w*|puisque|porque",
    "condition": r"if|unless|even if|provided that|as long as|wenn|falls|sofern|solange|es sei denn|si|sauf(?: si)?"
    r"|salvo(?: que)?|siempre que",
    "who": r"who|which|qui",
}
"""What a clause begins with that says how it hangs on the one before; anything else is as a comma."""
NOT = frozenset({"not", "nicht", "pas", "no"})
COMPARING = frozenset({"plus", "moins", "mas", "menos", "davantage"})
TENSES = {
    "future": r"\b(?:will|promis\w+ to|plans? to|intends? to|(?:wird|werden)\b.*\b(?!\w*ge)\w+en$"
    r"|\w{3,}(?:era|eront)\b)",
    "done": r"\b(?:has|have|had|hat|haben|hatte)\b(?! to\b)(?: \w+){0,6}"
    r" (?:been|paid|made|sold|told|held|done|gone|already|bereits|\w{3,}(?:ed|t|en))\b"
    r"|\b(?:a|ont|ha|han) (?:deja |ya )?\w{3,}(?:e|es|ado|ido)\b",
}
AND = r"\b(?:and|und|et(?! al\b)|y|e)\b"
BETWEEN = r"\b(?:between|zwischen|entre|both|either|neither)\b\W+(?:(?!(?:and|und|et|y|nor|or)\b)\w+\W+){1,5}$"
NEGATION = (
    r"\b(?:not|never|neither|nor|cannot|none|nobody|nothing|nicht|kein\w*|nie|niemals|niemand|pas|jamais|aucune?"
    r"|nunca|jamas|tampoco|ningun\w*|nadie)\b|n['’]t\b|\bno\b(?!\.? ?\d)"
)
LEXICAL_NEGATION = (
    r"\b(?:prohibit\w*|forbid\w*|forbidden|banned|disallow\w*|den(?:y|ies|ied)|fail\w* to|lacks?|unable"
    r"|verboten|verbiete\w*|untersagt|verweiger\w*|unzulassig|interdit\w*|defendu\w*|prohib\w*)\b"
)
NO_NEGATION = (
    r"\bnot only\b|\bnicht nur\b|\bnon seulement\b|\bno solo\b|\bnot (?:more|less|later|fewer|earlier) than\b"
    r"|\bno (?:more|less|later|longer|fewer|earlier) than\b|\bnicht (?:mehr|weniger|spater|langer) als\b"
    r"|\bpas (?:plus|moins) d\w*|\bno mas (?:de|tarde)\b|\bno menos de\b|\bif not\b|\bwhether or not\b"
)
EXEMPTION = (
    r"\b(?:need not|needs? not|not (?:required|obliged|obligated|necessary)|(?:do|does|did) not (?:have|need) to"
    r"|(?:do|does|did)n['’]t (?:have|need) to"
    r"|(?:muss|mussen)(?: \w+){0,6} nicht|nicht (?:verpflichtet|erforderlich|notig)"
    r"|pas (?:tenue?s?|obligee?s?|necessaire)|no (?:tiene|tienen) que|no (?:esta|estan) obligad\w+|no es necesario)\b"
)
MODALS = {
    "must": r"\b(?:must|shall|ha(?:s|ve) to|required|obliged|obligated|mandatory|needs? to|muss|mussen|verpflichtet"
    r"|doit|doivent|devra|devront|tenue?s?|obligatoire|debe|deben|debera|deberan"
    r"|tienen? que|obligad\w+|obligatori\w+)\b",
    "may": r"\b(?:may|can|could|might|allowed|permitted|entitled|optional|darf|durfen|kann|konnen|berechtigt|erlaubt"
    r"|peut|peuvent|pourra|pourront|autorisee?s?|permise?s?|puede|pueden|podra|podran|permitid\w+|autorizad\w+)\b",
}
COMPARATORS = {
    "least": r"at least|(?:a |the )?minimum(?: of)?|no (?:less|fewer|earlier) than|not (?:less|fewer|earlier) than"
    r"|mindestens|wenigstens|nicht weniger als|minimal|au moins|au minimum|pas moins de|al menos|como minimo"
    r"|por lo menos"
    r"|no menos de|over|more than|above|older than|longer than|exceed\w*|uber|mehr als|alter als|langer als"
    r"|plus de|plus d|mas de|mayores de|mayor de|superieure?s? a|superior\w* a",
    "most": r"at most|at the latest|a mas tardar|au plus tard|(?:a |the )?maximum(?: of)?|up to"
    r"|no (?:more|later|longer) than|not (?:more|later|longer) than"
    r"|not exceed\w*|limited to|hochstens|maximal|bis zu|nicht mehr als|spatestens|au plus|au maximum"
    r"|jusqu a|jusqu['’]a"
    r"|limitee? a|como maximo|a lo sumo|hasta|no mas de|limitad\w a|limitan? a|begrenzt|under"
    r"|less than|fewer than|below"
    r"|younger than|shorter than|unter|weniger als|junger als|moins de|moins d|menos de|menores de|menor de"
    r"|inferieure?s? a|inferior\w* a",
}
WITHIN = r"within|in|by|until|innerhalb von|innerhalb|binnen|bis|dans les|sous|dentro de los|dentro de|en"
"""Says no more than the number does, but the opposite of "at least"."""
FROM, TO = r"(?:from|von|de|du|desde)\W*$", r"(?:to|auf|zu|a|jusqu\W*a|hasta)\W*$"
"""Before the numbers between which something changes."""
WAYS = {
    "until": r"\b(?:by|before|until|till|than|vor|vor dem|bis|bis zum|avant|avant le|antes del?|hasta el)\W*$",
    "since": r"\b(?:after|since|from|nach|nach dem|seit|ab|apres|apres le|depuis|despues del?|desde el)\W*$",
}
"""Before a date."""
OF_THEM = r"\W*(?:\w+\W+){1,3}(?:of them|d.entre (?:eux|elles)|von ihnen|de (?:ellos|ellas))\b"
NEGATING = ("non", "nicht", "un", "in", "im", "ir", "il", "dis", "des", "miss")
"""What a word begins with that is the opposite of the rest of it."""
AFTER_NUMBER = {
    "least": r"or (?:more|older|over|longer)|und (?:mehr|alter)|oder (?:mehr|alter|langer)|ou plus|o mas|y mas",
    "most": r"or (?:less|fewer|younger|under)|oder (?:weniger|junger)|ou moins|o menos",
}
_OPPOSITES = """
    before prior vor vorher bevor avant antes previo / after afterwards following nach nachdem nachher apres suivant
    suivants despues tras siguiente siguientes;
    increase* rais* rise rises rose risen grew erhoh* steiger* stieg* augment* aument* subi* / decrease* reduc*
    lower* fall falls fell declin* drop* senk* verringer* reduzier* sank* diminu* redui* baiss* disminu* reduj*
    baj*;
    higher high hoher hohe hohen hoch elev* / lower low niedrig* bas basse bajo baja;
    large larger largest big bigger great* gross gross* groß* grand* gros gran grande* / small smaller smallest
    little klein* petit* pequen*;
    long longer lang* / short shorter kurz* court* breve;
    old older alt alter altere* / young younger jung* jeune* joven*;
    quick* fast* rapid* schnell* rasch* vite rapide* rapid* / slow* langsam* lent*;
    early earlier fruh* tot temprano / late later spat* tard tarde;
    accept* approv* annehm* angenommen akzeptier* genehmig* accepte* approuv* acepta* aprueb* aprob* / reject*
    refus* declin* ablehn* abgelehnt* rejet* rechaz* deneg*;
    wet feucht* nass* mouille* humide* humed* mojad* / dry trocken* sec seche sec* seco;
    hot warm* heiss* heiß* chaud* calient* / cold kalt* froid* frio fria;
    open* offn* geoffnet* ouver* ouvr* abier* / clos* shut schliess* schließ* geschlossen* ferm* cerr*;
    begin* start* beginn* anfang* commenc* debut* comienz* empiez* inici* / end ends ended ending ende endet*
    finish* fini* termin* acab*;
    include* includ* einschliess* eingeschlossen* enthalt* inclu* / exclud* ausschliess* ausgeschlossen* exclu*
    excluy*;
    win won wins gewinn* gewann* gagn* / lose loses lost verlier* verlor* perd* pierd*;
    gain* profit* gewinn* benefice* benefici* ganancia* / loss losses verlust* perte* perdida*;
    inside innen interieur* dentro / outside aussen außen exterieur* fuera;
    left links gauche izquierd* / right rechts droite derech*;
    half halfte moitie mitad / drittel* tiers tercio* / quarter* viertel* quart cuart*;
    first erste* premier* primer* / second zweite* deuxieme* seconde segund* / third dritte* troisieme* tercer* /
    fourth vierte* quatrieme* cuart* / last letzte* dernier* ultim*;
    all every each alle aller allen alles jede* samtliche* tous toutes tout toute chaque todos todas todo toda cada
    / some several einige* manche* mehrere* certain* quelques plusieurs algun* varios varias ciert* / most meisten
    mehrheit majority plupart mayoria mayor / few wenige* wenig peu pocos pocas minority minderheit minorite minoria
    / none neither keine* aucun* ningun*;
    always immer toujours siempre / sometimes occasionally manchmal gelegentlich parfois veces / never nie niemals
    jamais nunca / often oft haufig souvent menudo / rarely seldom selten rarement raramente;
    most meisten / least wenigsten;
    more mehr plus mas / less fewer weniger moins menos;
    better besser* meilleur* mieux mejor* / worse schlechter* pire* peor*;
    good gut gute* bon bonne buen* / bad schlecht* schlimm* mauvais* mal mala malo;
    positive* positiv* / negative* negativ*;
    internal intern* / external extern*;
    public offentlich* publi* / private privat* prive* privad*;
    gross brutto brut bruto / net netto net neto;
    men male mann* manner* homme* hombre* / women female frau* femme* mujer*;
    buy* bought purchas* kauf* achet* compra* / sell* sold verkauf* vend* vendid*;
    agree* consent* zustimm* accord* acuerd* / disagree* object* widersprech* desaccord* desacuerd*;
    succe* erfolg* reuss* exito* / fail* misslang* scheiter* gescheitert* echou* echec* fracas*;
    mandatory compulsory obligatory verpflichtend obligatoire* obligatori* / optional voluntary freiwillig*
    facultati* optional* voluntari* opcional*;
    lawful legal* rechtmassig* legitim* / unlawful illegal* rechtswidrig* illegitim* ilegal*
"""
_PARTIES = """
    landlord* lessor* vermieter* bailleur* proprietaire* arrendador* propietari* / tenant* lessee* renter* mieter*
    locataire* inquilin* arrendatari*;
    buyer* purchaser* kaufer* acheteur* comprador* / seller* vendor* verkaufer* vendeur* vendedor* / supplier*
    provider* lieferant* fournisseur* proveedor*;
    employer* arbeitgeber* employeur* empleador* / employee* worker* staff arbeitnehmer* mitarbeiter* salarie*
    employe employes emplead* trabajador*;
    doctor* physician* arzt* medecin* medico medicos / patient* patientin* pacient* / nurse* krankenschwester*
    infirmier* enfermer*;
    lender* creditor* glaubiger* creancier* preteur* acreedor* prestamista* / borrower* debtor* schuldner* debiteur*
    emprunteur* deudor* prestatari*;
    client* customer* auftraggeber* kunde* kundin* client* client* / contractor* auftragnehmer* prestataire*
    contratista*;
    insurer* versicherer* assureur* asegurador* / insured* versicherte* versicherungsnehmer* assure assures
    asegurad*;
    licensor* lizenzgeber* / licensee* lizenznehmer*;
    plaintiff* claimant* klager* demandeur* demandante* / defendant* beklagte* defendeur* demandad*;
    teacher* lehrer* enseignant* professeur* profesor* maestr* / student* pupil* schuler* student* eleve* etudiant*
    alumn* estudiant*;
    parent* eltern* parents padres / child* children kind* enfant* nino ninos nina ninas hijo*;
    court* gericht* tribunal* / judge* richter* juge* juez*;
    author* autor* auteur* / committee* ausschuss* comite* / board vorstand* conseil* consejo* / company firma*
    societe* empresa* / manager* geschaftsfuhrer* gerant* gerente* / heir* erbe* heritier* hereder*
"""


EXCEPTION = (
    r"\b(?:unless|except|es sei denn|ausser|sauf|a moins qu\w*|salvo|excepto|a menos que)\b\W*(?:when|if|si)?\W*$"
)
"""At the end of what stands before a clause that turns it round."""
_DETERMINERS = """
    the a an this these those each every all some any his her their its my your our no both
    der die das ein eine diese dieser dieses jeder jede alle kein keine seine ihre
    le la les l un une des cet cette ces chaque tout tous toutes son sa ses leur leurs
    el los las lo una unos unas este esta estos estas cada todo todos toda todas su sus
"""
_PREPOSITIONS = """
    of:of von:of des:of eines:of d:of de:of du:of del:of by:by vom:by durch:by par:by por:by
    to:to an:to zu:to zum:to zur:to dem:to einem:to au:to aux:to al:to den:object einen:object
    in:x on:x at:x with:x for:x from:x before:x after:x within:x during:x without:x under:x over:x against:x about:x
    among:x between:x into:x since:x until:x than:than als:than as:x per:x because:x
    im:x am:x ans:x mit:x fur:x bei:x beim:x nach:x vor:x innerhalb:x binnen:x ohne:x gegen:x unter:x uber:x aus:x
    auf:x um:x seit:x bis:x wegen:x
    dans:x avec:x pour:x sans:x chez:x avant:x apres:x sous:x sur:x en:x entre:x vers:x depuis:x
    spatestens:x pendant:x durante:x hacia:x according:x laut:x selon:x
    con:x para:x sin:x antes:x despues:x dentro:x desde:x hasta:x bajo:x sobre:x contra:x segun:x
"""
_AUXILIARIES = """
    is are was were be been being am has have had do does did must shall may can could might should would will
    ist sind war waren wird werden wurde wurden worden hat haben hatte muss mussen darf durfen kann konnen soll sollen
    sollte est sont etait etaient ete etre ont doit doivent peut peuvent devra devront sera seront
    es son era eran fue fueron ser sido sea esta estan debe deben puede pueden sera seran ha han se
"""
_PRONOUNS = """
    it they them he she him his her hers their theirs its those ones one none few
    er sie es ihm ihn ihnen ihr ihre ihrer ihren sein seine seiner diese dieser dieses
    il elle ils elles lui leur leurs eux ceux celle celles celui
    ella ellos ellas suyo
"""
_MOVING = """
    later earlier overnight daily weekly monthly yearly twice only already again now today then afterwards finally often
    always usually sometimes first next last second third every each average also probably
    nunca siempre despues luego solo apres ensuite seulement toujours
"""
_GERMAN = """
    der die das den dem des und ist sind wird werden wurde nicht ein eine einen von mit bei fur auf im vom zur zum
"""
PASSIVE = (
    r"\b(?:is|are|was|were|be|been|being)\b(?:\W+(?:not|also|only|each|then|never|to|be|been)\b)*\W+"
    r"(?:\w+(?:ed|en|wn|rn)|paid|made|kept|held|sent|sold|bought|found|built|lost|left|met|read|set|put|cut|taught|told|won"
    r"|brought|caught|led|understood|done|gone|borne|sung|begun|run)\b"
    r"|\bse \w+[ae]n?\b|\b(?:wird|werden|wurden?|worden)\b|\b(?:ist|sind|war|waren)\b.*\bzu \w+en\b"
    r"|\b(?:est|sont|ete|etre|etait|etaient|sera|seront)\b(?:\W+\w+ment)?\W+\w+(?:e|ee|es|ees|i|ie|is|ies|u|ue|us|ues|it|ite|ise)\b"
    r"|\b(?:es|son|era|eran|fue|fueron|ser|sido|sea|esta|estan)\b\W+\w+(?:[ai]d[oa]s?|to|ta|cho|cha)\b"
)


@functools.cache
def pronouns() -> frozenset[str]:
    return frozenset(_PRONOUNS.split())


@functools.cache
def german() -> frozenset[str]:
    return frozenset(_GERMAN.split())


def is_moving(word: str) -> bool:
    """An adverb: wherever it stands, it says the same."""
    return word.endswith("ly") or word in _moving()


@functools.cache
def _moving() -> frozenset[str]:
    return frozenset(_MOVING.split())


@functools.cache
def determiners() -> frozenset[str]:
    return frozenset(_DETERMINERS.split())


@functools.cache
def prepositions() -> dict[str, str]:
    """What follows: "by", "to", "of", an "object", or "x" for anything that is none of these."""
    return dict(pair.split(":") for pair in _PREPOSITIONS.split())


@functools.cache
def auxiliaries() -> frozenset[str]:
    return frozenset(_AUXILIARIES.split())


@functools.cache
def auxiliary() -> str:
    """A pattern for any of them."""
    return rf"\b(?:{'|'.join(sorted(auxiliaries()))})\b"


@functools.cache
def goes_on() -> str:
    """A pattern for a verb after "and": any word before what it is done to ("lent it", "postponed the sale")."""
    those = "|".join(sorted(determiners() | pronouns()))
    return rf"\W*(?!(?:{those})\b)[^\W\d_]{{3,}}\W+(?:{those})\b"


@functools.cache
def comparator() -> str:
    """A pattern for any of COMPARATORS."""
    return rf"\b(?:{'|'.join(COMPARATORS.values())})\b"


def opposite(word: str) -> tuple[tuple[int, int], ...]:
    """Which sets of opposites a word belongs to, and what it says in each: (set, side)."""
    return _found(word, _tables()[0])


def party(word: str) -> tuple[tuple[int, int], ...]:
    """The same for those who have rights and duties in a text."""
    return _found(word, _tables()[1])


@functools.lru_cache(maxsize=8192)
def _found(word: str, table: _Table) -> tuple[tuple[int, int], ...]:
    found = list(table.whole.get(word, ()))
    for length in range(2, len(word) + 1):
        found += table.begun.get(word[:length], ())
    return tuple(dict.fromkeys(found))


class _Table:
    """Words that are meant as they stand, and beginnings of words."""

    def __init__(self, listed: str) -> None:
        self.whole: dict[str, list[tuple[int, int]]] = {}
        self.begun: dict[str, list[tuple[int, int]]] = {}
        for group, sides in enumerate(listed.split(";")):
            for side, words in enumerate(sides.split("/")):
                for word in words.split():
                    table = self.begun if word.endswith("*") else self.whole
                    table.setdefault(word.rstrip("*"), []).append((group, side))


@functools.cache
def _tables() -> tuple[_Table, _Table]:
    return _Table(_OPPOSITES), _Table(_PARTIES)
