"""What a finding expects, and why a reader could not go on: one table, English and Spanish.

A report states ``expected`` in English. Other languages are made from the text alone, by finding
the phrase it was made from; so a stored report can be shown in any language later. A phrase may
hold another phrase (``{place}``, ``{what}``); these are translated too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cached_property, lru_cache
from typing import Any

__all__ = ["LANGUAGES", "Phrases", "say", "translate"]

#: Languages in which findings can be shown; the first is the language of stored reports.
LANGUAGES = ("en", "es")

_PHRASES: dict[str, tuple[str, str]] = {
    # components
    "component": ("a component of {structure}", "un componente de {structure}"),
    "code": ("a code of {codelist}", "un código de {codelist}"),
    "column": ("a column {column} with {what}", "una columna {column} con {what}"),
    "period": (
        "a time period such as 2020, 2020-05, 2020-Q2 or 2020-01-01/P5M",
        "un periodo como 2020, 2020-05, 2020-Q2 o 2020-01-01/P5M",
    ),
    "value": ("a value", "un valor"),
    # types
    "text": ("a text", "un texto"),
    "letters": ("letters only", "solo letras"),
    "letters_digits": ("letters and digits only", "solo letras y cifras"),
    "digits": ("digits only", "solo cifras"),
    "boolean": ("true or false", "true o false"),
    "integer": (
        "a whole number in digits, without spaces or separators",
        "un número entero en cifras, sin espacios ni separadores",
    ),
    "integer_between": (
        "a whole number from {low} to {high}, in digits, without spaces or separators",
        "un número entero de {low} a {high}, en cifras, sin espacios ni separadores",
    ),
    "decimal": (
        "a number in digits with a point before decimals, without spaces or other separators",
        "un número en cifras con punto decimal, sin espacios ni otros separadores",
    ),
    "double": (
        "a number in digits with a point before decimals (or NaN where it is missing), "
        "without spaces or other separators",
        "un número en cifras con punto decimal (o NaN si falta), sin espacios ni otros separadores",
    ),
    "date_time": (
        "a date and time such as 2020-05-17T10:30:00",
        "una fecha y hora como 2020-05-17T10:30:00",
    ),
    "form": ("a text of the form {form}", "un texto de la forma {form}"),
    # facets
    "min_length": ("at least {limit} characters", "al menos {limit} caracteres"),
    "not_switched_off": (
        "a code: give the attribute of a group of series with each row of the group",
        "un código: dé el atributo de un grupo de series en cada fila del grupo",
    ),
    "min_occurs": ("at least {limit} values", "{limit} valores como mínimo"),
    "max_occurs": ("at most {limit} values", "{limit} valores como máximo"),
    "several_values": ("one value, or several of them", "un valor, o varios"),
    "max_length": ("at most {limit} characters", "{limit} caracteres como máximo"),
    "min_value": ("a value of {limit} or more", "un valor de {limit} o más"),
    "max_value": ("a value of {limit} or less", "un valor de {limit} o menos"),
    "decimals": ("at most {limit} decimals", "{limit} decimales como máximo"),
    "pattern": ("a text of the pattern {limit}", "un texto con el patrón {limit}"),
    # time
    "year": ("a year from 0001 to 9999", "un año de 0001 a 9999"),
    "month": ("a month from 01 to 12", "un mes de 01 a 12"),
    "day": ("a day of {month}, which has {last}", "un día de {month}, que tiene {last}"),
    "number": (
        "a period {letter} from 1 to {last}, as many as the year {year} has",
        "un periodo {letter} de 1 a {last}, los que tiene el año {year}",
    ),
    "time": (
        "a time from 00:00:00 to 23:59:59",
        "una hora de 00:00:00 a 23:59:59",
    ),
    "duration": (
        "a range with a duration longer than nothing, such as 2020-01-01/P5M",
        "un intervalo con una duración mayor que cero, como 2020-01-01/P5M",
    ),
    "range_start": (
        "a range that starts on a date, such as 2020-01-01/P5M",
        "un intervalo que empieza en una fecha, como 2020-01-01/P5M",
    ),
    "frequency": (
        "a period of the frequency {code} ({example})",
        "un periodo de la frecuencia {code} ({example})",
    ),
    # constraints
    "one_of": ("one of {values} ({constraint})", "uno de {values} ({constraint})"),
    "of_many": (
        "one of the {number} values that {constraint} allows",
        "uno de los {number} valores que permite {constraint}",
    ),
    "within": ("a period {span} ({constraint})", "un período {span} ({constraint})"),
    "listed_key": ("a key that {constraint} lists", "una clave que {constraint} enumere"),
    "not_excluded": (
        "a value that {constraint} does not exclude",
        "un valor que {constraint} no excluya",
    ),
    "outside": (
        "a combination that {constraint} does not exclude",
        "una combinación que {constraint} no excluya",
    ),
    # observations
    "value_or_status": (
        "a value, or an OBS_STATUS that says why there is none (O, M, L, Q, H)",
        "un valor, o un OBS_STATUS que diga por qué falta (O, M, L, Q, H)",
    ),
    "status_of_value": (
        "an OBS_STATUS for a value that is given, or no value",
        "un OBS_STATUS propio de un valor presente, o ningún valor",
    ),
    "same": ("{value}, as in {place}", "{value}, como en {place}"),
    "once": ("the key once; it stands already in {place}", "la clave una vez; ya está en {place}"),
    "row": ("row {number}", "la fila {number}"),
    "sheet_row": ("row {number} of sheet {sheet}", "la fila {number} de la hoja {sheet}"),
    "line": ("line {number}", "la línea {number}"),
    "observation": ("observation {number}", "la observación {number}"),
    "same_empty": ("nothing, as in {place}", "ningún valor, como en {place}"),
    "a_key": ("a key", "una clave"),
    "observations": ("at least one observation", "al menos una observación"),
    "known_structure": (
        "a dataflow or structure that the hub has",
        "un flujo de datos o estructura que el hub tenga",
    ),
    # the field
    "sum": ("{a}, the sum of {b}", "{a}, la suma de {b}"),
    "until": ("an area of {b}; this one ended on {a}", "un área de {b}; esta terminó el {a}"),
    "since": ("an area of {b}; this one began on {a}", "un área de {b}; esta empezó el {a}"),
    "begun": (
        "nothing for {a}, which has not begun, or OBS_STATUS F",
        "nada para {a}, que no ha empezado, u OBS_STATUS F",
    ),
    "ended": (
        "nothing for {a} until it is over, the months that are over as a range, or OBS_STATUS F",
        "nada para {a} hasta que termine, los meses transcurridos como intervalo, u OBS_STATUS F",
    ),
    "agreed": (
        "an area of the sender's provision agreement ({a})",
        "un área del acuerdo de provisión del remitente ({a})",
    ),
    "proportion": (
        "a value in proportion to {a} a year before, {b} in the period before, "
        "{c} as the median of the periods before",
        "un valor en proporción a {a} un año antes, {b} en el periodo anterior, "
        "{c} como mediana de los periodos anteriores",
    ),
    "not_nil": (
        "a value, as in the other {b} periods ({a} or more), or OBS_STATUS M where none is known",
        "un valor, como en los otros {b} periodos ({a} o más), u OBS_STATUS M si nada se sabe",
    ),
    "margin": (
        "{a}, which the table by {b} adds up to",
        "{a}, que es lo que suma el cuadro por {b}",
    ),
    "margin_total": ("{a}, which is the total", "{a}, que es el total"),
    "account": (
        "a change of the stock, {a}, near what came less what went, {b} - {c}",
        "una variación de la población, {a}, cercana a lo que entró menos lo que salió, {b} - {c}",
    ),
    "embargo_end": (
        "{a}, or an embargo of the dataflow or agreement, with which CONF_STATUS E ends",
        "{a}, o un embargo del flujo de datos o del acuerdo, con el que termina CONF_STATUS E",
    ),
    "embargo_flag": ("{a} until the embargo ends", "{a} hasta que termine el embargo"),
    "rival": ("{a}, as {b} has published", "{a}, como ha publicado {b}"),
    "not_less": ("{a} or more, as in {b}", "{a} o más, como en {b}"),
    # metadata sets
    "md_target": ("{targets}, as the hub has it", "{targets}, tal como lo tiene el centro"),
    "md_provider": ("the metadata provider {provider}", "el proveedor de metadatos {provider}"),
    "md_attributes": ("any of {attributes}", "cualquiera de {attributes}"),
    "md_texts": (
        "a text in each of its languages",
        "un texto en cada uno de sus idiomas",
    ),
    "md_title": (
        "no value of its own: it only holds other attributes",
        "ningún valor propio: sólo contiene otros atributos",
    ),
    "md_address": (
        "an address such as https://example.org",
        "una dirección como https://example.org",
    ),
    "well_formed": ("a well-formed message", "un mensaje bien formado"),
    # national files
    "the_row": ("the row {label}", "la fila {label}"),
    "the_column": ("the column {label}", "la columna {label}"),
    "the_cell": ("the cell {cell}", "la celda {cell}"),
    "the_parts": ("the sum of the parts of the country", "la suma de las partes del país"),
    "map_label": ("a label of {map}", "una etiqueta de {map}"),
    "a_label": ("a label", "una etiqueta"),
    "a_number": ("a number", "un número"),
    "numbers": ("numbers", "números"),
    "a_year": ("a year", "un año"),
    "a_month": ("a month", "un mes"),
    "a_span": (
        "months in full and a year, as in {example}",
        "los meses completos y el año, como en {example}",
    ),
    "summed": ("the rows it sums", "las filas que suma"),
    "rows_for": ("rows for {what_of}", "filas de {what_of}"),
    "count": ("a whole number, 0 or more", "un número entero, 0 o más"),
    "foreigners": ("foreigners", "extranjeros"),
    "two_countries": ("two countries", "dos países"),
    "area_of": ("an area of {period}", "un área de {period}"),
    "at_most": ("at most {limit}", "{limit} como máximo"),
    # why a reader could not go on
    "an_object": ("an object", "un objeto"),
    "a_list": ("a list", "una lista"),
    "whole": ("a whole number", "un número entero"),
    "xml_tags": (
        "Opening and ending tag mismatch: {a} line {number} and {b}",
        "la etiqueta {a} de la línea {number} se cierra con la de {b}",
    ),
    "xml_cut": (
        "Premature end of data in tag {a} line {number}",
        "se acaba dentro de la etiqueta {a} de la línea {number}",
    ),
    "xml_empty": ("Document is empty", "no hay nada"),
    "xml_start": ("Start tag expected, '<' not found", "se esperaba una etiqueta y falta «<»"),
    "xml_more": (
        "Extra content at the end of the document",
        "hay algo más después del final del documento",
    ),
    "xml_tag_cut": (
        "Couldn't find end of Start Tag {a} line {number}",
        "la etiqueta {a} de la línea {number} no termina",
    ),
    "xml_tag_cut_short": ("Couldn't find end of Start Tag {a}", "la etiqueta {a} no termina"),
    "xml_entity": ("xmlParseEntityRef: no name", "hay un «&» suelto: escriba «&amp;»"),
    "xml_less": (
        "Unescaped '<' not allowed in attributes values",
        "hay un «<» dentro de un atributo: escriba «&lt;»",
    ),
    "xml_twice": ("Attribute {a} redefined", "el atributo {a} está dos veces"),
    "xml_name": ("StartTag: invalid element name", "el nombre de una etiqueta no es válido"),
    "xml_quotes": ("AttValue: \" or ' expected", "el valor de un atributo no está entre comillas"),
    "json_cut": ("unexpected end of data", "termina antes de tiempo"),
    "json_sign": ("unexpected character", "hay un carácter que no corresponde"),
    "json_comma": ("trailing comma is not allowed", "sobra una coma al final de una lista"),
}

_FIELD = re.compile(r"\{(\w+)\}")
#: Between names of sums: each begins with its article.
_AND = re.compile(r" and (?=the (?:row|column|sum) )")
_JOINT = (" and ", " y ")


class Phrases:
    """Templates in all languages, by which a text made from the English one is told in another.

    Fields of ``nested`` hold phrases of the table above, those of ``lists`` several of them.
    """

    def __init__(
        self,
        templates: Mapping[Any, tuple[str, ...]],
        *,
        nested: Collection[str] = (),
        lists: Collection[str] = (),
    ) -> None:
        self._templates = templates
        self._nested = frozenset(nested)
        self._lists = frozenset(lists)

    def translate(self, text: str, language: str) -> str | None:
        """``text`` in another language; ``None`` when it was made from none of the templates."""
        index = LANGUAGES.index(language)
        for name, pattern in self._patterns:
            match = pattern.fullmatch(text)
            if match is not None:
                fields = {
                    field: self._field(field, value, language)
                    for field, value in match.groupdict().items()
                }
                return _fill(self._templates[name][index], fields)
        return None

    def _field(self, field: str, value: str, language: str) -> str:
        if field in self._nested:
            return translate(value, language)
        if field in self._lists:
            told = [translate(each, language) for each in _AND.split(value)]
            return _JOINT[LANGUAGES.index(language)].join(told)
        return value

    @cached_property
    def _patterns(self) -> tuple[tuple[Any, re.Pattern[str]], ...]:
        """Templates and what recognises them, the most literal first."""
        made = []
        for number, (name, (english, *_)) in enumerate(self._templates.items()):
            pieces = _FIELD.split(english)
            source = "".join(
                f"(?P<{piece}>.*)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces)
            )
            literal = sum(map(len, pieces[::2]))
            made.append((-literal, number, name, re.compile(source, re.DOTALL)))
        return tuple((name, pattern) for *_, name, pattern in sorted(made, key=lambda m: m[:2]))


_TABLE = Phrases(_PHRASES, nested={"what", "place"})


def say(phrase: str, **fields: object) -> str:
    """The phrase in the language of stored reports (English)."""
    return _fill(_PHRASES[phrase][0], {name: str(value) for name, value in fields.items()})


@lru_cache(maxsize=16_384)
def translate(text: str, language: str) -> str:
    """``text``, made by :func:`say`, in another language; unchanged when it is no phrase.

    Raises ``ValueError`` when the language is not offered.
    """
    if LANGUAGES.index(language) == 0:
        return text
    told = _TABLE.translate(text, language)
    return text if told is None else told


def _fill(template: str, fields: dict[str, str]) -> str:
    # Not str.format: values of strangers may hold braces.
    return _FIELD.sub(lambda m: fields[m[1]], template)
