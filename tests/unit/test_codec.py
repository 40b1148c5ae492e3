"""Sealing at rest: what opens where, and how the key is made and kept."""

from pathlib import Path

import pytest

from mailbot.adapters.codec import STORE_NAME, SealedCodec, Unsealable, derive, load_or_make_key, parse_key
from mailbot.errors import ConfigError
from tests.plain_codec import PlainCodec

KEY = bytes(range(32))


@pytest.mark.parametrize("plain", [b"", b"x", "届出".encode() * 1000])
def test_round_trip(plain: bytes) -> None:
    """What was sealed opens for the same purpose; each sealing looks different."""
    codec = SealedCodec(KEY)
    sealed = codec.seal(plain, "mail 1")
    assert codec.unseal(sealed, "mail 1") == plain
    assert sealed != codec.seal(plain, "mail 1")
    assert PlainCodec().unseal(PlainCodec().seal(plain, "a"), "b") == plain


def test_opens_nowhere_else() -> None:
    """Another purpose, another key, a changed, cut or empty text: nothing opens."""
    sealed = SealedCodec(KEY).seal(b"secret", "mail 1")
    for codec, stored, purpose in (
        (SealedCodec(KEY), sealed, "mail 2"),
        (SealedCodec(KEY[::-1]), sealed, "mail 1"),
        (SealedCodec(KEY), sealed[:-1], "mail 1"),
        (SealedCodec(KEY), sealed[:20] + bytes([sealed[20] ^ 1]) + sealed[21:], "mail 1"),
        (SealedCodec(KEY), b"\x02" + sealed[1:], "mail 1"),
        (SealedCodec(KEY), sealed[:5], "mail 1"),
        (SealedCodec(KEY), b"", "mail 1"),
    ):
        with pytest.raises(Unsealable):
            codec.unseal(stored, purpose)


def test_derived_keys_differ() -> None:
    """Each purpose has a key of its own, always the same."""
    assert derive(KEY, "store") == derive(KEY, "store")
    assert len({KEY, derive(KEY, "store"), derive(KEY, "token"), derive(KEY[::-1], "store")}) == 4
    assert len(derive(KEY, "store")) == 32


def test_key_is_made_once(tmp_path: Path) -> None:
    """Beside an empty state a key is made, 0600, and found again."""
    path = tmp_path / "conf" / "state.key"
    key = load_or_make_key(path, tmp_path / "state")
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_make_key(path, tmp_path / "state") == key


@pytest.mark.parametrize("name", [STORE_NAME, "mail"])
def test_key_is_never_remade(tmp_path: Path, name: str) -> None:
    """Once something lies sealed, a missing key is an error and no new one appears."""
    (tmp_path / "state" / name).mkdir(parents=True)
    with pytest.raises(ConfigError, match="put it back from your backup"):
        load_or_make_key(tmp_path / "state.key", tmp_path / "state")
    assert not (tmp_path / "state.key").exists()


def test_key_beside_a_fresh_checkout(tmp_path: Path) -> None:
    """A README and a gpg home in the state folder do not stand in the way of the first key."""
    (tmp_path / "state" / "gnupg").mkdir(parents=True)
    (tmp_path / "state" / "README.md").touch()
    assert load_or_make_key(tmp_path / "state.key", tmp_path / "state")


@pytest.mark.parametrize("text", ["", "ab" * 31, "zz" * 32, "ab" * 33])
def test_bad_key(tmp_path: Path, text: str) -> None:
    """A file that holds no key is named, and left alone."""
    path = tmp_path / "state.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=r"state\.key: a key is 64 hex digits"):
        load_or_make_key(path, tmp_path / "state")
    assert path.read_text() == text
    with pytest.raises(ConfigError, match="MAILBOT_KEY"):
        parse_key(text, "MAILBOT_KEY")


def test_key_in_the_state_folder(tmp_path: Path) -> None:
    """The key may not lie in the folder that it seals."""
    with pytest.raises(ConfigError, match="must not lie in"):
        load_or_make_key(tmp_path / "state" / "key", tmp_path / "state")
