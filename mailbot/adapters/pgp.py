"""OpenPGP through GnuPG: the desk's key and the keys of others, in a home of their own.

python-gnupg finds gpg and writes its command lines. Running them is done here, because it has no time limit, and
reading the answers in `pgp_status`, because it splits them at characters that a user id may hold.
"""

import contextlib
import logging
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import gnupg  # type: ignore[import-untyped]

from mailbot.adapters.pgp_status import (
    OUTPUT_SLACK,
    Answer,
    KeyRecord,
    read_decrypted,
    read_keys,
    read_micalg,
    read_status,
    read_verdicts,
)
from mailbot.core.limits import Limits
from mailbot.core.messages import Decrypted, Verdict
from mailbot.errors import ConfigError, PermanentError, TransientError
from mailbot.ports import KeyInfo

MAX_HOME = 80  # characters: the agent's socket in it must fit into 108
MAX_KEY_BYTES = 200_000  # a key flooded with signatures is larger
_KEY_RINGS = ("pubring.kbx", "pubring.gpg", "public-keys.d/pubring.db")
"""Where gpg 2.1 and later, older ones, and 2.4 with keyboxd keep public keys."""

_LIFETIME = "2y"
_OPTIONS = [
    "--no-options",
    "--logger-file",  # status lines then have stderr to themselves
    "/dev/null",
    "--pinentry-mode",
    "loopback",
    "--disable-dirmngr",
    "--no-auto-key-retrieve",
    "--no-auto-check-trustdb",
]


