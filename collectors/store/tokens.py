"""Bearer tokens of the HTTP doors: the state store keeps their SHA-256 alone, and every making and end is audited.

A token is `wattlas_<id>_<secret>`: the id finds its row, the secret has 256 random bits, so a plain hash is enough at
rest. It is shown once, when it is made.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from collectors.store.audit import appended
from collectors.store.state_engine import transaction
from collectors.store.state_tables import TOKENS
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine, Row

PREFIX = "wattlas"
ID_BYTES, SECRET_BYTES = 4, 32
LONGEST = 200  # characters of what may be a token at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a bearer may do: `scopes`, at one `site` (None: at all), until `expires_at` [UTC s] (None: for good)."""

    id: str
    name: str
    scopes: tuple[str, ...]
    site: str | None
    created_by: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None = None
    revoked_by: str = ""

    def fault(self, now: int) -> str | None:
        """Say why it opens nothing at `now` [UTC s], None where it does."""
        if self.revoked_at is not None:
            return f"token {self.id} was revoked"
        if self.expires_at is not None and now >= self.expires_at:
            return f"token {self.id} has expired"
        return None


class TokenStore:
    """The tokens of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def create(
        self, *, name: str, scopes: Sequence[str], site: str | None, expires_at: int | None, who: str, at: int
    ) -> tuple[Token, str]:
        """Make a token and return it with its text, which is kept nowhere.

        Raises:
            InputError: a token of that name stands already.
        """
        token = Token(
            id=secrets.token_hex(ID_BYTES),
            name=name,
            scopes=tuple(sorted(set(scopes))),
            site=site,
            created_by=who,
            created_at=at,
            expires_at=expires_at,
        )
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with transaction(self._engine, write=True) as connection:
            if any(one.name == name and one.fault(at) is None for one in _all(connection)):
                msg = f'a token named "{name}" stands already: choose another name, or revoke that one first.'
                raise InputError(msg)
            row = asdict(token) | {"scopes": " ".join(token.scopes), "hash": _hash(secret)}
            connection.execute(insert(TOKENS).values(**row))
            appended(connection, who, f"token {token.id}", None, _told(token), "", at=at)
        return token, f"{PREFIX}_{token.id}_{secret}"

    def revoke(self, id_: str, *, who: str, at: int, why: str = "") -> Token:
        """End a token from now on; one that is revoked already stays as it is.

        Raises:
            InputError: no such token.
        """
        with transaction(self._engine, write=True) as connection:
            found = _one(connection, id_)
            if found is None:
                msg = f'"{id_}" is no token: `wattlas token list` names them.'
                raise InputError(msg)
            token = _token(found)
            if token.revoked_at is not None:
                return token
            ended = {"revoked_at": at, "revoked_by": who}
            connection.execute(update(TOKENS).where(TOKENS.c.id == id_).values(**ended))
            after = _token(_one(connection, id_) or found)
            appended(connection, who, f"token {id_}", _told(token), _told(after), why, at=at)
        return after

    def all(self) -> list[Token]:
        """Return every token that was ever made, oldest first."""
        with transaction(self._engine, write=False) as connection:
            return _all(connection)

    def find(self, text: str) -> Token | None:
        """Return the token whose text this is, whether or not it still opens anything; None where it is nobody's."""
        prefix, _, rest = text.partition("_")
        id_, _, secret = rest.partition("_")
        if prefix != PREFIX or not secret or len(text) > LONGEST or not text.isascii():
            return None
        with transaction(self._engine, write=False) as connection:
            found = _one(connection, id_)
        if found is None or not hmac.compare_digest(found.hash, _hash(secret)):
            return None
        return _token(found)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _told(token: Token) -> dict[str, object]:
    """What the audit log says of a token: nothing that helps to use it."""
    return asdict(token) | {"scopes": list(token.scopes)}


def _all(connection: Connection) -> list[Token]:
    return [_token(row) for row in connection.execute(select(TOKENS).order_by(TOKENS.c.created_at, TOKENS.c.id))]


def _one(connection: Connection, id_: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(TOKENS).where(TOKENS.c.id == id_)).first()


def _token(row: Row[tuple[object, ...]]) -> Token:
    fields = {name: value for name, value in row._mapping.items() if name != "hash"}  # noqa: SLF001 (SQLAlchemy's name)
    return Token(**fields | {"scopes": tuple(fields["scopes"].split())})
