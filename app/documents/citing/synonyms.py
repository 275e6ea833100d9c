"""Everyday words that say the same in a sentence of a contract, a leaflet or a paper, so that a model may swap them.

Only those for which a reader would accept either. English, German, French, Spanish; without accents.
"""

from __future__ import annotations

import functools

_SAME = """
    use uses used using utilise utilised utilize; copy copies duplicate duplicates; provide provides provided supply
    supplies supplied; modify modified alter altered change changed amend amended; distribute distributed share
    shared; include includes including contain contains containing comprise comprises; create created make makes
    made produce produced; help helps support supports assist assists aid; return returns yield yields; require
    requires required need needs needed necessary; allow allows allowed permit permits permitted enable enables;
    available obtainable; build compile; run runs execute executes executed; new fresh; begin begins start starts
    commence commences; end ends expire expires finish finishes conclude; terminate terminated cancel cancelled
    rescind; pay pays paid paying payment payments payable remit; buy purchase acquire; show shows showed
    demonstrate demonstrates demonstrated reveal reveals revealed; find found discover discovered; reduce reduced
    lower lowered decrease decreased diminish; increase increased raise raised; rent rental; fee charge charges cost
    costs; agree agrees agreement consent consents approve approval; tell inform informs notify notifies notice
    notification; ask asks request requests; get receive receives received obtain obtained; give gives given grant
    grants granted; keep keeps retain retains; last lasts run; yearly annually annual year; monthly month; daily
    day; weekly week; buyer purchaser; landlord lessor; tenant lessee; doctor physician; medicine drug medication;
    patient patients; illness disease sickness; child children; participant participants subject subjects; author
    authors; study trial investigation; result results finding findings outcome; method approach; staff personnel;
    company firm business; contract agreement; flat apartment; building house; damage damages harm; repair repairs
    fix; quick fast rapid; big large; begin onset; buy; happen occur occurs; main chief principal; software program
    programs; file document; default standard; without lacking; work works creation; about approximately roughly
    around; mainly primarily; important significant; total overall; error mistake; part portion; choose select; send
    ship deliver delivers delivered; store stored keep; cause causes caused lead; own possess; live reside; amount
    sum; term duration period; correct right; deposit security; rise rises rose risen; fall falls
    fell fallen; grow grows grew grown; begin began begun; give gave given; take takes took taken; write wrote written;
    speak spoke spoken; break broke broken; leave leaves left; sleep sleeps slept; tell told; hold holds held; buy
    bought; sell sells sold; send sent; spend spends spent; lose loses lost; win wins won; meet met; see sees saw seen;
    know knew known; go goes went gone; drive drove driven; hear heard; ring rang rung; think thought; teach taught;
    notice; late overdue; law statute; rule regulation;
    goal aim objective purpose; verwenden nutzen benutzen gebrauchen; beginnen anfangen starten; enden ablaufen;
    kundigen beenden auflosen; zahlen bezahlen entrichten leisten; kaufen erwerben; zeigen belegen ergeben; senken
    reduzieren verringern vermindern; erhohen steigern; wohnung apartment; arzneimittel medikament medizin; arzt
    doktor; krankheit erkrankung; studie untersuchung; vertrag vereinbarung; erhalten bekommen; schaden
    beschadigung; mitteilen informieren anzeigen; liefern zustellen; kosten aufwendungen; jahrlich jahr; monatlich
    monat; taglich tag; teilnehmer probanden; commencer debuter; finir terminer; resilier rompre; payer verser
    regler; acheter acquerir; montrer demontrer; reduire diminuer baisser; augmenter accroitre; logement
    appartement; medicament remede; medecin docteur; maladie affection; etude essai; contrat accord; recevoir
    obtenir; livrer remettre; societe entreprise; usar utilizar emplear; comenzar empezar iniciar; terminar
    finalizar acabar; rescindir cancelar; pagar abonar; comprar adquirir; mostrar demostrar; reducir disminuir
    bajar; aumentar incrementar; piso apartamento vivienda; medicamento farmaco; medico doctor; enfermedad dolencia;
    estudio ensayo; contrato acuerdo; recibir obtener; entregar suministrar; empresa compania
"""


@functools.cache
def same() -> dict[str, str]:
    """For each word the one of its set that stands for all; a word in two sets is in the first."""
    made: dict[str, str] = {}
    for listed in _SAME.split(";"):
        words = listed.split()
        for word in words:
            made.setdefault(word, words[0])
    return made
