"""Coverage floors, read from the last run: 100 % of branches in analytics, 90 % elsewhere."""

from __future__ import annotations

import io
import sys

import coverage

FLOORS = {"analytics": 100.0, "config": 90.0, "collectors": 90.0, "ui": 90.0}


def main() -> int:
    """Print the share per floor of the house; 1 if any is below its bar."""
    measured = coverage.Coverage()
    measured.load()
    failed = 0
    for folder, floor in FLOORS.items():
        share = measured.report(include=[f"{folder}/*"], file=io.StringIO())
        low = share < floor
        failed += low
        sys.stdout.write(f"coverage {folder}: {share:.1f} % (floor {floor:.0f} %){' TOO LOW' if low else ''}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