class GnupgKeyring:
    """The keyring in one GnuPG home; every call is one bounded run of gpg, safe from several threads."""

    def __init__(self, home: Path, fingerprint: str, passphrase: str | None, limits: Limits) -> None:
        """Raises ConfigError with every problem found."""
        problems = _problems(home, fingerprint, passphrase)
        if not home.is_dir():
            problems += (f"[pgp] home: {home} is not a directory; make it with `mailbot init`",)
        if problems:
            raise ConfigError(problems)
        self._home = home.absolute()
        self._own = fingerprint
        self._passphrase = passphrase
        self._gpg = _gpg(self._home)
        self._seconds = limits.decrypt_seconds
        # A run of gpg costs as much as a decryption; every mail asks several times whether the same keys are usable.
        self._known: dict[str, KeyRecord | None] = {}
        self._armored: dict[str, bytes] = {}
        self._known_as_of: tuple[tuple[int, int, int], ...] = ()

    @property
    def own(self) -> str:
        """The desk's fingerprint."""
        return self._own

    @property
    def version(self) -> tuple[int, ...]:
        """Of gpg."""
        return tuple(self._gpg.version or ())

    def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted:
        """The plaintext, if all of it is authentic and at most `max_bytes` long."""
        command = ["--max-output", str(max_bytes + OUTPUT_SLACK), "--decrypt"]
        return read_decrypted(self._run(command, ciphertext, secret=True), max_bytes)

    def verify(self, signed: bytes, signature: bytes) -> tuple[Verdict, ...]:
        """Verdicts on a detached signature."""
        with tempfile.NamedTemporaryFile(prefix="mailbot-", suffix=".sig") as file:
            file.write(signature)
            file.flush()
            return read_verdicts(self._run(["--verify", file.name, "-"], signed))

    def verify_clearsigned(self, block: bytes, max_bytes: int) -> tuple[bytes, tuple[Verdict, ...]]:
        """The text inside the signature only, and the verdicts; b"" and () if there is none."""
        answer = self._run(["--max-output", str(max_bytes), "--decrypt"], block)
        verdicts = read_verdicts(answer)
        return (answer.output, verdicts) if verdicts and not answer.timed_out else (b"", ())

    def sign(self, content: bytes) -> tuple[bytes, str]:
        """An armored detached signature and its micalg. Raises TransientError: the reason lies with the desk."""
        command = ["--detach-sign", "--armor", "--digest-algo", "SHA512", "--local-user", self._own]
        answer = self._run(command, content, secret=True)
        micalg = read_micalg(answer)
        if answer.returncode != 0 or micalg is None:
            raise TransientError(
                f"gpg cannot sign with {self._own}: look at [pgp] fingerprint, passphrase_env and the key's expiry"
            )
        return answer.output, micalg

    def encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """Armored ciphertext for those keys and the desk's own. Raises PermanentError for an unusable key."""
        recipients = dict.fromkeys((*fingerprints, self._own))
        if bad := next((name for name in recipients if not _is_fingerprint(name)), None):
            raise PermanentError(f"not a fingerprint of 40 upper case hex digits: {bad[:60]!r}")
        # Keys are pinned by us, so gpg's web of trust has no say in it.
        command = ["--encrypt", "--armor", "--trust-model", "always", "--no-encrypt-to"]
        answer = self._run([*command, *(word for name in recipients for word in ("--recipient", name))], content)
        if answer.returncode == 0 and not answer.timed_out:
            return answer.output
        unusable = [value.rpartition(" ")[2] for value in answer.values("INV_RECP")]
        if not unusable:
            raise TransientError("gpg cannot encrypt: look at [pgp] home (disk full? agent?)")
        raise PermanentError(f"no usable key for encryption: {' '.join(unusable)}; import a newer one")

    def inspect(self, key: bytes) -> tuple[KeyInfo, ...]:
        """What keys `key` holds, without importing them; () if it holds none or is too large."""
        if len(key) > MAX_KEY_BYTES:
            return ()
        return tuple(record.info for record in read_keys(self._run(["--show-keys"], key).output))

    def import_key(self, key: bytes) -> tuple[KeyInfo, ...]:
        """Import public keys, without signatures by others; () and nothing imported if one is secret."""
        found = self.inspect(key)
        if not found or any(info.secret for info in found):
            return ()
        answer = self._run(["--import-options", "import-minimal,import-clean", "--import"], key)
        taken = {value.rpartition(" ")[2].upper() for value in answer.values("IMPORT_OK")}
        return tuple(info for info in found if info.fingerprint in taken)

    def export(self, fingerprint: str) -> bytes:
        """The armored public key; b"" if it is not held."""
        if not _is_fingerprint(fingerprint):
            return b""
        self._forget_if_changed()
        if fingerprint not in self._armored:
            answer = self._run(["--armor", "--export-options", "export-minimal", "--export", fingerprint])
            if answer.returncode != 0:
                return b""
            self._armored[fingerprint] = answer.output
        return self._armored[fingerprint]

    def usable(self, fingerprint: str, now: datetime) -> bool:
        """Whether mail can be encrypted to that key at `now`."""
        record = self._held(fingerprint)
        return record is not None and record.usable(now)

    def expiry(self, fingerprint: str) -> datetime | None:
        """When the key can no longer be used in full; None if never, or if it is not held."""
        record = self._held(fingerprint)
        return record.expires if record else None

    def held(self) -> tuple[KeyInfo, ...]:
        """Every public key in the home."""
        return tuple(record.info for record in read_keys(self._run(["--list-keys"]).output))

    def has_secret(self) -> bool:
        """Whether the desk's own secret key is in the home."""
        return bool(read_keys(self._run(["--list-secret-keys", self._own]).output))

    def close(self) -> None:
        """Stop the home's agent, which would outlive us; never raises."""
        _stop_agent(self._home)

    def _held(self, fingerprint: str) -> KeyRecord | None:
        if not _is_fingerprint(fingerprint):
            return None
        self._forget_if_changed()
        if fingerprint not in self._known:
            records = read_keys(self._run(["--list-keys", fingerprint]).output)
            self._known[fingerprint] = next((r for r in records if r.info.fingerprint == fingerprint), None)
        return self._known[fingerprint]

    def _forget_if_changed(self) -> None:
        """Drop what was read of keys when the key ring is another than then, whoever changed it."""
        found = []
        for name in _KEY_RINGS:
            with contextlib.suppress(OSError):
                stat = os.stat(self._home / name)
                found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
        if tuple(found) != self._known_as_of or not found:
            self._known.clear()
            self._armored.clear()
            self._known_as_of = tuple(found)

    def _run(self, command: list[str], content: bytes = b"", *, secret: bool = False) -> Answer:
        # An empty one for none: gpg then goes on to the next secret key instead of giving up at the first locked one.
        passphrase = (self._passphrase or "") if secret else None
        return _run(self._gpg, command, content, passphrase, self._seconds)


def unfit(home: Path, *user_id: str, passphrase: str | None = None) -> tuple[str, ...]:
    """Why no key can be kept in `home`, or be made there for the name and address of `user_id`; nothing is touched."""
    bad = [text for text in user_id if not text or not text.isprintable() or set(text) & set("<>()")]
    return _problems(home, "0" * 40, passphrase) + tuple(f"[desk]: {text!r} cannot stand in a key" for text in bad)


