"""Values that must not be read by others: told by their names, kept as scrypt.

A secret's value counts like any other, but what is written down is a slow hash of it,
salted with the target and the name, so that a lockfile gives none away.
"""

from __future__ import annotations

from functools import lru_cache

from jobmake.model.fingerprint import SECRET
from jobmake.tools.regex import regex
from jobmake.tools.tomltext import value as toml_value

# the ends of words (`PGPASSWORD`), or whole ones: `api_token` and `DB_PASS`, but neither
# `max_tokens` nor `author`, neither `compass` nor `path`
_SECRET_NAME = regex(
    r"(?i)(?:passw(?:or)?d|passphrase|secrets?|credentials?"
    r"|(?:\b|_)(?:token|auth|pass|pwd|pat|(?:api|private|access)[_-]?key))(?:\b|_)"
)
MASK = "***"


@lru_cache(maxsize=4096)  # the same few names are asked about for every target and run
def looks_secret(name: str) -> bool:
    """Say whether a value of this name is to be hidden."""
    return _SECRET_NAME.search(name) is not None


def names_secret(text: str) -> bool:
    """Say whether a text has, anywhere, a name whose value is to be hidden."""
    return _SECRET_NAME.search(text) is not None


@lru_cache(maxsize=4096)  # it is slow on purpose, and asked at every look
def hidden(value: str, target: str, name: str) -> str:
    """Return what stands for a secret value in a record."""
    import hashlib

    salt = f"{len(target)}:{target}:{name}".encode()
    return SECRET + hashlib.scrypt(value.encode(), salt=salt, n=1 << 14, r=8, p=1, dklen=16).hex()


def told(value: str, target: str, name: str) -> str:
    """Return a value (as TOML) of a target as it stands in a fingerprint."""
    return toml_value(hidden(value, target, name)) if looks_secret(name) else value
