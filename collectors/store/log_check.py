"""Is a Delta log whole? Each of our commits says in its first line how many actions follow, so a cut anywhere shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MARK = "wattlas"  # key of our own words in a commit's `commitInfo`
TAIL = 20  # commits from the end whose data files are looked at


def commit_path(table: Path, version: int) -> Path:
    """Return the log file of `version` of the Delta `table`."""
    return table / "_delta_log" / f"{version:020d}.json"


def versions(table: Path) -> list[int]:
    """Return the versions whose commit file is in the log, ascending."""
    names = (file.name.partition(".") for file in (table / "_delta_log").iterdir())
    return sorted(int(stem) for stem, _, ending in names if stem.isdigit() and ending == "json")


def read_commit(path: Path) -> list[dict[str, Any]]:
    """Return the actions of a commit file.

    Raises:
        ValueError: it is cut or otherwise unreadable.
    """
    actions = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if not all(isinstance(action, dict) for action in actions):
        message = "a line is no JSON object"
        raise ValueError(message)
    infos = [action["commitInfo"] for action in actions if "commitInfo" in action]
    if not infos:
        message = "it has no commitInfo"
        raise ValueError(message)
    expected = infos[0].get(MARK, {}).get("actions")
    if expected is not None and expected != len(actions) - 1:
        message = f"it holds {len(actions) - 1} of {expected} actions"
        raise ValueError(message)
    return actions


def facts(table: Path, version: int) -> dict[str, Any]:
    """Return our own words in a commit; empty where it is unreadable or has none."""
    try:
        actions = read_commit(commit_path(table, version))
    except (OSError, ValueError):
        return {}
    return next(action["commitInfo"] for action in actions if "commitInfo" in action).get(MARK, {})  # type: ignore[no-any-return]  # JSON


def changes_rows(path: Path) -> bool:
    """Say whether a commit adds rows or takes some away; True of one that cannot be read, for nobody knows."""
    try:
        actions = read_commit(path)
    except (OSError, ValueError):
        return True
    files = [action[kind] for action in actions for kind in ("add", "remove") if kind in action]
    return any(file.get("dataChange", True) for file in files)


def commit_fault(table: Path, version: int) -> str | None:
    """Return what is wrong with the last commit `version`, or None; a log file already cleaned up is not wrong."""
    try:
        actions = read_commit(commit_path(table, version))
    except FileNotFoundError:
        return None
    except ValueError as error:  # JSON and UTF-8 errors are ValueErrors too
        return f"commit {version} is cut or unreadable ({error})"
    return files_fault(table, version, [action["add"] for action in actions if "add" in action])


def files_fault(table: Path, version: int, adds: list[dict[str, Any]]) -> str | None:
    """Return which of the data files that a commit added is absent or cut, or None."""
    for add in adds:
        file = table / add["path"]
        size = file.stat().st_size if file.exists() else 0
        if size != add["size"]:
            return f"data file {file.name} of commit {version} has {size} of {add['size']} bytes"
    return None


def first_fault(table: Path) -> tuple[int, str] | None:
    """Return the oldest damaged commit among the last ones, and what is wrong with it."""
    found = versions(table)[-TAIL:]
    removed: set[str] = set()
    fault = None
    for version in reversed(found):
        try:
            actions = read_commit(commit_path(table, version))
        except ValueError as error:
            fault = version, f"commit {version} is cut or unreadable ({error})"
            continue
        adds = [action["add"] for action in actions if "add" in action]
        wrong = files_fault(table, version, [add for add in adds if add["path"] not in removed])
        fault = (version, wrong) if wrong else fault
        removed |= {action["remove"]["path"] for action in actions if "remove" in action}
    return fault