def generate(home: Path, name: str, address: str, passphrase: str | None) -> str:
    """Make the desk's key (ed25519 and cv25519, two years) in `home`, made 0700 if absent; its fingerprint.

    Raises ConfigError.
    """
    if problems := unfit(home, name, address, passphrase=passphrase):
        raise ConfigError(problems)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    gpg = _gpg(home.absolute())
    wish = {
        "key_type": "EDDSA",
        "key_curve": "ed25519",
        "key_usage": "sign",
        "subkey_type": "ECDH",
        "subkey_curve": "cv25519",
        "subkey_usage": "encrypt",
        "name_real": name,
        "name_email": address,
        "expire_date": _LIFETIME,
    }
    # `passphrase` stands for what the key is locked with, in the parameters that gpg reads from its stdin.
    locked = {"passphrase": passphrase} if passphrase else {"no_protection": True}
    parameters = gpg.gen_key_input(**wish, **locked)
    answer = _run(gpg, ["--gen-key"], parameters.encode(), None, Limits().decrypt_seconds)
    _stop_agent(home.absolute())
    made = [value.split()[1] for value in answer.values("KEY_CREATED") if len(value.split()) > 1]
    if not made:
        raise ConfigError((f"gpg could not make a key in {home}; see `gpg --homedir {home} --full-generate-key`",))
    return made[0]


def import_secret(home: Path, file: Path) -> str:
    """Take the desk's own secret key from `file` into `home`, made 0700 if absent; its fingerprint.

    Raises ConfigError, also when the file holds more than one secret key.
    """
    if problems := unfit(home):
        raise ConfigError(problems)
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_KEY_BYTES)
    except OSError as exc:
        raise ConfigError((f"{file}: {exc.strerror}",)) from exc
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    gpg = _gpg(home.absolute())
    found = read_keys(_run(gpg, ["--show-keys"], content, None, Limits().decrypt_seconds).output)
    secret = [record.info.fingerprint for record in found if record.info.secret]
    if len(secret) != 1:
        raise ConfigError((f"{file}: holds {len(secret)} secret keys; give one: gpg --export-secret-keys FINGERPRINT",))
    answer = _run(gpg, ["--import"], content, None, Limits().decrypt_seconds)
    _stop_agent(home.absolute())
    if not any(value.endswith(secret[0]) for value in answer.values("IMPORT_OK")):
        raise ConfigError((f"{file}: gpg could not import it into {home}",))
    return secret[0]


def _stop_agent(home: Path) -> None:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        command = ["gpgconf", "--homedir", str(home), "--kill", "gpg-agent"]
        subprocess.run(command, capture_output=True, timeout=Limits().decrypt_seconds, check=False)


def _gpg(home: Path) -> gnupg.GPG:
    # The library logs mail and key text at the lowest level.
    logging.getLogger("gnupg").setLevel(logging.CRITICAL)
    try:
        return gnupg.GPG(gnupghome=str(home), options=_OPTIONS, env={**os.environ, "LC_ALL": "C.UTF-8"})
    except (OSError, ValueError) as exc:
        raise ConfigError(("gpg cannot be run; install GnuPG 2.2 or later (package gnupg)",)) from exc


def _run(gpg: gnupg.GPG, command: list[str], content: bytes, passphrase: str | None, seconds: float) -> Answer:
    """One run of gpg, killed after `seconds`. Raises TransientError if there is none to run."""
    words = gpg.make_args(command, passphrase is not None)
    first = b"" if passphrase is None else passphrase.encode() + b"\n"
    try:
        done = subprocess.run(
            words, input=first + content, capture_output=True, timeout=seconds, env=gpg.env, check=False
        )
    except subprocess.TimeoutExpired:
        return Answer(b"", (), -1, timed_out=True)
    except OSError as exc:
        raise TransientError("gpg cannot be run; is GnuPG still installed?") from exc
    return Answer(done.stdout, read_status(done.stderr), done.returncode)


def _problems(home: Path, fingerprint: str, passphrase: str | None) -> tuple[str, ...]:
    problems = []
    if len(str(home.absolute())) > MAX_HOME:
        problems.append(
            f"[pgp] home: {home.absolute()} is longer than {MAX_HOME} characters, which gpg's agent cannot use"
        )
    if not _is_fingerprint(fingerprint):
        problems.append("[pgp] fingerprint: give all 40 hex digits in upper case, as `mailbot key show` prints them")
    if passphrase is not None and (not passphrase or set(passphrase) & set("\n\r\0")):
        problems.append("[pgp] passphrase_env: the passphrase is empty or has a line end in it")
    return tuple(problems)


def _is_fingerprint(text: str) -> bool:
    return re.fullmatch(r"[0-9A-F]{40}", text) is not None
