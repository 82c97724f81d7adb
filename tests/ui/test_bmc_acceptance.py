"""The product's main job on real input: BMCs polled over real RMCP+ become energy and a PUE that can be trusted."""

from __future__ import annotations

import csv
import io
import re
import signal
import time
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.peers.ipmi_sim import running_bmcs
from tests.program import Program
from tests.ui.attribution.hall import PASSWORD_VARIABLE, POLL_S, point_toml, sessions, write_site
from tests.ui.attribution.hall_story import SECRET, accept_hall, iso

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.peer, pytest.mark.alone]


def test_twenty_bmcs_under_two_pdus_give_the_energy_and_pue_that_ipmitool_implies(tmp_path: Path) -> None:
    accept_hall(tmp_path, window_s=25)


def powers(program: Program, point: str, since: float) -> list[int]:
    """Times of the power readings of a point."""
    text = program.said("export", "readings", "--from", iso(since), "--to", iso(time.time()), "--point", point)
    rows = csv.DictReader(io.StringIO(text))
    return [int(datetime.fromisoformat(row["time"]).timestamp()) for row in rows if row["metric"] == "power"]


def test_a_reload_swaps_to_a_good_file_and_keeps_the_former_one_for_a_bad_file(tmp_path: Path) -> None:
    begun = time.time() - 1
    with running_bmcs(tmp_path, 3) as bmcs:
        one, two, three = (point_toml(f"srv-0{n}", bmc.port, site="lab") for n, bmc in enumerate(bmcs))
        site = write_site(tmp_path / "wattlas.toml", one, two)
        program = Program(site, {PASSWORD_VARIABLE: SECRET})
        with program.running(program.command("collect"), log=tmp_path / "collect.log") as job:
            job.wait_until_said("collect answers", times=2)
            write_site(site, one, two.replace("max_w", "max_watt"))
            refused = program.run("reload")
            assert refused.returncode == 2
            assert re.fullmatch(r"wattlas: wattlas.toml \[\[points\]\].*max_watt.*\n", refused.stderr), refused.stderr
            job.process.send_signal(signal.SIGHUP)
            job.wait_until_said(r"WARNING reload refused, the former site file stays: .*max_watt")
            write_site(site, one, three)
            assert f"collector {job.process.pid} takes it now" in program.said("reload")
            job.wait_until_said(r"collect answers source=bmc-srv-02")
            swapped = time.time()
            time.sleep(POLL_S + 1.5)
            kept, said = powers(program, "lab/srv-00", begun), job.said()
            assert sessions(bmcs[1]) == 0, "a source that is gone leaves no session behind"
            assert job.terminated(within_s=15) == 0, job.said()
    assert kept[-1] >= swapped - 1, "what stayed is polled on"
    assert max(b - a for a, b in pairwise(kept)) <= 1.5 * POLL_S, "and its time stays measured"
    assert said.count("collect answers source=bmc-srv-00") == 1, "by the session that it had"
    assert "Traceback" not in said
