"""What became of each stored observation that a consumer's dataflow may be made from.

Every observation of every input has one outcome: used, or left out for one reason. A reason is the
id of the rule that left it out, or one of :data:`REASONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hub.mapping.execute import execute
from hub.mapping.inverse import Wanted
from hub.mapping.pieces import Piece, column
from hub.model.schema import DataSchema, StructureRef
from hub.structures.repository import StructureSet
from hub.views.api import Relation
from hub.views.families import RANK, Family, quoted
from hub.views.mapped import Compiled, cells_of, contests
from hub.views.rules import NOT_ASKED, FlowRules
from hub.views.years import annual, year_of

__all__ = ["REASONS", "USED", "named", "outcomes", "sentence"]

#: The outcome of an observation that stands in a cell, or is a part of one.
USED = ""

#: Reasons that are no rule's, with what they mean; ``{}`` is the component or the rule concerned.
REASONS: Mapping[str, Mapping[str, str]] = {
    "NO_CODE": {
        "en": "The consumer has no code for it in {}.",
        "es": "El consumidor no tiene un código para ello en {}.",
        "fr": "Le destinataire n’a pas de code pour cela dans {}.",
    },
    "YEAR_INCOMPLETE": {
        "en": "Not all twelve months of the year are there, each with a value.",
        "es": "Faltan meses del año, o el valor de alguno de ellos.",
        "fr": "Il manque un des douze mois de l’année, ou sa valeur.",
    },
    "OTHER_FIRST": {
        "en": "Another observation stands in the cell, by the rule {}, which goes first.",
        "es": "Otra observación ocupa la celda, según la regla {}, que va primero.",
        "fr": "Une autre observation occupe la case, selon la règle {}, qui prime.",
    },
}

_EVERYTHING = Wanted({})


def sentence(
    flow: FlowRules,
    rule: str,
    reason: str,
    subject: str,
    language: str,
    name: Callable[[str, str], str],
) -> str:
    """What says why observations had an outcome, in English where ``language`` has none.

    ``rule``, ``reason`` and ``subject`` are those of :func:`outcomes`, but that ``subject`` is the
    id of a rule and not its rank. ``name`` gives the name of a code of a component.
    """
    if reason == "NO_CODE" and subject in flow.uncoded:
        return _in(flow.uncoded[subject], language)
    if reason in REASONS:
        return _in(REASONS[reason], language).format(subject)
    if rule == NOT_ASKED:
        return _in(flow.otherwise, language)
    found = next(one for one in flow.rules if one.id == rule)
    why = _in(found.why, language)
    return f"{name(found.missed, subject)}: {why}" if subject else why


def named(structures: StructureSet, schema: DataSchema, language: str) -> Callable[[str, str], str]:
    """Names of codes of components of an input, with the codes, for :func:`sentence`."""

    def name(component: str, code: str) -> str:
        codelist = schema.by_id[component].codelist
        known = {} if codelist is None else structures.labels(codelist, language)
        return f"{known[code]} ({code})" if code in known else code

    return name


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language, texts["en"])


def outcomes(
    compiled: Compiled,
    input_: StructureRef,
    inputs: Mapping[StructureRef, Relation],
    by: Sequence[str] = (),
    *,
    contested: bool = True,
) -> list[Piece]:
    """Counts of the observations of an input by outcome.

    They come in parts, each of other rules, to be asked one by one: an engine keeps all that a
    statement asks in memory. ``by`` are columns of the input by which they are counted besides.
    Unless ``contested``, those that could stand in a cell count as used though another observation
    may stand there.

    Columns: ``area`` and ``year`` (text, null where the input has no such component), ``rule`` (the
    rule that took them, or :data:`NOT_ASKED`), ``reason`` (:data:`USED`, the id of a rule, or a key
    of :data:`REASONS`), ``subject`` (what stands for ``{}``; of a rule that leaves out by one code
    the code; or empty), those of ``by`` in their
    order, named ``by0`` and so on, and ``observations``.
    """
    rows = Piece(inputs[input_].sql, inputs[input_].values)
    given = cells_of(compiled, inputs, _EVERYTHING)
    groups = contests(list(given)) if contested else []
    sides = [_not_used(compiled, input_, rows, by)]
    for family in compiled.families:
        if family.input == input_ and family in given:
            rivals = next((g for g in groups if family in g), [])
            others = [given[other] for other in rivals if len(rivals) > 1]
            sides.append(_taken(family, rows, others, by))
    names = f"area, year, rule, reason, subject{_named(by)}"
    counted = f"SELECT {names}, count(*) AS observations FROM ({{}}) c GROUP BY {names}"
    return [side.put(counted) for side in sides]


def _area(schema: DataSchema) -> str:
    return column("REF_AREA") if "REF_AREA" in schema.by_id else "CAST(NULL AS VARCHAR)"


def _year(schema: DataSchema) -> str:
    return year_of() if schema.time is not None else "CAST(NULL AS VARCHAR)"


def _more(by: Sequence[str]) -> str:
    """The columns by which observations are counted besides, to be picked after others."""
    return "".join(f", {column(name)} AS by{place}" for place, name in enumerate(by))


def _named(by: Sequence[str]) -> str:
    """Their names in an answer."""
    return "".join(f", by{place}" for place in range(len(by)))


def _not_used(compiled: Compiled, input_: StructureRef, rows: Piece, by: Sequence[str]) -> Piece:
    """The observations that a rule leaves out, or that no rule takes."""
    rules = compiled.flow.of(input_)
    cases = [rule.condition().put(f"WHEN {{}} THEN '{rule.id}'") for rule in rules]
    used = [f"'{rule.id}'" for rule in rules if rule.use is not None]
    first = Piece.joined(" ", (*cases, Piece(f"ELSE '{NOT_ASKED}'"))).put("CASE {} END")
    if not cases:
        first = Piece(f"'{NOT_ASKED}'")
    schema = compiled.sources[input_]
    missed = {rule.id: rule.missed for rule in rules if rule.missed}
    place = {id_: f"code{number}" for number, id_ in enumerate(sorted(set(missed.values())))}
    codes = "".join(f", {column(id_)} AS {name}" for id_, name in place.items())
    head = first.put(
        f"(SELECT {_area(schema)} AS area, {_year(schema)} AS year, {{}} AS rule{codes}{_more(by)} "
        "FROM "
    )
    inner = Piece.joined("", (head, rows.put("{} r) q")))
    but = f" WHERE rule NOT IN ({', '.join(used)})" if used else ""
    subject = "CAST('' AS VARCHAR)"
    if missed:
        told = " ".join(f"WHEN '{rule}' THEN {place[id_]}" for rule, id_ in missed.items())
        subject = f"coalesce(CASE rule {told} END, '')"
    picked = f"area, year, rule, rule AS reason, {subject} AS subject{_named(by)}"
    return inner.put(f"SELECT {picked} FROM {{}}" + but)


def _taken(family: Family, rows: Piece, rivals: list[Piece], by: Sequence[str]) -> Piece:
    """The observations that the rules of a family take: used, or why they are not."""
    schema, done = family.plan.source, execute(family.plan)
    taken = family.taken
    head = family.rank().put(f"(SELECT r.*, {{}} AS {RANK} FROM ")
    source = Piece.joined("", (head, rows.put("{} r WHERE "), taken, Piece(")")))
    cases: list[tuple[Piece, str, str]] = []
    joins = [done.joins]
    if family.yearly:
        joins.append(_years(family, rows, taken))
        cases.append((Piece("y._there IS NULL"), "YEAR_INCOMPLETE", "''"))
    for fit in done.fits:
        cases.append((fit.condition.denied, "NO_CODE", f"'{', '.join(fit.about)}'"))
    if rivals:
        joins.append(_winner(family, done.columns, rivals))
        lost = Piece(f"w.{RANK} <> {_rank_of(family)}")
        cases.append((lost, "OTHER_FIRST", f"CAST(w.{RANK} AS VARCHAR)"))
    named = " ".join(
        f"WHEN r.{RANK} = {rank} THEN '{rule.id}'"
        for rank, rule in zip(family.ranks, family.rules, strict=True)
    )
    picked = (
        Piece(f"SELECT {_area(schema)} AS area, {_year(schema)} AS year"),
        Piece(f"CASE {named} END AS rule"),
        _first_of([(test, f"'{reason}'") for test, reason, _ in cases]).put("{} AS reason"),
        _first_of([(test, subject) for test, _, subject in cases]).put("{} AS subject" + _more(by)),
    )
    tables = (source.put("FROM {} r"), *(join for join in joins if join.sql))
    return Piece.joined(" ", (Piece.joined(", ", picked), *tables))


def _first_of(cases: list[tuple[Piece, str]]) -> Piece:
    """What the first test that holds gives; an empty text without one."""
    if not cases:
        return Piece("CAST('' AS VARCHAR)")
    listed = [test.put(f"WHEN {{}} THEN {given}") for test, given in cases]
    return Piece.joined(" ", listed).put("CASE {} ELSE '' END")


def _rank_of(family: Family) -> str:
    """The rank of the source row, or of the year that it is a month of."""
    return f"y.{RANK}" if family.yearly else f"r.{RANK}"


def _years(family: Family, rows: Piece, taken: Piece) -> Piece:
    """The join with the years that are whole."""
    schema = family.plan.source
    assert schema.time is not None
    kept = [d for d in schema.series_key if d != "FREQ"]
    years = annual(schema, rows, taken, family.rank())
    on = [f"{column(d)} = {column(d, 'y')}" for d in kept]
    on.append(f"{year_of()} = {column(schema.time.id, 'y')}")
    picked = years.put("(SELECT q.*, 1 AS _there FROM {} q)")
    return picked.put(f"LEFT JOIN {{}} y ON {' AND '.join(on)}")


def _winner(family: Family, columns: Mapping[str, Piece], rivals: list[Piece]) -> Piece:
    """The join with the smallest rank that any family has for the cell."""
    target = family.plan.target
    key = ", ".join(map(quoted, target.key))
    union = Piece.joined(" UNION ALL ", rivals)
    winners = union.put(f"(SELECT {key}, min({RANK}) AS {RANK} FROM ({{}}) c GROUP BY {key})")
    on = Piece.joined(" AND ", (columns[c].put(f"{{}} = {column(c, 'w')}") for c in target.key))
    return Piece.joined(" ", (winners.put("LEFT JOIN {} w ON"), on))
