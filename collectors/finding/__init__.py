"""What this machine offers: GPUs, processors, its BMC, and what other programs serve on loopback.

No other machine is asked, but for the addresses that a person names (`network`). Each module finds one kind of source
and returns `Found`: the points and the source table
that a site file needs for it, or, where Wattlas has no kind for it yet, the first readings themselves. `wattlas init`
lays it out.
"""

from __future__ import annotations

from collectors.finding.found import Found, FoundPoint, FoundSource, Machine, Sample
from collectors.finding.search import search

__all__ = ["Found", "FoundPoint", "FoundSource", "Machine", "Sample", "search"]
