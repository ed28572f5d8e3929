"""Names of values that are to be hidden."""

from __future__ import annotations

import pytest

from jobmake.model.secrets import looks_secret, names_secret

SECRET = [
    "api_token", "PGPASSWORD", "DB_PASS", "access-key", "secrets", "my_pat", "PWD", "auth",
    "credent\u0131al", "\u017fecret", "api_\u212aEY",
]  # fmt: skip
OPEN = ["max_tokens", "author", "compass", "path", "keyboard", "depth"]


@pytest.mark.parametrize("name", SECRET)
def test_a_text_with_a_secret_name_anywhere_names_a_secret(name):
    assert looks_secret(name)
    assert names_secret(f'[target.a]\nrun = "make {{params.{name}}}"\n')


@pytest.mark.parametrize("name", OPEN)
def test_a_text_with_other_names_does_not(name):
    assert not looks_secret(name)
    assert not names_secret(f'[target.a]\nrun = "make {{params.{name}}}"\n')
