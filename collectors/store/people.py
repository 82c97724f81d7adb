"""Who is the same person: what needs several people is not done by one who writes the name in several ways."""

from __future__ import annotations


def same_person(one: str, other: str) -> bool:
    """Say whether two names are of one person: case and blanks make no other one.

    >>> same_person("Ada Byron", "ada  byron "), same_person("ada", "bob")
    (True, False)
    """
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
