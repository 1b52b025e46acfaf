"""Makes the shipped sample input set: a maker of garden and power tools, twelve months of 2026.

Everything is worked out from the tables below, without chance, so the files are the same on every machine.
``python bench/make_sample.py`` writes them; a test holds the shipped files against ``sample_files()``.
"""

from __future__ import annotations

import calendar
import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

YEAR = 2026
MONTHS = range(1, 13)
SAMPLE = Path(__file__).parents[1] / "src" / "adapters" / "exchange" / "sample"

# Family: yearly units, and percent of the year in each month.
FAMILIES = {
    "MOWER": (15000, (3, 5, 10, 13, 15, 15, 14, 9, 6, 4, 3, 3)),
    "TRIMMER": (21000, (3, 5, 9, 12, 15, 16, 14, 10, 6, 4, 3, 3)),
    "HEDGE": (12600, (3, 5, 8, 10, 14, 16, 15, 12, 8, 4, 3, 2)),
    "BLOWER": (9000, (6, 5, 5, 5, 6, 7, 7, 8, 11, 16, 14, 10)),
    "CHAINSAW": (10800, (8, 7, 7, 6, 7, 8, 8, 8, 10, 12, 11, 8)),
    "DRILL": (30000, (8, 8, 8, 8, 8, 9, 9, 8, 8, 8, 9, 9)),
    "SAW": (14400, (7, 8, 8, 9, 9, 10, 9, 8, 8, 8, 8, 8)),
}
# SKU: name, share of its family in percent, lead time in days, lot, minimum order.
PRODUCTS = {
    "MOWER": (
        ("MOW-32-18V", "Cordless mower 32 cm 18 V", 18, 7, 10, 20),
        ("MOW-36-36V", "Cordless mower 36 cm 36 V", 30, 7, 10, 20),
        ("MOW-41-36V", "Cordless mower 41 cm 36 V", 26, 7, 10, 20),
        ("MOW-46-36V", "Cordless mower 46 cm 36 V", 16, 10, 10, 10),
        ("MOW-46-AC", "Electric mower 46 cm", 10, 7, 10, 10),
    ),
    "TRIMMER": (
        ("TRM-25-18V", "Grass trimmer 25 cm 18 V", 34, 5, 20, 40),
        ("TRM-30-18V", "Grass trimmer 30 cm 18 V", 28, 5, 20, 40),
        ("TRM-33-36V", "Grass trimmer 33 cm 36 V", 20, 5, 20, 20),
        ("TRM-35-AC", "Electric trimmer 35 cm", 10, 5, 20, 20),
        ("TRM-BC-36V", "Brush cutter 36 V", 8, 10, 10, 10),
    ),
    "HEDGE": (
        ("HDG-45-18V", "Hedge cutter 45 cm 18 V", 32, 5, 20, 20),
        ("HDG-55-18V", "Hedge cutter 55 cm 18 V", 30, 5, 20, 20),
        ("HDG-65-36V", "Hedge cutter 65 cm 36 V", 20, 7, 10, 20),
        ("HDG-POLE-18V", "Pole hedge cutter 18 V", 18, 7, 10, 10),
    ),
    "BLOWER": (
        ("BLW-STD-18V", "Leaf blower 18 V", 45, 5, 20, 20),
        ("BLW-PRO-36V", "Leaf blower 36 V", 25, 5, 10, 20),
        ("BLW-VAC-36V", "Leaf blower and vacuum 36 V", 20, 7, 10, 10),
        ("BLW-AC", "Electric leaf blower", 10, 5, 10, 10),
    ),
    "CHAINSAW": (
        ("CHS-20-18V", "Pruning saw 20 cm 18 V", 36, 5, 10, 20),
        ("CHS-30-36V", "Chainsaw 30 cm 36 V", 28, 7, 10, 20),
        ("CHS-35-36V", "Chainsaw 35 cm 36 V", 24, 7, 10, 10),
        ("CHS-POLE-18V", "Pole saw 18 V", 12, 7, 10, 10),
    ),
    "DRILL": (
        ("DRL-10-12V", "Drill driver 10 mm 12 V", 20, 3, 50, 50),
        ("DRL-13-18V", "Drill driver 13 mm 18 V", 30, 3, 50, 50),
        ("DRL-HAM-18V", "Hammer drill 18 V", 24, 3, 50, 50),
        ("DRL-IMP-18V", "Impact driver 18 V", 18, 3, 50, 50),
        ("DRL-SDS-18V", "Rotary hammer SDS 18 V", 8, 7, 20, 20),
    ),
    "SAW": (
        ("SAW-CIR-165", "Circular saw 165 mm 18 V", 32, 5, 20, 40),
        ("SAW-CIR-190", "Circular saw 190 mm 36 V", 18, 5, 20, 20),
        ("SAW-JIG-18V", "Jigsaw 18 V", 24, 5, 20, 20),
        ("SAW-REC-18V", "Reciprocating saw 18 V", 16, 5, 20, 20),
        ("SAW-MIT-216", "Mitre saw 216 mm", 10, 10, 10, 10),
    ),
}
# Semi-finished, made in the fabrication stage, and bought: name, unit, lead time, lot, minimum order, opening stock.
COMPONENTS = {
    "MOT-S": ("Motor unit small", "pcs", 10, 100, 200, 5200),
    "MOT-M": ("Motor unit medium", "pcs", 10, 100, 200, 3600),
    "MOT-L": ("Motor unit large", "pcs", 14, 50, 100, 1900),
    "BAT-18": ("Battery pack 18 V 4 Ah", "pcs", 14, 100, 200, 7400),
    "BAT-36": ("Battery pack 36 V 5 Ah", "pcs", 14, 100, 100, 2600),
    "HSG-GDN": ("Housing set garden", "set", 7, 100, 100, 3800),
    "HSG-PWR": ("Housing set power tool", "set", 7, 100, 100, 4300),
    "BLD-MOW": ("Mower blade", "pcs", 7, 100, 100, 700),
    "BLD-HDG": ("Hedge cutter blade pair", "set", 10, 50, 100, 600),
    "GBX": ("Gearbox", "pcs", 14, 100, 200, 3800),
    "ELX": ("Control electronics", "pcs", 21, 200, 500, 9000),
    "RAW-COPPER": ("Enamelled copper wire", "kg", 28, 250, 500, 4200),
    "RAW-MAGNET": ("Magnet segment", "pcs", 42, 1000, 2000, 58000),
    "RAW-LAM": ("Stator lamination", "kg", 21, 500, 500, 8600),
    "RAW-CELL": ("Lithium-ion cell 21700", "pcs", 49, 5000, 10000, 130000),
    "RAW-PA6": ("Polyamide granulate", "kg", 14, 500, 1000, 8800),
    "RAW-STEEL": ("Spring steel sheet", "kg", 21, 500, 500, 2300),
    "RAW-BEARING": ("Ball bearing", "pcs", 28, 1000, 2000, 26000),
}
# What goes into components; quantities in units of the child.
RECIPES = {
    "MOT-S": {"RAW-COPPER": 0.18, "RAW-LAM": 0.35, "RAW-MAGNET": 4, "RAW-BEARING": 2},
    "MOT-M": {"RAW-COPPER": 0.3, "RAW-LAM": 0.6, "RAW-MAGNET": 4, "RAW-BEARING": 2},
    "MOT-L": {"RAW-COPPER": 0.55, "RAW-LAM": 1.1, "RAW-MAGNET": 8, "RAW-BEARING": 2},
    "BAT-18": {"RAW-CELL": 10, "RAW-PA6": 0.2, "ELX": 1},
    "BAT-36": {"RAW-CELL": 20, "RAW-PA6": 0.35, "ELX": 1},
    "HSG-GDN": {"RAW-PA6": 1.4},
    "HSG-PWR": {"RAW-PA6": 0.6},
    "BLD-MOW": {"RAW-STEEL": 0.9},
    "BLD-HDG": {"RAW-STEEL": 1.2},
    "GBX": {"RAW-STEEL": 0.25, "RAW-BEARING": 2},
}
# Resource: stage, and its share in percent of what the plant carries (in finished tools).
RESOURCES = {
    "ASM-GARDEN": ("assembly", 32),
    "ASM-POWER": ("assembly", 24),
    "FAB-MOTOR": ("fabrication", 26),
    "FAB-PLASTIC": ("fabrication", 18),
}
# Finished tools a working day: shifts grow until May, but not as far as demand does from May to July.
DAILY = (350, 420, 460, 560, 610, 590, 510, 510, 450, 430, 410, 400)
WORKING_DAYS = (21, 20, 22, 20, 19, 21, 23, 21, 22, 22, 21, 19)
# Euro a finished tool, and how much planners like to build in a month (1 is best).
COST = (41.2, 41.2, 41.8, 42.9, 44.6, 45.1, 44.8, 43.5, 42.0, 41.6, 41.4, 42.7)
SCORE = (1, 1, 1, 0.95, 0.85, 0.8, 0.8, 0.9, 1, 1, 1, 0.9)
ORDERS = (
    ("RAW-CELL", "2026-01-12", "PO-26001", "SUP-CELL", 120000),
    ("RAW-CELL", "2026-02-09", "PO-26002", "SUP-CELL", 150000),
    ("RAW-CELL", "2026-03-09", "PO-26003", "SUP-CELL", 150000),
    ("RAW-MAGNET", "2026-01-19", "PO-26004", "SUP-MAGNET", 40000),
    ("RAW-MAGNET", "2026-02-23", "PO-26005", "SUP-MAGNET", 50000),
    ("RAW-COPPER", "2026-01-14", "PO-26006", "SUP-METAL", 2500),
    ("RAW-COPPER", "2026-02-11", "PO-26007", "SUP-METAL", 3000),
    ("RAW-LAM", "2026-01-21", "PO-26008", "SUP-METAL", 6000),
    ("RAW-STEEL", "2026-01-28", "PO-26009", "SUP-METAL", 2000),
    ("RAW-BEARING", "2026-01-26", "PO-26010", "SUP-BEARING", 30000),
    ("RAW-PA6", "2026-01-15", "PO-26011", "SUP-PLASTIC", 8000),
    ("ELX", "2026-01-22", "PO-26012", "SUP-ELX", 12000),
    ("ELX", "2026-02-19", "PO-26013", "SUP-ELX", 14000),
    ("DRL-SDS-18V", "2026-01-20", "PO-26014", "SUP-TRADE", 200),
    ("SAW-MIT-216", "2026-02-03", "PO-26015", "SUP-TRADE", 150),
)

