"""Values that must not be read by others: told by their names, or by a user's name and password in
an address (`https://user:password@host/`), and kept as scrypt.

A secret's value counts like any other, but what is written down is a slow hash of it,
salted with the target and the name, so that a lockfile gives none away.
"""

from __future__ import annotations

from functools import lru_cache

from jobmake.model.fingerprint import SECRET
from jobmake.tools.regex import regex
from jobmake.tools.tomltext import value as toml_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

# the ends of words (`PGPASSWORD`), or whole ones: `api_token` and `DB_PASS`, but neither
# `max_tokens` nor `author`, neither `compass` nor `path`
_SECRET_NAME = regex(
    r"(?i)(?:passw(?:or)?d|passphrase|secrets?|credentials?"
    r"|(?:\b|_)(?:token|auth|pass|pwd|pat|(?:api|private|access)[_-]?key))(?:\b|_)"
)
# user and password before the host; over HTTP the user alone may be a token, over SSH it is a name
_USER = regex(
    r"(?i)\b(https?://)([^\s/?#'\"<>]+)@|\b([a-z][a-z0-9+.-]*://)([^\s/?#'\"<>:]*:[^\s/?#'\"<>]+)@"
)
_PUT_IN = r"(?:\$\w+|\$?\{[^{}]*\})"  # by a shell, or by jobmake
_NO_VALUE = regex(rf"(?:(?:[\w.-]*|{_PUT_IN}):)?{_PUT_IN}|:?")
# what is in every such name when case is folded (an `i` may be one without a dot): a long text that
# has none of them is soon told
_STEMS = ("pass", "secret", "credent", "token", "auth", "pwd", "pat", "key")
MASK = "***"


@lru_cache(maxsize=4096)  # the same few names are asked about for every target and run
def looks_secret(name: str) -> bool:
    """Say whether a value of this name is to be hidden."""
    return _SECRET_NAME.search(name) is not None


def names_secret(text: str) -> bool:
    """Say whether a text has, anywhere, a name whose value is to be hidden, or such an address."""
    folded = text.casefold()
    is_named = any(stem in folded for stem in _STEMS) and _SECRET_NAME.search(text) is not None
    return is_named or holds_user(text)


def is_secret(name: str, value: object) -> bool:
    """Say whether the value of this name is to be hidden, by its name or for what is in it."""
    return looks_secret(name) or holds_user(str(value))


def holds_user(text: str) -> bool:
    """Say whether a text has an address with a user and a password, or a token."""
    return "@" in text and without_users(text) != text


def without_users(text: str) -> str:
    """Return a text with a mask in place of each user and password in an address."""
    return _USER.sub(_masked_user, text) if "://" in text else text


def _masked_user(found: re.Match[str]) -> str:
    lead, user = found[1] or found[3], found[2] or found[4]
    return found[0] if _NO_VALUE.fullmatch(user) else f"{lead}{MASK}@"


@lru_cache(maxsize=4096)  # it is slow on purpose, and asked at every look
def hidden(value: str, target: str, name: str) -> str:
    """Return what stands for a secret value in a record."""
    import hashlib

    salt = f"{len(target)}:{target}:{name}".encode()
    return SECRET + hashlib.scrypt(value.encode(), salt=salt, n=1 << 14, r=8, p=1, dklen=16).hex()


def told(value: str, target: str, name: str) -> str:
    """Return a value (as TOML) of a target as it stands in a fingerprint."""
    return toml_value(hidden(value, target, name)) if is_secret(name, value) else value
