"""What all parts of a dataset's page are made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hub.store.availability import Holdings, Mask, PeriodCount, SeriesIndex
from registry.pages.headline import NEVER
from registry.pages.i18n import Words
from registry.pages.names import Names
from registry.pages.selection import Selection

__all__ = ["View"]


@dataclass(frozen=True)
class View:
    """A reader's choice among the series of a release, in the reader's language.

    ``index`` lists the series within the years chosen; ``selection`` restricts them further.
    """

    index: SeriesIndex
    holdings: Holdings
    selection: Selection
    names: Names
    words: Words

    @cached_property
    def mask(self) -> Mask:
        """The series chosen."""
        return self.index.mask(self.selection.choice)

    @cached_property
    def periods(self) -> list[PeriodCount]:
        """The periods of the choice, in order of time."""
        chosen = self.selection
        return self.holdings.periods(chosen.choice, chosen.start, chosen.end)

    @cached_property
    def varying(self) -> list[str]:
        """Dimensions with more than one code in the choice; frequency and unit come last."""
        index = self.index
        several = [d for d in index.schema.series_key if len(index.occurring(d, self.mask)) > 1]
        return sorted(several, key=lambda d: d in NEVER)