Row = Sequence[object]


def sample_files() -> dict[str, str]:
    """Every file of the set: its name and its text."""
    return {
        "demand_family.csv": _table("family,period,demand", _demand()),
        "capacity.csv": _table("workcenter,period,capacity,attributes", _capacity()),
        "mix_share.csv": _table("family,sku,share", _mix()),
        "inventory.csv": _table("item,loc,qty,safety_stock", _inventory()),
        "open_po.csv": _table("item,due,qty,po_id,source_node,dest_node", _orders()),
        "period_cost.csv": _table("period,cost,unit", ((_period(m), COST[m - 1], "EUR/pcs") for m in MONTHS)),
        "period_score.csv": _table("period,score", ((_period(m), SCORE[m - 1]) for m in MONTHS)),
        "item.csv": _table("item,lt,lot,moq,item_name,unit", _items()),
        "bom.csv": _table("parent,child,qty", _bom()),
        "planning_calendar.json": _json(_calendar()),
        "meta.json": _json(
            {
                "description": "A maker of garden and power tools: two stages, twelve months, a peak in summer.",
                "currency": "EUR",
                "quantity_unit": "pcs",
            }
        ),
    }


def _table(header: str, rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue()


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _period(month: int) -> str:
    return f"{YEAR}-{month:02d}"


def _units(family: str, month: int) -> int:
    year, percents = FAMILIES[family]
    return year * percents[month - 1] // 100


def _demand() -> Iterable[Row]:
    return ((family, _period(month), _units(family, month)) for family in FAMILIES for month in MONTHS)


def _capacity() -> Iterable[Row]:
    for resource, (stage, percent) in RESOURCES.items():
        for month in MONTHS:
            total = DAILY[month - 1] * WORKING_DAYS[month - 1]
            yield resource, _period(month), total * percent // 100, json.dumps({"stage": stage})


def _mix() -> Iterable[Row]:
    return ((family, sku, percent / 100) for family, products in PRODUCTS.items() for sku, _, percent, *_ in products)


def _inventory() -> Iterable[Row]:
    """Finished goods for three weeks of January, most of them in the central warehouse; components at the plant."""
    for family, products in PRODUCTS.items():
        for sku, _, percent, *_ in products:
            stock = _units(family, 1) * percent * 7 // 1000
            at_plant = stock // 50 * 10
            yield sku, "DC-CENTRAL", stock - at_plant, stock // 2
            if at_plant:
                yield sku, "PLANT-1", at_plant, 0
    for item, (_, _, _, _, _, stock) in COMPONENTS.items():
        yield item, "PLANT-1", stock, stock // 4


def _orders() -> Iterable[Row]:
    for item, due, order, source, quantity in ORDERS:
        yield item, due, quantity, order, source, "DC-CENTRAL" if source == "SUP-TRADE" else "PLANT-1"


def _items() -> Iterable[Row]:
    for products in PRODUCTS.values():
        for sku, name, _, lead_time, lot, minimum in products:
            yield sku, lead_time, lot, minimum, name, "pcs"
    for item, (name, unit, lead_time, lot, minimum, _) in COMPONENTS.items():
        yield item, lead_time, lot, minimum, name, unit


def _bom() -> Iterable[Row]:
    for family, products in PRODUCTS.items():
        for sku, *_ in products:
            for child in _parts(family, sku):
                yield sku, child, 1
    for parent, recipe in RECIPES.items():
        for child, quantity in recipe.items():
            yield parent, child, quantity


def _parts(family: str, sku: str) -> Iterable[str]:
    """What a tool is assembled from, one of each."""
    garden = family in {"MOWER", "TRIMMER", "HEDGE", "BLOWER", "CHAINSAW"}
    large = sku in {"SAW-MIT-216", "SAW-CIR-190"} or family == "MOWER"
    yield "MOT-L" if large else "MOT-M" if "36V" in sku or family == "SAW" else "MOT-S"
    yield "HSG-GDN" if garden else "HSG-PWR"
    if "36V" in sku or sku == "SAW-CIR-190":
        yield "BAT-36"
    elif "AC" not in sku and sku != "SAW-MIT-216":
        yield "BAT-18"
    else:
        yield "ELX"
    if family == "MOWER":
        yield "BLD-MOW"
    if family == "HEDGE":
        yield "BLD-HDG"
    if family in {"DRILL", "SAW", "HEDGE"}:
        yield "GBX"


def _calendar() -> dict[str, object]:
    """ISO weeks cut at the ends of months: a boundary week stands in both, weighted by its days there."""
    return {
        "calendar_type": "custom",
        "week_unit": "day",
        "periods": [_month(month) for month in MONTHS],
        "planning_params": {"lt_unit": "day", "recon_window_days": 14, "tolerance_abs": 0.000001},
    }


def _month(month: int) -> dict[str, object]:
    first = date(YEAR, month, 1)
    last = date(YEAR, month, calendar.monthrange(YEAR, month)[1])
    weeks: list[dict[str, object]] = []
    start = first
    while start <= last:
        end = min(start + timedelta(days=7 - start.isoweekday()), last)
        year, week, _ = start.isocalendar()
        weeks.append(
            {
                "week_code": f"{year}-W{week:02d}",
                "sequence": week,
                "start_date": start.isoformat(),
                "end_date": end.isoformat(),
                "weight": (end - start).days + 1,
            }
        )
        start = end + timedelta(days=1)
    dates = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    return {"period": _period(month), **dates, "weeks": weeks}


if __name__ == "__main__":
    SAMPLE.mkdir(exist_ok=True)
    for name, text in sample_files().items():
        (SAMPLE / name).write_text(text, encoding="utf-8", newline="")
        print(name, text.count("\n"), "lines")
