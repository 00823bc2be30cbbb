"""What a finding expects, in words: one table, English and Spanish.

A report states ``expected`` in English. Other languages are made from the text alone, by finding
the phrase it was made from; so a stored report can be shown in any language later. A phrase may
hold another phrase (``{place}``, ``{what}``); these are translated too.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = ["LANGUAGES", "say", "translate"]

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
    "not_less": ("{a} or more, as in {b}", "{a} o más, como en {b}"),
    "well_formed": ("a well-formed message", "un mensaje bien formado"),
}

_FIELD = re.compile(r"\{(\w+)\}")


def say(phrase: str, **fields: object) -> str:
    """The phrase in the language of stored reports (English)."""
    return _fill(_PHRASES[phrase][0], {name: str(value) for name, value in fields.items()})


def translate(text: str, language: str) -> str:
    """``text``, made by :func:`say`, in another language; unchanged when it is no phrase.

    Raises ``ValueError`` when the language is not offered.
    """
    index = LANGUAGES.index(language)
    if index == 0:
        return text
    for english, pattern in _patterns():
        match = pattern.fullmatch(text)
        if match is not None:
            fields = {
                name: translate(value, language) if name in {"what", "place"} else value
                for name, value in match.groupdict().items()
            }
            return _fill(_PHRASES[english][index], fields)
    return text


def _fill(template: str, fields: dict[str, str]) -> str:
    # Not str.format: values of strangers may hold braces.
    return _FIELD.sub(lambda m: fields[m[1]], template)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Phrases and what recognises them, the most literal first."""
    made = []
    for name, (english, _) in _PHRASES.items():
        pieces = _FIELD.split(english)
        source = "".join(
            f"(?P<{piece}>.*)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces)
        )
        made.append((sum(map(len, pieces[::2])), name, re.compile(source, re.DOTALL)))
    made.sort(key=lambda each: (-each[0], each[1]))
    return tuple((name, pattern) for _, name, pattern in made)
