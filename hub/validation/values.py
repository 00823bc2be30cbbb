"""Are uncoded values of their type and within its limits? VALUE_TYPE, FACET."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import SemanticError
from hub.model import several
from hub.model.dataset import Action
from hub.model.schema import Component, DataSchema, Facets, Role
from hub.validation.faults import Faults
from hub.validation.phrases import say
from hub.validation.types import ValueType, value_type
from hub.validation.view import Column, Mask, Texts, View

__all__ = ["Values", "each_value", "misfits"]

_ZERO, _NINE = np.frombuffer(b"09", np.uint8)


def each_value(component: Component, bad: Callable[[str], bool]) -> Callable[[str], bool]:
    """``bad`` for the text of a measure or an attribute: for each of its values, if several.

    A value that is missing on purpose is never bad; a text that begins like several values and is
    not formed like them always is.
    """
    missing = component.missing
    if not component.several:
        return lambda text: text != missing and bad(text)

    def any_bad(text: str) -> bool:
        try:
            values = several.split(text)
        except ValueError:
            return True
        return any(value != missing and bad(value) for value in values)

    return any_bad


class Values:
    """Checks every uncoded column of a schema but time.

    Measures are checked as whole Arrow columns, for their values are mostly distinct; attributes
    on their distinct values.
    """

    def __init__(self, schema: DataSchema) -> None:
        self._columns = [
            (c, value_type(c.text_type) if c.codes is None else None, _limits(c))
            for c in schema.components
            if (c.codes is None or c.several) and c.role is not Role.TIME
        ]

    def __call__(self, view: View, faults: Faults) -> None:
        """Report the cells of a block that are not of their type or break a limit."""
        for component, type_, limits in self._columns:
            if type_ is None and not limits and not component.several:
                continue
            if view.action is Action.DELETE and component.role is not Role.DIMENSION:
                continue
            array = view.array(component.id)
            if array is None or array.null_count == len(array):
                continue
            if pa.types.is_dictionary(array.type) or component.several:
                self._distinct(view, faults, component, type_, limits)
            else:
                self._whole(view, faults, component, type_, limits)

    def _distinct(
        self,
        view: View,
        faults: Faults,
        component: Component,
        type_: ValueType | None,
        limits: list[_Limit],
    ) -> None:
        column = view.column(component.id)
        assert column is not None
        left = column.used.tolist()
        judge = _of_dimension if component.role is Role.DIMENSION else each_value
        if type_ is not None or component.several:
            accepts = type_.accepts if type_ is not None else lambda text: True
            misfit = judge(component, lambda text: not accepts(text))
            bad = [i for i in left if misfit(column.values[i])]
            if bad:
                rows = column.rows_of(bad) & view.sound(component.id)
                expected = type_.expected if type_ is not None else say("several_values")
                faults.rows("VALUE_TYPE", view, rows, component.id, expected)
                view.mark(component.id, rows)
                left = sorted(set(left) - set(bad))
        for limit in limits:
            broken = limit.broken if limit.whole else judge(component, limit.broken)
            bad = [i for i in left if broken(column.values[i])]
            _limit(view, faults, component, limit, column.rows_of(bad) if bad else None)

    def _whole(
        self,
        view: View,
        faults: Faults,
        component: Component,
        type_: ValueType | None,
        limits: list[_Limit],
    ) -> None:
        array = view.array(component.id)
        missing = view.missing(component)
        if type_ is not None:
            rows = misfits(array, type_)
            if rows is not None and missing is not None:
                rows &= ~missing
            if rows is not None and rows.any():
                faults.rows("VALUE_TYPE", view, rows, component.id, type_.expected)
                view.mark(component.id, rows)
        for limit in limits:
            sound = view.sound(component.id)
            rows = limit.breaking(array, sound if missing is None else sound & ~missing)
            _limit(view, faults, component, limit, rows)


def misfits(array: Texts, type_: ValueType) -> Mask | None:
    """Rows whose text is not of the type; the pattern runs over the whole column."""
    if type_.pattern is None or type_.test is not None:
        bad = _each(array, lambda text: not type_.accepts(text))
        return bad if bad.any() else None
    if type_.number and _all_digits(array):  # any number may be
        bad = np.zeros(len(array), dtype=bool)
    else:
        fits: Texts = pc.match_substring_regex(array, rf"^(?:{type_.pattern})\z")
        bad = ~fits.fill_null(True).to_numpy(zero_copy_only=False)
    if type_.low is not None and type_.high is not None:
        # Up to nine digits are in every range but the short one; only longer texts are read.
        short = 4 if type_.high < 10**9 else 9
        length: Texts = pc.binary_length(array)
        long = (length.fill_null(0).to_numpy() > short) & ~bad
        if long.any():
            which = np.flatnonzero(long)
            texts = array.take(which).to_pylist()
            bad[which] = [not type_.accepts(text) for text in texts]
    return bad if bad.any() else None


def _all_digits(array: Texts) -> bool:
    """Whether every text is digits and nothing else, as counts of people are; from the bytes."""
    if array.type != pa.string():
        return False
    _, offsets, data = array.buffers()
    if data is None or array.null_count:
        return False
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    letters = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    return bool((ends[1:] > ends[:-1]).all() and (letters - _ZERO <= _NINE - _ZERO).all())


def _of_dimension(component: Component, bad: Callable[[str], bool]) -> Callable[[str], bool]:
    """A dimension has one value, and it is never missing."""
    return bad


def _each(array: Texts, test: Callable[[str], bool]) -> Mask:
    """``test`` for the distinct texts of a column, spread over its rows; null is never bad."""
    column = Column(array)
    return column.rows_of([i for i, text in enumerate(column.values) if test(text)])


class _Limit:
    """One facet: its words, and a test for a single text that breaks it.

    ``whole``: the test is for the text of the cell, not for each of several values.
    """

    whole = False

    def __init__(self, phrase: str, limit: object, broken: Callable[[str], bool]) -> None:
        self.expected = say(phrase, limit=_plain(limit))
        self.broken = broken

    def breaking(self, array: Texts, sound: Mask) -> Mask:
        """Rows of a text column that break it; only ``sound`` rows are judged."""
        bad = np.zeros(len(array), dtype=bool)
        which = np.flatnonzero(sound)
        bad[which] = _each(array.take(which), self.broken)
        return bad


def _plain(limit: object) -> object:
    """A limit as people write it: 100, not 100.0 or 1e+02."""
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


class _Count(_Limit):
    """A smallest or largest number of values in one cell."""

    whole = True


class _Bound(_Limit):
    """A smallest or largest value, over a whole column of numbers."""

    def __init__(self, phrase: str, limit: float, *, lowest: bool) -> None:
        super().__init__(phrase, limit, lambda text: bool(self._out(np.float64(text))))
        self._bound, self._lowest = limit, lowest

    def _out(self, value: Any) -> Any:
        return value < self._bound if self._lowest else value > self._bound

    def breaking(self, array: Texts, sound: Mask) -> Mask:
        which = np.flatnonzero(sound & ~array.is_null().to_numpy(zero_copy_only=False))
        bad = np.zeros(len(array), dtype=bool)
        numbers = array.take(which).cast(pa.float64()).to_numpy()
        bad[which] = self._out(numbers)  # NaN is neither below nor above
        return bad


def _limits(component: Component) -> list[_Limit]:
    facets: Facets = component.facets
    limits: list[_Limit] = []
    least, most, decimals = facets.min_length, facets.max_length, facets.decimals
    if least is not None:
        limits.append(_Limit("min_length", least, lambda text: len(text) < least))
    if most is not None:
        limits.append(_Limit("max_length", most, lambda text: len(text) > most))
    if component.is_numeric:
        if facets.min_value is not None:
            limits.append(_Bound("min_value", facets.min_value, lowest=True))
        if facets.max_value is not None:
            limits.append(_Bound("max_value", facets.max_value, lowest=False))
        if decimals is not None:
            limits.append(_Limit("decimals", decimals, lambda text: _decimals(text) > decimals))
    if component.several:
        limits += _counts(component.min_occurs, component.max_occurs)
    if facets.pattern is not None:
        pattern = _pattern(component, facets.pattern)
        limits.append(_Limit("pattern", facets.pattern, lambda t: pattern.fullmatch(t) is None))
    return limits


def _counts(few: int, many: int | None) -> Iterator[_Limit]:
    """The limits on how many values one cell has."""
    if few > 1:
        yield _Count("min_occurs", few, lambda text: len(several.split(text)) < few)
    if many is not None:
        yield _Count("max_occurs", many, lambda text: len(several.split(text)) > many)


def _limit(
    view: View, faults: Faults, component: Component, limit: _Limit, rows: Mask | None
) -> None:
    """Report rows that break a limit, once per cell."""
    if rows is None:
        return
    rows &= view.sound(component.id)
    if rows.any():
        faults.rows("FACET", view, rows, component.id, limit.expected)
        view.mark(component.id, rows)


def _decimals(text: str) -> int:
    """Digits after the point that mean something: ``1.50`` has one."""
    return len(text.partition(".")[2].rstrip("0")) if "e" not in text.lower() else 0


def _pattern(component: Component, source: str) -> re.Pattern[str]:
    """An XML Schema pattern, which matches whole values and has classes of its own."""
    # A tenth of a second, only for structures with patterns.
    from elementpath.regex import RegexError, translate_pattern  # noqa: PLC0415

    try:
        return re.compile(
            translate_pattern(source, back_references=False, lazy_quantifiers=False, anchors=False)
        )
    except (RegexError, re.error) as error:
        raise SemanticError(
            f"The pattern of {component.id} in the data structure is not valid: {error}"
        ) from None
