"""Claim 10 of the design, from the command line: one site file with every secret, and no command shows any of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from collectors.registry import collector_class
from tests.ui.access.planted import CHANNELS, JOB_SOURCES, PLAIN, SOURCES, TRACES, key
from tests.ui.company import HEAD
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.peer
NOBODY = "http://127.0.0.1:9"
POINT = """[[points]]
id = "s/{id}"
role = "server"
interval_s = {{ power = 900 }}
"""
COMMANDS = (
    *("check", "check --json", "doctor --json", "audit log --json", "audit sources --json"),
    *("jobs fetch --cluster kubernetes --json", "jobs fetch --cluster openstack --json"),
    *("alerts test --channel a --json", "alerts test --channel w --json", "alerts list --json"),
    *("kpi --from 2026-03 --json", "export readings --from 2026-03", "export ledger --from 2026-03"),
    *("token create --name t --scope ingest --site s --json", "token list --json", "inventory diff rows.csv"),
)


def written(table: dict[str, Any], *, head: str) -> str:
    """One table of the site file."""
    return f"{head}\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in table.items())


def _toml(value: Any) -> str:  # noqa: ANN401 - a value of TOML
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else json.dumps(value)


def site_file() -> str:
    tables = [(f"{kind}-{n}", kind, table(NOBODY)) for kind, all_ in SOURCES.items() for n, table in enumerate(all_)]
    points = [*(id_ for id_, _, _ in tables), *JOB_SOURCES]
    parts = [HEAD, *(POINT.format(id=id_) for id_ in points)]
    for id_, kind, table in tables:
        head = {"id": id_, "kind": kind, "point": f"s/{id_}", "interval_s": 900.0}
        gives = collector_class(kind).model_validate({**head, **table}).gives or {"power"}
        parts.append(written({**head, "metrics": sorted(gives), **table}, head="[[sources]]"))
    for kind, source in JOB_SOURCES.items():
        nodes = {"id": kind, "site": "s", "nodes": [{"hosts": kind, "cpus": 4}], "source": source(NOBODY)}
        parts.append(written(nodes, head="[[clusters]]"))
    return "\n".join([*parts, *(written(one(NOBODY), head="[[alerting.channels]]") for one in CHANNELS)])


def test_no_command_shows_a_secret_and_no_file_keeps_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("WATTLAS_PLANTED", PLAIN)
    site = tmp_path / "wattlas.toml"
    site.write_text(site_file())
    (tmp_path / "rows.csv").write_text("id,role,source.kind,source.password\ns/new,server,redfish,pl4nted\n")
    ended = {}
    for command in COMMANDS:
        ended[command] = main(["--config", str(site), *command.replace("rows.csv", str(tmp_path / "rows.csv")).split()])
        said = capsys.readouterr()
        for text in (said.out, said.err, caplog.text):
            assert not any(trace in text for trace in TRACES), f"{command}: {text}"
    assert {command for command, code in ended.items() if code} == {
        *("jobs fetch --cluster kubernetes --json", "jobs fetch --cluster openstack --json"),
        *("alerts test --channel a --json", "alerts test --channel w --json", "inventory diff rows.csv"),
    }, ended
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert kept
    assert not any(trace.encode() in path.read_bytes() for path in kept for trace in TRACES)


@pytest.mark.parametrize("kind", ["redfish", "cloudwatch", "snmp"])
def test_a_secret_in_the_file_is_refused_by_every_command(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "wattlas.toml"
    text = site_file()
    start = text.index(f'kind = "{kind}"')
    names = [name for name, value in SOURCES[kind][-1](NOBODY).items() if value == key()]
    plain = text[start:].replace(_toml(key()), json.dumps(PLAIN))
    site.write_text(text[:start] + plain)
    assert main(["--config", str(site), "kpi", "--from", "2026-03"]) == 2
    said = capsys.readouterr()
    assert any(f"{name} must not stand in the file: write {name} = " in said.err for name in names)
    assert not any(trace in said.out + said.err for trace in TRACES)
