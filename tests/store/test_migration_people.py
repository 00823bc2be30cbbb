"""A hub of before there were people: its keys keep their roles, its audit trail is chained."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

import hub.store
from hub.store import audit
from hub.store.catalogue import Catalogue
from hub.store.keys import Keys

KEY = "'{:064x}', 'L{}', '{}', {}, {}, '2026-01-01 00:00:00.000000'"


def migrate(catalogue: Catalogue, to: str) -> None:
    config = Config()
    folder = Path(hub.store.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with catalogue.write() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if to != "0003" else command.downgrade)(config, to)


def test_keys_and_trail_of_an_earlier_hub_are_kept(tmp_path: Path) -> None:
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.db")
    migrate(catalogue, "head")
    migrate(catalogue, "0003")
    with catalogue.write() as connection:
        for values in (KEY.format(1, 1, "provider", "'MEX_INM'", "null"),
                       KEY.format(2, 2, "agency", "null", "'TST'"),
                       KEY.format(3, 3, "admin", "null", "null")):  # fmt: skip
            connection.execute(
                text("INSERT INTO api_key (sha256, label, role, provider, agency, created_at) "
                     f"VALUES ({values})")
            )  # fmt: skip
        for number in (4, 7):  # a hole where a line was once rolled back
            connection.execute(
                text("INSERT INTO audit (id, at, actor, action, subject, detail) VALUES "
                     f"""({number}, '2026-01-01 00:00:00.000000', 'a', 'b', 'ñ', '{{"x": 1}}')""")
            )  # fmt: skip
    migrate(catalogue, "head")
    held = {key.label: [str(grant) for grant in key.grants] for key in Keys(catalogue).all()}
    assert held == {"L1": ["provider:MEX_INM"], "L2": ["agency:TST"], "L3": ["admin"]}
    with catalogue.write() as connection:
        audit.append(connection, "me", "new", "line")
    verdict = audit.verify(catalogue)
    assert (verdict.lines, verdict.fault) == (3, None)
    catalogue.close()
