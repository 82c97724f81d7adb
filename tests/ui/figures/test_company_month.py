"""One company month with own, colocated, cloud, edge and token compute in one ledger: the parts are the total, once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.ui.company import Company, instant
from tests.ui.usage.bought import write
from ui.cli import main
from ui.figures.organisation import company_figures

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.kpi import Kpi
    from ui.service import Service

MARCH, APRIL = instant("2026-03-01T00:00:00+00:00"), instant("2026-04-01T00:00:00+00:00")
HOURS = 744
SITES = {"own": "DE", "colo": "DE", "aws": "US-SRVC", "edge": "US-CAMX", "api": "IE"}
SITE = '[[sites]]\nid = "{id}"\nname = "{id}"\nzone = "{zone}"\ntime_zone = "UTC"\npue_category = 3\n'
HEAD = """
[factors]
files = ["grid.csv"]
coefficients = ["tokens.csv"]
[company]
name = "All ways"
currency = "EUR"
"""
METERED = '[[points]]\nid = "{id}"\nrole = "{role}"\nmax_w = {max_w}\ninterval_s = {{ power = 3600 }}\n{more}'
BILLED = '[[points]]\nid = "{id}"\nrole = "server"\nmax_w = 9000.0\ninterval_s = {{ energy = 3600 }}\n'
OVERHEAD = (
    '[[points]]\nid = "{site}/building"\nrole = "overhead"\nprovider_pue = {pue}\nprovider_pue_source = "report"\n'
)
USAGE = """
[[usage]]
id = "aws"
provider = "aws"
cpu_utilisation = 0.5
utilisation_source = "CloudWatch"
points = [{ point = "aws/cpu", regions = ["us-east-1"] }]
[[usage]]
id = "tokens"
provider = "acme"
points = [{ point = "api/model", kinds = ["tokens"] }]
"""
HOLDING = (
    '[[organisation.holdings]]\nsite = "{site}"\nentity = "de"\noperational_control = {control}\n'
    "financial_control = {control}\nshare = 1.0\nelectricity_scope = {scope}\n"
)
SCOPES = {"own": 2, "colo": 3, "aws": 3, "edge": 2, "api": 3}
GRID = "id,zone,year,value,unit,basis,scope,source,licence\n" + "".join(
    f"f:{zone},{zone},2026,{grams},gCO2e/kWh,average,direct,made up,none\n"
    for zone, grams in (("DE", 350), ("US-SRVC", 280), ("US-CAMX", 200), ("IE", 300))
)
TOKENS = (
    "id,kind,name,low,high,unit,year,basis,source,boundary\n"
    "acme,tokens,big,0.2,0.4,Wh/1000 tokens,2026,provider,its report,facility\n"
)
CPU_W = 4 * (0.613 + 0.5 * (4.1042 - 0.613))
KWH = {  # of each site's facility, by hand
    "own": 1.5 * HOURS,  # what the utility's meter saw
    "colo": 1.25 * 0.8 * HOURS,  # the cage, and a quarter of it beside
    "aws": 1.2 * CPU_W * HOURS / 1000,
    "edge": 0.1 * HOURS,
    "api": 5_000_000_000 * 0.3e-6,
}


def config() -> str:
    sites = "".join(SITE.format(id=id_, zone=zone) for id_, zone in SITES.items())
    points = [
        METERED.format(id="own/grid", role="utility", max_w=3000.0, more=""),
        METERED.format(id="own/srv", role="server", max_w=2000.0, more='parent = "grid"\n'),
        METERED.format(id="colo/cage", role="pdu", max_w=2000.0, more=""),
        METERED.format(id="colo/srv", role="server", max_w=2000.0, more='parent = "cage"\n'),
        OVERHEAD.format(site="colo", pue=1.25),
        BILLED.format(id="aws/cpu"),
        OVERHEAD.format(site="aws", pue=1.2),
        METERED.format(id="edge/box", role="server", max_w=300.0, more=""),
        OVERHEAD.format(site="edge", pue=1.0),
        BILLED.format(id="api/model"),
        OVERHEAD.format(site="api", pue=1.0),
    ]
    holdings = [
        HOLDING.format(site=site, scope=scope, control=str(scope == 2).lower()) for site, scope in SCOPES.items()
    ]
    organisation = (
        '[organisation]\napproach = "operational_control"\nentities = [{ id = "de", name = "X", share = 1.0 }]\n'
    )
    return sites + "".join(points) + USAGE + organisation + "".join(holdings)


@dataclass(frozen=True)
class Month:
    """The books of the month, and the figures of each site and of the company."""

    service: Service
    of_site: dict[str, dict[str, Kpi]]
    of_company: dict[str, Kpi]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    folder: Path = tmp_path_factory.mktemp("month")
    (folder / "grid.csv").write_text(GRID)
    (folder / "tokens.csv").write_text(TOKENS)
    company = Company(folder, config(), HEAD, now=APRIL + 86_400.0)
    ends = (MARCH - 7200 - instant("2026-03-14T00:00:00+00:00"), APRIL + 7200 - instant("2026-03-14T00:00:00+00:00"))
    for point, watts in (
        ("own/grid", 1500.0),
        ("own/srv", 1000.0),
        ("colo/cage", 800.0),
        ("colo/srv", 780.0),
        ("edge/box", 100.0),
    ):
        company.steady(point, watts, start=ends[0], end=ends[1], step=3600)
    span = {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}
    use = [{**span, "provider": "acme", "region": "eu", "model": "big", "input_tokens": "4e9", "output_tokens": "1e9"}]
    bill = {
        **span,
        "provider": "aws",
        "region": "us-east-1",
        "instance": "m5.xlarge",
        "amount": str(HOURS),
        "unit": "h",
    }
    from ui.usage.importing import import_bills

    service = company.service
    import_bills(service, [write(folder / "aws.csv", [bill])])
    import_bills(service, [write(folder / "tokens-used.csv", use)])
    service.keep_books()
    names = ["facility_energy_kwh", "it_energy_kwh", "emissions_location_kgco2e"]
    of_site = {
        site: {one.name: one for one in service.kpis(site=site, start=MARCH, end=APRIL, names=names)} for site in SITES
    }
    spans = [(service.settings.site(site), MARCH, APRIL) for site in SITES]
    return Month(service, of_site, {one.name: one for one in company_figures(service, spans)})


def test_each_site_is_what_its_way_of_compute_took(month: Month) -> None:
    for site, kwh in KWH.items():
        figure = month.of_site[site]["facility_energy_kwh"]
        assert figure.value == pytest.approx(kwh, rel=1e-9), site
        assert figure.missing == pytest.approx(0.0)
    shares = {site: month.of_site[site]["it_energy_kwh"].estimated for site in SITES}
    assert shares == {"own": 0.0, "colo": 0.0, "aws": pytest.approx(1.0), "edge": 0.0, "api": pytest.approx(1.0)}


def test_the_total_is_the_sum_of_its_parts(month: Month) -> None:
    two, three = (month.of_company[name].value for name in ("scope_2_energy_kwh", "scope_3_hosted_energy_kwh"))
    assert two is not None
    assert three is not None
    assert two + three == pytest.approx(sum(KWH.values()), rel=1e-9)
    assert two == pytest.approx(KWH["own"] + KWH["edge"], rel=1e-9)
    rows = month.service.ledger(start=MARCH, end=APRIL, metrics=["energy"]).to_pylist()
    counted = {"own/grid", "colo/cage", "colo/building", "aws/cpu", "aws/building"}
    counted |= {"edge/box", "edge/building", "api/model", "api/building"}
    assert sum(row["energy_kwh"] for row in rows if row["point"] in counted) == pytest.approx(two + three, rel=1e-9)


def test_emissions_are_those_of_the_sites_each_in_one_scope(month: Month) -> None:
    scopes = [month.of_company[f"{name}_location_kgco2e"].value for name in ("scope_2", "scope_3_hosted")]
    sites = {site: month.of_site[site]["emissions_location_kgco2e"].value or 0.0 for site in SITES}
    for scope, value in zip((2, 3), scopes, strict=True):
        assert value == pytest.approx(sum(kg for site, kg in sites.items() if SCOPES[site] == scope), rel=1e-9)
    assert sites["aws"] == pytest.approx(KWH["aws"] * 0.28)
    assert sites["api"] == pytest.approx(KWH["api"] * 0.3), "no building is added to what holds it already"


def test_every_row_is_whole_and_no_hour_stands_twice(month: Month) -> None:
    rows = month.service.ledger(start=MARCH, end=APRIL, metrics=["energy"]).to_pylist()
    by_point: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        assert row["measured"] + row["estimated"] + row["missing"] == pytest.approx(1.0)
        by_point.setdefault(row["point"], []).append((row["start"], row["end"]))
    assert len(by_point) == 11
    for spans in by_point.values():
        assert (min(spans)[0], max(spans)[1], len(spans)) == (MARCH, APRIL, HOURS * 4)
        assert all(one[1] == following[0] for one, following in pairwise(sorted(spans)))


def test_whose_factor_stands_behind_what_was_bought(month: Month) -> None:
    sources = {
        site: {factor.source for factor in month.of_site[site]["emissions_location_kgco2e"].factors} for site in SITES
    }
    assert "its report" in sources["api"]
    assert any("ccf-coefficients" in source for source in sources["aws"])
    assert sources["own"] == {"made up"}
    where = ["--config", str(month.service.settings.path)]
    assert main(["trace", "it_energy_kwh", "--site", "aws", "--from", "2026-03-01", "--to", "2026-03-02", *where]) == 0
