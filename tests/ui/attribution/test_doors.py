"""Who used it, by command, API and page: the same rows, by quarter hours and shorter cells, the same refusals."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from analytics.attribution.work import UNALLOCATED
from tests.ui.api.halls import Halls, StillKept
from tests.ui.attribution.desk import HOUR, JOBS, PERIOD, Desk
from tests.ui.company import START
from tests.ui.pages.pages import cells, draw
from ui import format as fmt
from ui import session
from ui.api.app import api
from ui.attribution.asking import ByWhom
from ui.views import users

if TYPE_CHECKING:
    from tests.ui.api.asgi import Client

QUERY = "from=2026-03-14T00:00:00Z&to=2026-03-14T02:00:00Z"
SHORT = "\n3,2026-03-14T01:05:00Z,2026-03-14T01:12:00Z,n2,green,,4,,,\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("doors"))
    (made.folder / "jobs.csv").write_text(JOBS.strip() + SHORT)
    made.company.now = START + 2 * HOUR + 1900
    return made


@pytest.fixture
def client(desk: Desk) -> Client:
    kept = StillKept(desk.company)
    found = Halls(desk.company, kept, api(kept, ["127.0.0.1"]))
    return found.client("kpis", site=None)


@pytest.fixture(autouse=True)
def _jobs(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.run(capsys, "jobs", "import", str(desk.folder / "jobs.csv"), "--cluster", "alpha")


CASES: list[dict[str, str]] = [
    {"by": "tenant"},
    {"by": "job", "every": "60s", "idle": "use"},
    {"by": "job", "every": "60s", "of": "alpha/2", "name": "it_energy_kwh"},
    {"per": "step", "by": "model"},
    {"by": "team", "fleet": "true"},
]


@pytest.mark.parametrize("asked", CASES)
def test_command_and_api_give_the_same_rows(
    desk: Desk, client: Client, asked: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [(f"--{key}", value) for key, value in asked.items()]
    options = [part for pair in pairs for part in pair if part != "true"]
    answer = client.get(f"/api/v1/kpis?{QUERY}&" + "&".join(f"{key}={value}" for key, value in asked.items()))
    assert answer.status == 200, answer.body
    rows = answer.json["items"]
    assert rows
    assert rows == desk.rows(capsys, "kpi", *PERIOD, *options)


def test_pages_are_of_one_computation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    computed, real = list[str](), ByWhom.figures

    def figures(asked: ByWhom, *rest: Any) -> Any:  # noqa: ANN401 - as they come
        computed.append(asked.by)
        return real(asked, *rest)

    monkeypatch.setattr(ByWhom, "figures", figures)
    whole = client.get(f"/api/v1/kpis?{QUERY}&by=job").json["items"]
    assert len(whole) > 4
    address, rows = f"/api/v1/kpis?{QUERY}&by=job&limit=2", []
    while address:
        answer = client.get(address).json
        rows += answer["items"]
        address = answer["next"]
    assert rows == whole
    assert computed == ["job"] * 2  # once for the whole, once for all of the pages
    client.get(f"/api/v1/kpis?{QUERY}&by=job&limit=2")
    client.get(f"/api/v1/kpis?{QUERY}&by=team&limit=2")
    assert computed == ["job"] * 3 + ["team"]  # who begins anew gets the newest


def test_another_question_gets_no_page_of_the_kept_answer(client: Client) -> None:
    following = client.get(f"/api/v1/kpis?{QUERY}&by=job&limit=1").json["next"]
    cursor = following.partition("cursor=")[2]
    whole = client.get(f"/api/v1/kpis?{QUERY}&by=team").json["items"]
    client.get(f"/api/v1/kpis?{QUERY}&by=job&limit=1")
    assert client.get(f"/api/v1/kpis?{QUERY}&by=team&cursor={cursor}").json["items"] == whole[1:]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("every=60s", "go with by"),
        ("by=tenant&category=2", "category does not"),
        ("by=tenant&every=7s", "is no part of a quarter hour"),
        ("by=cat", "is not known"),
        ("by=tenant&every=10s", "is read each 60 s; use every 60s"),
        ("by=model&per=step&fleet=true", "per speaks of each site"),
    ],
)
def test_what_the_command_refuses_the_api_refuses_in_words(client: Client, query: str, words: str) -> None:
    answer = client.get(f"/api/v1/kpis?{QUERY}&{query}")
    assert answer.status == 400
    assert words in answer.json["error"]


@pytest.mark.parametrize("every", ["15m", "60s"])
def test_the_page_shows_what_the_command_prints(
    desk: Desk, every: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "SHOWN", 2)
    monkeypatch.setitem(session.LONG_RANGES, "24h", 2 * HOUR)
    options = ["--by", "job", "--name", "it_energy_kwh", *([] if every == "15m" else ["--every", every])]
    rows: list[dict[str, Any]] = desk.rows(capsys, "kpi", *PERIOD, *options)
    app = draw(monkeypatch, desk.company.service, "energy", range="24h", whose="job", every=every)
    assert not app.exception
    shown = [row[:2] for row in cells(app)]
    for row in rows[:2]:
        assert [row["of"], fmt.quantity(row["value"], "kWh").replace(fmt.SPACE, " ")] in shown
    assert len(rows) > 3
    assert rows[-1]["of"] == UNALLOCATED
    assert sum(row[0] == UNALLOCATED for row in shown) == 1, "what nobody had is there, however many had more"
    (more,) = [found.group() for html in app.html if (found := re.search(r"\d+ more have less", html.body))]
    assert more == f"{len(rows) - 3} more have less"


def test_a_name_on_the_card_is_as_it_was_given(desk: Desk) -> None:
    name, site = "llama-3.1_8b [x]", desk.company.service.settings.site("s")
    first, *_ = ByWhom(by="job").figures(desk.company.service, [(site, START, START + HOUR)])
    assert users._row(replace(first, of=name), "en")["Who"] == name


def test_without_a_choice_nothing_is_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "read", lambda *_: pytest.fail("nobody asked"))
    app = draw(monkeypatch, desk.company.service, "energy", range="24h")
    assert not app.exception
    assert {one.key for one in app.selectbox} >= {"choice_whose", "choice_every"}


def test_cells_that_nobody_reads_are_refused_on_the_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(session.LONG_RANGES, "24h", 2 * HOUR)
    app = draw(monkeypatch, desk.company.service, "energy", range="24h", whose="job", every="10s")
    assert not app.exception
    assert any("is read each 60 s" in one.value for one in app.error)
