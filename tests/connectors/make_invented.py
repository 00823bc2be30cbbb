"""Samples in layouts as described whose figures are invented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from layouts import MONTHS, added, crossed, grouped, sheet
from upm_tables import ROOT, notes
from workbooks import Cell, Page, save


def upm_repatriations() -> Path:
    """Invented figures."""
    states = {
        "Baja California": (5200, 5011, 5433),
        "Sonora": (2903, 3011, 2990),
        "Chihuahua": (0, 12, 7),
        "Coahuila de Zaragoza": (811, 790, 803),
        "Tamaulipas": (4100, 4210, 3999),
        "Ciudad de México": (2100, 2231, 2345),
    }
    totals = [sum(column) for column in zip(*states.values(), strict=True)]
    rows: list[list[Cell]] = [[""] * 7 for _ in range(3)]
    rows[1][2] = (
        "5.1 Eventos de repatriación de mexicanos desde Estados Unidos, según entidad federativa de"
        " recepción, 2023"
    )
    rows.append(["", "", "Entidad federativa", *MONTHS[:3], "Total"])
    for label, cells in {"Total general": totals, **states}.items():
        rows.append(["", "", label, *(cell or "-" for cell in cells), sum(cells)])
    rows += [[""] * 7, *notes(7)]
    path = ROOT / "mex/upm_repatriations/sample/cuadro_5.1_2023_ejemplo.xlsx"
    return save({"Cuadro 5.1": Page(rows)}, path)


def invented() -> list[Path]:
    """Samples in layouts as described whose figures are invented."""
    made = []

    def keep(path: str, pages: dict[str, Page]) -> None:
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        made.append(save(pages, target))

    def months(n: int, *kinds: str) -> list[list[Cell]]:
        tops: list[Cell] = []
        for month in (*MONTHS[:n], "Total"):
            tops += [month, *[""] * (len(kinds) - 1)]
        return [tops, [*kinds] * (n + 1)] if kinds else [tops]

    def wide(cells: tuple[int, ...], size: int) -> list[Cell]:
        """Cells of months of ``size`` kinds each, with the subtotal of each month and the year."""
        parts = [cells[i : i + size] for i in range(0, len(cells), size)]
        parts.append(added(parts))
        return [cell for part in parts for cell in (*part, sum(part))]

    people = grouped(
        {
            "Adultos": {
                "Hombres": (700, 410, 3, 650, 395, 0),
                "Mujeres": (181, 120, 1, 190, 99, 2),
            },
            "Niñas, niños y adolescentes": {
                "Niños": (61, 88, 0, 55, 79, 1),
                "Niñas": (48, 60, 0, 41, 66, 0),
            },
        }
    )
    keep(
        "slv/dgme_returns/sample/retornados_2023_ejemplo.xlsx",
        {
            "Retornados": sheet(
                "Personas salvadoreñas retornadas, 2023",
                "Sexo y grupo de edad",
                months(2, "Estados Unidos", "México", "Otros países", "Subtotal"),
                [[label, *wide(cells, 3)] for label, cells in people.items()],
                ["Cifras preliminares", "Fuente: Dirección General de Migración y Extranjería."],
            )
        },
    )
    returned = {
        "Estados Unidos": (1500, 260, 90, 70),
        "México": (2100, 640, 512, 433),
        "Guatemala": (31, 12, 9, 8),
        "Belice": (2, 0, 0, 0),
        "Otros países": (4, 1, 0, 0),
    }
    whole = {"Total": added(returned.values()), **returned}
    keep(
        "hnd/conmigho_returns/sample/retornados_2023_ejemplo.xlsx",
        {
            "Retornados": sheet(
                "Hondureños retornados por país de procedencia, enero-marzo de 2023",
                "País de procedencia",
                [
                    ["Adultos", "", "", "Niñas, niños y adolescentes", "", "", "Total", "", ""],
                    ["Hombres", "Mujeres", "Subtotal"] * 3,
                ],
                [[label, *wide(cells, 2)] for label, cells in whole.items()],
                ["Fuente: CONMIGHO."],
            )
        },
    )
    countries = grouped(
        {
            "El Salvador": {"Adultos": (1402, 1390, 1511), "NNA": (250, 241, 260)},
            "Guatemala": {"Adultos ": (4011, 4120, 3890), "NNA ": (640, 611, 702)},
            "Honduras": {"Adultos  ": (3977, 4002, 4100), "NNA  ": (905, 1010, 990)},
        }
    )
    keep(
        "int/iom_ntmi_returns/sample/cifras_oficiales_2018_ejemplo.xlsx",
        {
            "Retornos": sheet(
                "Cifras oficiales de retornos, 2018",
                "País",
                months(3),
                [[label.rstrip(), *cells, sum(cells)] for label, cells in countries.items()],
                ["Los datos pueden variar por procesamiento."],
            )
        },
    )
    crossing = grouped(
        {
            "América Central": {
                "Nicaragua": (3000, 100, 21000, 5, 40, 3),
                "Panamá": (900, 55, 150, 4100, 12, 9),
            },
            "Europa": {
                "España": (4100, 900, 30, 21, 55, 2),
                "Alemania": (3900, 1400, 25, 33, 71, 4),
            },
            "Asia": {"Israel": (800, 120, 9, 7, 3, 1)},
        }
    )
    pages = {}
    for name, part in (("Entradas", 0), ("Salidas", 7)):
        rows = []
        for label, cells in crossing.items():
            n = tuple(cell + part * (1 if label.startswith(" ") else 0) for cell in cells)
            rows.append((label, n))
        fixed_rows = _retotalled(rows)
        pages[name] = sheet(
            f"{name} de personas por nacionalidad y puesto migratorio, 2023",
            "Nacionalidad",
            [
                ["Vía aérea", "", "", "Vía terrestre", "", "", "Vía marítima", "", "", "Total"],
                [
                    "Aeropuerto Juan Santamaría",
                    "Aeropuerto Daniel Oduber",
                    "Subtotal",
                    "Peñas Blancas",
                    "Paso Canoas",
                    "Subtotal",
                    "Limón",
                    "Puntarenas",
                    "Subtotal",
                    "",
                ],
            ],
            [[label, *wide(cells, 2)[:9], sum(cells)] for label, cells in fixed_rows],
            ["Fuente: Dirección General de Migración y Extranjería."],
        )
    keep("cri/dgme_movements/sample/entradas_salidas_2023_ejemplo.xlsx", pages)
    granted = grouped(
        {
            "América Central": {"Nicaragua": (4100, 900, 210), "Panamá": (210, 80, 12)},
            "América del Sur": {"Venezuela": (610, 420, 9), "Colombia": (700, 390, 20)},
        }
    )
    keep(
        "cri/dgme_residence/sample/residencias_2023_ejemplo.xlsx",
        {
            "Residencias": sheet(
                "Residencias otorgadas por nacionalidad y categoría migratoria, 2023",
                "Nacionalidad",
                [
                    [
                        "Residencia permanente",
                        "Residencia temporal",
                        "Categorías especiales",
                        "Total",
                    ]
                ],
                [[label, *cells, sum(cells)] for label, cells in granted.items()],
                ["Fuente: Dirección General de Migración y Extranjería."],
            )
        },
    )
    places = grouped(
        {
            "Aeropuertos": {
                "Tocumen": (610000, 590000, 605000, 588000),
                "Enrique Malek": (900, 850, 880, 871),
            },
            "Fronteras terrestres": {
                "Paso Canoas": (41000, 39900, 42100, 38800),
                "Guabito": (9100, 8800, 9050, 8700),
            },
            "Puertos": {"Balboa": (300, 280, 311, 290), "Colón 2000": (21000, 18000, 20900, 17900)},
        }
    )
    keep(
        "pan/snm_movements/sample/movimiento_2023_ejemplo.xlsx",
        {
            "Movimiento": sheet(
                "Movimiento migratorio por puesto, 2023",
                "Puesto migratorio",
                [["Entradas", "", "", "Salidas", "", ""], ["Ene.", "Feb.", "Total"] * 2],
                [[label, *wide(cells, 2)[:6]] for label, cells in places.items()],
                ["Fuente: Servicio Nacional de Migración."],
            )
        },
    )
    permits = {
        "Países amigos": (310, 12),
        "Reagrupación familiar": (205, 9),
        "Jubilado y pensionado": (151, 2),
        "Casado con nacional": (188, 6),
        "Regularización migratoria": (902, 77),
        "Otros permisos": (44, 5),
    }
    keep(
        "pan/snm_residence/sample/permisos_2023_ejemplo.xlsx",
        {
            "Permisos": sheet(
                "Permisos de residencia aprobados y negados según tipo, enero-junio de 2023",
                "Tipo de permiso",
                [["Aprobados", "Negados", "Total"]],
                crossed(permits),
                ["Fuente: Servicio Nacional de Migración."],
            )
        },
    )
    posts = grouped(
        {
            "Terrestres": {
                "Peñas Blancas": (30100, 41200),
                "El Guasaule": (15100, 12100),
                "El Espino": (2900, 3100),
            },
            "Aéreos": {"Augusto C. Sandino": (21000, 30500)},
            "Marítimos": {"Corinto": (12, 640), "San Juan del Sur": (3, 1200)},
        }
    )
    keep(
        "nic/dgme_movements/sample/movimientos_2023_ejemplo.xlsx",
        {
            "Movimientos": sheet(
                "Movimientos migratorios por puesto fronterizo, enero-marzo de 2023",
                "Puesto fronterizo",
                [["Nacionales", "Extranjeros", "Total"]],
                [[label, *cells, sum(cells)] for label, cells in posts.items()],
                ["Fuente: Dirección General de Migración y Extranjería."],
            )
        },
    )
    made.append(upm_repatriations())
    return made


def _retotalled(rows: Sequence[tuple[str, tuple[int, ...]]]) -> list[tuple[str, tuple[int, ...]]]:
    """The rows with groups and the total made anew from the rows that are indented."""
    groups: dict[str, dict[str, tuple[int, ...]]] = {}
    for label, cells in rows[1:]:
        if label.startswith(" "):
            groups[next(reversed(groups))][label.strip()] = cells
        else:
            groups[label] = {}
    return list(grouped(groups).items())
