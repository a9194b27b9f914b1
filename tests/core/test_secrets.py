from __future__ import annotations

import pytest

from kyozo_gql.core.errors import ConfigurationError
from kyozo_gql.core.secrets import SecretBox
from kyozo_gql.settings import Settings


def box(key: str) -> SecretBox:
    return SecretBox(Settings(secret_key=key).encryption_key)


@pytest.mark.parametrize("text", ["", "sésame", "x" * 32_768])
def test_what_is_sealed_can_be_opened_with_the_same_key_alone(text):
    sealed = box("one").seal(text)
    assert not text or text not in sealed
    assert box("one").open(sealed) == text
    with pytest.raises(ConfigurationError, match="another KYOZO_SECRET_KEY"):
        box("two").open(sealed)


def test_the_same_text_looks_different_each_time():
    assert box("one").seal("sésame") != box("one").seal("sésame")


def test_what_was_tampered_with_is_not_opened():
    sealed = box("one").seal("sésame")
    with pytest.raises(ConfigurationError):
        box("one").open(sealed[:-4] + "AAA=")
