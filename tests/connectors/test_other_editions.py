"""Another edition of a known publication goes through unchanged, or is refused: never otherwise.

Asked of every connector on its samples, and of the publishers' own files where they are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import mutations
import pytest
from mutations import NEW_LABEL, WRITABLE, Edition, edition
from outcome import Outcome

from connectors import catalogue
from connectors.framework.discovery import Connectors
from connectors.framework.golden import golden_of, kept_golden
from hub.model.findings import Severity
from hub.structures.repository import StructureSet

Read = Callable[..., Outcome]
CONNECTORS = Connectors()
IDS = catalogue.ids()
SAMPLES = [
    pytest.param(i, p, id=f"{i}:{p.name}")
    for i in IDS
    for p in catalogue.samples(i)
    if p.suffix in WRITABLE
]
REAL = [
    ("mex/upm_air_entries", "mexico-upm/c131_2026_05.xls"),
    ("dom/bcrd_air_arrivals", "dominican-republic-bcrd/lleg_nacionalidad_2026.xls"),
    ("dom/bcrd_air_totals", "dominican-republic-bcrd/lleg_total_2026.xls"),
    ("mex/iom_irregular_nationality", "iom-gdidata/irreg_mexico_nat.csv"),
    ("hnd/iom_irregular_sex_age", "iom-gdidata/irreg_honduras_dmg.csv"),
    ("gtm/iom_returnees", "iom-gdidata/irreg_guatemala.csv"),
    ("int/oecd_flows", "oecd-dsd-mig/DF_MIG_B11_World_2012_2022.csv"),
    ("int/unhcr_displacement", "unhcr-refugees/HDX_EndYearPopulationTotals.csv"),
]


def errors(outcome: Outcome) -> list[str]:
    return [f"{f.rule}: {f.found}" for f in outcome.findings if f.severity is Severity.ERROR]


def figures(outcome: Outcome) -> list[tuple[str | None, ...]]:
    frame = outcome.frame[sorted(outcome.frame.columns)]
    return sorted(map(tuple, frame.where(frame.notna(), "").to_numpy().tolist()))


def same_or_refused(before: Outcome, after: Outcome) -> None:
    """The figures of ``after`` are those of ``before``, or it is not for publication."""
    assert errors(after) or figures(after) == figures(before)


def unchanged(before: Outcome, after: Outcome) -> None:
    assert errors(after) == errors(before)
    assert figures(after) == figures(before)


@pytest.mark.parametrize("connector", IDS)
def test_the_samples_come_to_what_a_person_said(connector: str, structures: StructureSet) -> None:
    found = CONNECTORS.get(connector)
    kept = kept_golden(found)
    assert kept is not None, f"look at what the samples give: mighub connectors golden {connector}"
    now = golden_of(found, structures)
    assert now == kept, f"if this is right: mighub connectors golden {connector}"


@pytest.fixture(scope="module")
def before(read: Read) -> Read:
    """A sample as it is; read once."""
    return cache(read)


@cache
def sample(connector: str, path: Path) -> Edition:
    return edition(CONNECTORS.get(connector), path)


@pytest.mark.parametrize(("connector", "path"), SAMPLES)
def test_a_table_somewhere_else_on_its_sheet_is_the_same_table(
    connector: str, path: Path, before: Read, read: Read, tmp_path: Path
) -> None:
    unchanged(
        before(connector, path),
        read(connector, mutations.shifted(sample(connector, path), tmp_path)),
    )


@pytest.mark.parametrize(("connector", "path"), SAMPLES)
def test_columns_that_changed_places_change_no_figure(
    connector: str, path: Path, before: Read, read: Read, tmp_path: Path
) -> None:
    other = mutations.swapped(sample(connector, path), tmp_path)
    if other is not None:
        same_or_refused(before(connector, path), read(connector, other))


@pytest.mark.parametrize(("connector", "path"), SAMPLES)
def test_a_label_nobody_knows_is_named(
    connector: str, path: Path, read: Read, tmp_path: Path
) -> None:
    other = mutations.relabelled(sample(connector, path), tmp_path)
    if other is not None:
        assert any(NEW_LABEL in each for each in errors(read(connector, other)))


@pytest.mark.parametrize(("connector", "path"), SAMPLES)
def test_a_title_that_stands_twice_changes_no_figure(
    connector: str, path: Path, before: Read, read: Read, tmp_path: Path
) -> None:
    other = mutations.titled_again(sample(connector, path), tmp_path)
    if other is not None:
        same_or_refused(before(connector, path), read(connector, other))


@pytest.mark.parametrize(("connector", "path"), SAMPLES)
def test_a_column_nobody_knows_is_not_passed_over(
    connector: str, path: Path, read: Read, tmp_path: Path
) -> None:
    other = mutations.widened(sample(connector, path), tmp_path)
    if other is not None:
        assert errors(read(connector, other))


@pytest.mark.parametrize(("connector", "path"), SAMPLES)
def test_a_file_of_records_without_a_column_is_refused(
    connector: str, path: Path, read: Read, tmp_path: Path
) -> None:
    listing = sample(connector, path).listing
    if listing is None:
        return
    tables = CONNECTORS.get(connector).record.layout["tables"]
    optional = {text for given in tables.values() for text in given.get("optional") or ()}
    for key in listing.keys:
        if key.header not in optional:
            other = mutations.without(sample(connector, path), key.column, tmp_path)
            assert errors(read(connector, other)), key.header


@pytest.mark.parametrize(("connector", "name"), REAL)
def test_other_editions_of_the_publishers_own_files(
    connector: str, name: str, read: Read, tmp_path: Path, shared_data: Callable[[str], Path]
) -> None:
    real = edition(CONNECTORS.get(connector), shared_data(name))
    before = read(connector, real.path)
    unchanged(before, read(connector, mutations.shifted(real, tmp_path)))
    swapped = mutations.swapped(real, tmp_path)
    assert swapped is not None
    unchanged(before, read(connector, swapped))
    relabelled = mutations.relabelled(real, tmp_path)
    if relabelled is not None:
        named = [each for each in errors(read(connector, relabelled)) if NEW_LABEL in each]
        assert named and not set(named) & set(errors(before))
    titled = mutations.titled_again(real, tmp_path)
    if titled is not None:
        same_or_refused(before, read(connector, titled))
