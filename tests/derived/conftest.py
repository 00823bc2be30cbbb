"""A hub with the publishers' own files, and an empty one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from derived_inputs import opened

from hub import intake
from hub.derived.publish import refresh
from hub.store.home import Hub

#: What is handed in: connector and file.
FILES = {
    "int/iom_missing_migrants": "iom-missing-migrants/mmp_americas_2014_2020.csv",
    "int/unhcr_displacement": "unhcr-refugees/population.csv",
    "int/undesa_stock": (
        "undesa-migrant-stock/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx"
    ),
    "int/undesa_population": (
        "undesa-migrant-stock/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx"
    ),
    "mex/iom_returns": "iom-gdidata/irreg_mexico_exp.csv",
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with opened(tmp_path / "home") as found:
        yield found


@pytest.fixture(scope="session")
def full(
    tmp_path_factory: pytest.TempPathFactory, shared_data: Callable[[str], Path]
) -> Iterator[Hub]:
    """The publishers' files, published, and the indicators computed; not to be published into."""
    paths = {connector: shared_data(file) for connector, file in FILES.items()}
    with opened(tmp_path_factory.mktemp("full") / "home") as found:
        for connector, path in paths.items():
            intake.submit(found, path, path.name, connector=connector)
        intake.run_pending(found)
        assert refresh(found) is not None
        intake.run_pending(found)
        yield found
