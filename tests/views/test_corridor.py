"""Venezuelans and Hondurans of 2021 and 2022 at the stages of the route, from the real files.

Three of the files are refused as they are, because of rows of other nationalities whose meaning is
in doubt; the tests send their whole rows of 2021 and 2022 without those nationalities.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from flask.testing import FlaskClient
from lxml import html
from mirror_table import STRUCTURES, Row, admin, seen

from hub import intake
from hub.intake import State
from hub.settings import Settings
from hub.store.home import Hub
from hub.views.corridor import Corridor, stages
from registry.app import create_app

Shared = Callable[[str], Path]

FLOW = "MIGHUB,DF_MIG_CORRIDOR,1.0.0"
IRREGULAR = "DF_MIG_IRREGULAR"

#: Connector, publisher's file, nationalities in doubt, stage.
FILES = (
    ("pan/iom_darien_nationality", "irreg_darien_nat.csv", ("TIB", "PAN"), "DARIEN"),
    ("hnd/iom_irregular_nationality", "irreg_honduras_nat.csv", ("TWN",), "HND_ENTRY"),
    ("mex/iom_irregular_nationality", "irreg_mexico_nat.csv", ("FRA", "GIN"), "MEX_IRREGULAR"),
    ("usa/iom_encounters", "irreg_usa.csv", (), "USA_SOUTHWEST"),
)


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def hub(shared_data: Shared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("route")
    with Hub.init(Settings.load({"HUB_HOME": str(folder / "home")})) as made:
        for connector, name, doubtful, _ in FILES:
            rows = read(shared_data(f"iom-gdidata/{name}"))
            kept = rows[(rows["t"] >= "2021") & ~rows["nat"].isin(doubtful)]
            path = folder / name
            kept.to_csv(path, index=False, lineterminator="\n")
            token = intake.submit(made, path, name, connector=connector)
            assert intake.process(made, token).state is State.PUBLISHED, connector
        yield made


@pytest.fixture(scope="module")
def client(hub: Hub) -> FlaskClient:
    return create_app(hub).test_client()


def figures(client: FlaskClient, nationality: str) -> pd.DataFrame:
    path = f"/sdmx/v1/data/{FLOW}/M.{nationality}....?format=csvdata&startPeriod=2021"
    response = client.get(path)
    assert response.status_code == 200
    return pd.read_csv(
        io.StringIO(response.get_data(as_text=True)), dtype=str, keep_default_na=False
    )


@pytest.mark.parametrize(
    ("nationality", "months"),
    [
        ("VEN", {"DARIEN": 23, "HND_ENTRY": 24, "MEX_IRREGULAR": 24, "USA_SOUTHWEST": 24}),
        ("HND", {"MEX_IRREGULAR": 24, "USA_SOUTHWEST": 24}),
    ],
)
def test_each_stage_is_what_its_file_adds_up_to(
    client: FlaskClient, shared_data: Shared, nationality: str, months: dict[str, int]
) -> None:
    found = figures(client, nationality)
    assert found["STAGE"].value_counts().to_dict() == months
    for _, name, _, stage in FILES:
        rows = read(shared_data(f"iom-gdidata/{name}"))
        rows = rows[(rows["nat"] == nationality) & (rows["t"] >= "2021")]
        expected = rows["n"].astype(int).groupby(rows["t"]).sum().to_dict()
        own = found[found["STAGE"] == stage].set_index("TIME_PERIOD")
        assert own["OBS_VALUE"].astype(int).to_dict() == expected, stage


def test_each_stage_keeps_its_own_definition(client: FlaskClient) -> None:
    found = figures(client, "VEN").drop_duplicates("STAGE").set_index("STAGE")
    said = found[["REF_AREA", "UNIT_MEASURE", "DEFINITION", "COLLECTION"]]
    assert {stage: tuple(row) for stage, row in said.iterrows()} == {
        "DARIEN": ("PAN", "PS", "BORDER_EVENT", "BORDER"),
        "HND_ENTRY": ("HND", "PS", "BORDER_EVENT", "BORDER"),
        "MEX_IRREGULAR": ("MEX", "EV", "ADMIN_PROC", "ADMIN"),
        "USA_SOUTHWEST": ("USA", "EV", "APPREHENSION", "ADMIN"),
    }


def test_a_month_without_a_figure_is_no_zero(client: FlaskClient) -> None:
    """Panama's file has no Venezuelans in March 2021."""
    found = figures(client, "VEN")
    march = found[found["TIME_PERIOD"] == "2021-03"]
    assert "DARIEN" not in set(march["STAGE"])
    tree = page(client, "/corridor?nationality=VEN&from=2021&to=2021")
    (row,) = tree.xpath("//section[h2='Month by month']//tr[th='Mar 2021']")
    assert row.xpath("string(td[1])") == "–"


