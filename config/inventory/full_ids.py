"""Raw tables of points with full ids: a point may be named without its site, where the table says which."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.reading.fields import Raw


def full_ids(table: Raw) -> Raw:
    """Return a point's raw table with full ids, `parents` for `parent`, and a name; wrong types stay as they are."""
    site, name = _site_and_name(table)
    full = _with_parents(table, site)
    if isinstance(name, str):
        full = {"name": name, **full, "id": f"{site}/{name}" if isinstance(site, str) else name}
    if isinstance(site, str):
        full["site"] = site
    if isinstance(full.get("changes"), (list, tuple)):
        full["changes"] = [_with_parents(row, site) if isinstance(row, dict) else row for row in full["changes"]]
    return full


def _site_and_name(table: Raw) -> tuple[object, object]:
    id_, site = table.get("id"), table.get("site")
    if not isinstance(id_, str):
        return site, id_
    before, slash, name = id_.rpartition("/")
    if slash and site not in {None, before}:
        msg = f'id "{id_}" names the site "{before}" but site is "{site}": make the two agree'
        raise ValueError(msg)
    return (before if slash else site), name


def _with_parents(table: Raw, site: object) -> Raw:
    full = dict(table)
    if "parent" in full:
        if "parents" in full:
            msg = "parent and parents say the same: keep one"
            raise ValueError(msg)
        parent = full.pop("parent")
        full["parents"] = [parent] if isinstance(parent, str) else parent
    for key in ("parents", "feeds"):
        if isinstance(full.get(key), (list, tuple)):
            full[key] = [f"{site}/{x}" if isinstance(x, str) and "/" not in x else x for x in full[key]]
    return full
