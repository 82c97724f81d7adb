"""Which version of Wattlas this is."""

from __future__ import annotations


def installed_version() -> str:
    """Return the installed version, in words where it runs from a checkout."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("wattlas")
    except PackageNotFoundError:
        return "from a checkout that is not installed"
