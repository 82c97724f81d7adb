"""The server of the pages ends when it is told to."""

from __future__ import annotations

import subprocess
import sys
import time

BUSY = """
import os, signal, time
from concurrent.futures import ThreadPoolExecutor
from ui.serving.serve import _end
signal.signal(signal.SIGTERM, _end)
ThreadPoolExecutor(1).submit(time.sleep, 60)
print("serving", flush=True)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(60)
"""


def test_a_server_that_is_told_to_end_waits_for_no_draft() -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "serving\n"
        told = time.monotonic()
        assert process.wait(30) == 0
    assert time.monotonic() - told < 10