def page(client: FlaskClient, address: str, language: str = "en") -> html.HtmlElement:
    response = client.get(address, headers={"Accept-Language": language})
    assert response.status_code == 200, address
    found: html.HtmlElement = html.fromstring(response.get_data(as_text=True))
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_shows_stages_definitions_and_months(client: FlaskClient, language: str) -> None:
    tree = page(client, "/corridor?nationality=VEN&from=2021&to=2022", language)
    names = [h.text_content() for h in tree.xpath("//ol[@class='stages']//h3")]
    assert [name.split(":")[0] for name in names] == (
        ["Darién", "Honduras", "Mexico", "United States"]
        if language == "en"
        else ["Darién", "Honduras", "México", "Estados Unidos"]
    )
    assert len(tree.xpath("//ol[@class='stages']//*[local-name()='svg']")) == 4
    assert len(tree.xpath("(//table)[1]//tbody/tr")) == 24
    text = tree.text_content().lower()
    assert "40,593" in text  # Darién, October 2022
    assert "conversion" not in text
    assert "conversión" not in text


def test_a_nationality_that_one_stage_does_not_count_says_so(client: FlaskClient) -> None:
    text = page(client, "/corridor?nationality=HND&from=2021&to=2022").text_content()
    assert "Without published figures for this choice: Darién" in text


def test_from_a_figure_to_the_encounters_it_is_made_of(client: FlaskClient) -> None:
    tree = page(client, "/corridor?nationality=VEN&from=2022&to=2022")
    (row,) = tree.xpath("//tr[th='Dec 2022']")
    figure = row.xpath("td[last()]/a")[0]
    made = page(client, figure.get("href"))
    parts = [int(a.text.replace(",", "")) for a in made.xpath("//tbody//a")]
    assert sum(parts) == int(figure.text.replace(",", "")) == 8187
    source = page(client, made.xpath("//tbody//a/@href")[0])
    assert "irreg_usa.csv" in source.text_content()


# -- the rules ----------------------------------------------------------------------------------


def encounters(value: int, measure: str, group: tuple[str, str], post: str, **more: str) -> Row:
    age, condition = group
    given = {"CITIZENSHIP": "VEN", "COUNTRY_COUNTERPART": "MEX", "TRANSPORT_MODE": "LAND",
             "AGE": age, "TRAVEL_CONDITION": condition, "BORDER_POINT": post,
             "UNIT_MEASURE": "EV", **more}  # fmt: skip
    return admin("USA", measure, value, "USA_CBP", **given)


GROUPS = (("Y_GE18", "ALONE"), ("_T", "FAMILY"), ("Y_LT18", "UNACC"), ("Y_LT18", "ACC"))


def test_groups_posts_and_kinds_of_encounters_are_added_up_once() -> None:
    rows = [
        encounters(1, measure, group, post)
        for measure in ("ENCOUNTERS_APPREHENDED", "ENCOUNTERS_EXPELLED")
        for group in GROUPS
        for post in ("USA_BP_YUMA", "USA_FO_LAREDO")
    ]
    (one,) = seen(Corridor(), {IRREGULAR: rows})
    assert (one["STAGE"], one["OBS_VALUE"], one["OBS_PARTS"]) == ("USA_SOUTHWEST", "16", "16")
    stated = encounters(99, "ENCOUNTERS", ("_T", "_T"), "_T")
    (one,) = seen(Corridor(), {IRREGULAR: [*rows, stated]})
    assert (one["OBS_VALUE"], one["OBS_PARTS"]) == ("99", "1")


def test_what_is_no_stage_is_left_out() -> None:
    def of(area: str, measure: str, **more: str) -> Row:
        return admin(area, measure, 5, None, CITIZENSHIP="VEN", **more)

    rows = [
        of("PAN", "IRREGULAR_ENTRIES", COUNTRY_COUNTERPART="CRI", TRANSPORT_MODE="LAND"),
        of("PAN", "IRREGULAR_REVERSE", COUNTRY_COUNTERPART="COL", TRANSPORT_MODE="LAND"),
        of("HND", "IRREGULAR_ENTRIES", SEX="F"),
        of("HND", "IRREGULAR_ENTRIES", UNIT_MEASURE="HH"),
        of("SLV", "IRREGULAR_ENTRIES"),
        of("GTM", "IRREGULAR_ENTRIES"),
    ]
    (one,) = seen(Corridor(), {IRREGULAR: rows})
    assert (one["STAGE"], one["REF_AREA"], one["OBS_VALUE"]) == ("GTM_ENTRY", "GTM", "5")


def test_the_stages_name_codes_and_dimensions_that_exist() -> None:
    listed = STRUCTURES.dataflow("MIGHUB", "DF_MIG_CORRIDOR", None).by_id["STAGE"].codes
    assert tuple(stage.code for stage in stages()) == listed
    for stage in stages():
        ref = stage.dataflow
        schema = STRUCTURES.dataflow(ref.agency, ref.id, ref.version)
        assert set(stage.where) <= set(schema.series_key)
        for component, codes in stage.stored(schema).items():
            assert set(codes) <= set(schema.by_id[component].codes or ()), (stage.code, component)
