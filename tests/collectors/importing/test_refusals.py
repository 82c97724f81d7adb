"""Whatever is wrong with a file as a whole is one sentence with its remedy, and nothing of it was accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.importing.guessing import guess_mapping
from collectors.importing.import_file import import_file
from collectors.importing.preview import preview
from collectors.store.open import open_stores
from config.errors import InputError
from tests.collectors.importing.site import SECOND_SITE, site_settings

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000
HEAD = "time,point,metric,value,unit\n"
GOOD = "2026-03-14T00:00:00Z,srv-1,power,200,W\n"
FIELDS = {"w": {"metric": "power", "unit": "W"}}


@dataclass(frozen=True)
class Mistake:
    """A file, what the user said about it, and what the refusal must say."""

    content: str | bytes | None
    said: str
    given: dict[str, Any] = field(default_factory=dict)
    name: str = "a.csv"
    site: str | None = None


MISTAKES = {
    "no file": Mistake(None, "there is no such file: correct its path"),
    "an empty file": Mistake("", "the file is empty"),
    "a header alone": Mistake(HEAD, "a.csv: it holds no readings"),
    "UTF-16": Mistake("time,point\n".encode("utf-16"), "this file is UTF-16: save it as UTF-8"),
    "GBK unsaid": Mistake(
        "时间,point,metric,value,unit\n".encode("gbk"), "are not utf-8: say its encoding (--encoding gbk)"
    ),
    "UTF-8 called GBK": Mistake(
        b"\xff\xff,b\n", "are not gbk: say its encoding (--encoding utf-8)", {"encoding": "gbk"}
    ),
    "carriage returns": Mistake(HEAD.replace("\n", "\r") + GOOD, "lines end with a lone carriage return"),
    "no time column": Mistake(
        "when,point,metric,value,unit\n" + GOOD, 'column "time" is not in the header (when, point,'
    ),
    "no metric": Mistake(
        "time,point,value,unit\n2026-03-14T00:00:00Z,srv-1,1,W\n", "say by metric_column or metric in a mapping"
    ),
    "no point": Mistake(
        "time,metric,value,unit\n2026-03-14T00:00:00Z,power,1,W\n", 'column "point" is not in the header'
    ),
    "no value": Mistake(
        "time,point,metric,unit\n2026-03-14T00:00:00Z,srv-1,power,W\n", "say in a mapping what they hold"
    ),
    "point and meter": Mistake("time,point,meter,metric,value,unit\n", "the header has a point and a meter column"),
    "a column twice": Mistake("time,point,metric,value,unit,value\n", 'column "value" stands 2 times in the header'),
    "two columns of one series": Mistake(
        "time,a,b\n2026-03-14T00:00:00Z,1,2\n",
        'columns "a" and "b" are both power of point t/srv-1: keep one of them in [columns]',
        {
            "columns": {
                "a": {"point": "srv-1", "metric": "power", "unit": "W"},
                "b": {"point": "t/srv-1", "metric": "power", "unit": "kW"},
            }
        },
    ),
    "another delimiter": Mistake(HEAD.replace(",", ";") + GOOD, "is the delimiter right?", {"delimiter": ","}),
    "no unit": Mistake(
        "time,point,metric,value\n2026-03-14T00:00:00Z,srv-1,power,1\n",
        "nothing says in which unit the values are: add a unit column, or --unit (such as --unit W)",
    ),
    "a unit that does not fit": Mistake(
        "time,point,value\n2026-03-14T00:00:00Z,srv-1,1\n",
        "unit of this file does not fit metric power",
        {"metric": "power", "unit": "kWh"},
    ),
    "a unit twice": Mistake(HEAD + GOOD, "leave out --unit, or set unit_column too", {"unit": "kW"}),
    "no zone": Mistake(
        HEAD + GOOD + "2026-03-14 00:00:00,srv-1,power,1,W\n",
        'line 3 has time "2026-03-14 00:00:00" without an offset from UTC: say its zone by --time-zone',
    ),
    "an unknown zone": Mistake(HEAD + GOOD, 'time zone "Mars" is unknown: write an IANA name', {"time_zone": "Mars"}),
    "an unknown key": Mistake(HEAD + GOOD, "key tz is unknown", {"tz": "UTC"}),
    "no line readable": Mistake(
        HEAD + "14/03/2026,srv-1,power,1,W\n" * 2,
        'none of its 2 lines could be read; line 2: time "14/03/2026" is not ISO 8601',
    ),
    "decimal commas unsaid": Mistake(
        HEAD.replace(",", ";") + GOOD.replace(",", ";").replace("200", "1,234"),
        'value "1,234" is no number with decimal',
    ),
    "an unknown point": Mistake(
        HEAD + GOOD + "2026-03-14T00:00:00Z,srv-9,power,1,W\n",
        "1 of its points is not in wattlas.toml (t/srv-9): add there, rename by [points] in a mapping, or leave out "
        "with --skip-unknown",
    ),
    "seven unknown points": Mistake(
        HEAD + "".join(f"2026-03-14T00:00:00Z,x{n},power,1,W\n" for n in range(7)),
        "7 of its points are not in wattlas.toml (t/x0, t/x1, t/x2, t/x3, t/x4 and 2 more)",
    ),
    "a point of another site": Mistake(HEAD + GOOD, "(u/srv-1)", site="u"),
    "an unknown site": Mistake(HEAD + GOOD, '"v" is no site of wattlas.toml', site="v"),
    "an unknown metric": Mistake(
        HEAD + GOOD.replace("power", "powr"), '"powr" is no metric: rename by [metrics] in a mapping'
    ),
    "no declared interval": Mistake(
        HEAD + GOOD + "2026-03-14T00:00:00Z,srv-2,energy_counter,1,kWh\n",
        "point t/srv-2 has no declared sampling interval for energy_counter: write its seconds in wattlas.toml, such "
        "as interval_s = { energy_counter = 10 }",
    ),
    "an interval that changed": Mistake(
        HEAD + "2026-03-14T00:00:00Z,pdu-a,energy,1,kWh\n",
        "the interval of energy of point t/pdu-a changed with time, so start stamps cannot be moved",
        {"stamp": "start"},
    ),
    "no such wide column": Mistake(
        "time,P1\n2026-03-14T00:00:00Z,1\n",
        'column "P2" is not in the header (time, P1): say by columns in a mapping',
        {"columns": {"P2": {"point": "srv-1", "metric": "power", "unit": "W"}}},
    ),
    "a wide column without unit": Mistake(
        "time,P1\n2026-03-14T00:00:00Z,1\n",
        'nothing says the unit of column "P1" (metric power)',
        {"columns": {"P1": {"point": "srv-1", "metric": "power"}}},
    ),
    "a wide column in another unit": Mistake(
        "time,P1\n2026-03-14T00:00:00Z,1\n",
        'unit of column "P1" does not fit metric power',
        {"columns": {"P1": {"point": "srv-1", "metric": "power", "unit": "degC"}}},
    ),
    "a wide header that names no unit": Mistake(
        "time,srv-1 power\n2026-03-14T00:00:00Z,1\n", 'nothing says the unit of column "srv-1 power"'
    ),
    "no Parquet": Mistake(b"PAR1 and no more", "this is no Parquet file", name="a.parquet"),
    "line protocol without a mapping": Mistake("m w=1 1\n", "line protocol does not say what it measures", name="a.lp"),
    "line protocol without units": Mistake(
        "m,h=srv-1 w=1 1\n",
        'nothing says the unit of field "w"',
        {"point_tags": "{h}", "fields": {"w": {"metric": "power"}}},
        name="a.lp",
    ),
    "line protocol in another unit": Mistake(
        "m,h=srv-1 w=1 1\n",
        'unit of field "w" does not fit metric power',
        {"point_tags": "{h}", "fields": {"w": {"metric": "power", "unit": "K"}}},
        name="a.lp",
    ),
    "line protocol without the fields": Mistake(
        "m,h=srv-1 v=1 1\n",
        "it holds no readings; its fields are v",
        {"point_tags": "{h}", "fields": FIELDS},
        name="a.lp",
    ),
    "line protocol without times": Mistake(
        "m,h=srv-1 w=1\n",
        "none of its 1 lines could be read; line 1: the line has no time",
        {"point_tags": "{h}", "fields": FIELDS},
        name="a.lp",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_refuses_the_file_in_one_sentence(name: str, tmp_path: Path) -> None:
    mistake = MISTAKES[name]
    settings = site_settings(tmp_path, more=SECOND_SITE if mistake.site else "")
    stores = open_stores(settings)
    path = tmp_path / mistake.name
    if mistake.content is not None:
        path.write_bytes(mistake.content if isinstance(mistake.content, bytes) else mistake.content.encode())
    with pytest.raises(InputError) as caught:
        import_file(path, guess_mapping(path, mistake.given).mapping, settings, stores, now=NOW, site=mistake.site)
    told = str(caught.value)
    assert mistake.said in told
    assert len(told.splitlines()) == 1
    assert told.endswith((".", "?")) or mistake.site, "the sentence about a site is the site file's own"
    assert not (stores.data / "spool").exists(), "nothing was accepted, nothing was made"
    assert not list(stores.data.rglob("*.csv"))


def test_there_are_thirty_and_more() -> None:
    assert len(MISTAKES) >= 30


def test_two_sites_and_a_bare_name(tmp_path: Path) -> None:
    settings = site_settings(tmp_path, more=SECOND_SITE)
    path = tmp_path / "a.csv"
    path.write_text(HEAD + GOOD)
    with pytest.raises(InputError, match='point "srv-1" does not say its site: add --site, or write "site/srv-1"'):
        import_file(path, None, settings, open_stores(settings), now=NOW)
    assert preview(path, None, settings=settings, site="t").rows[0].point == "t/srv-1"


def test_a_parquet_column_of_lists(tmp_path: Path) -> None:
    settings = site_settings(tmp_path)
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table(
            {"time": ["2026-03-14T00:00:00Z"], "point": ["srv-1"], "metric": ["power"], "value": [[1]], "unit": ["W"]}
        ),
        path,
    )
    with pytest.raises(InputError, match="only times may hold times, and no column lists"):
        import_file(path, None, settings, open_stores(settings), now=NOW)
