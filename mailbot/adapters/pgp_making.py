"""The desk's own key comes to be: made anew, or taken over from a file."""

from pathlib import Path

from mailbot.adapters.gpg import home_problems, open_gpg, run_gpg, stop_agent
from mailbot.adapters.pgp_status import read_keys
from mailbot.core.limits import Limits
from mailbot.core.packets import MAX_KEY_BYTES
from mailbot.errors import ConfigError

_LIFETIME = "2y"


def unfit(home: Path, *user_id: str, passphrase: str | None = None) -> tuple[str, ...]:
    """Why no key can be kept in `home`, or be made there for the name and address of `user_id`; nothing is touched."""
    bad = [text for text in user_id if not text or not text.isprintable() or set(text) & set("<>()")]
    return home_problems(home, "0" * 40, passphrase) + tuple(f"[desk]: {text!r} cannot stand in a key" for text in bad)


def generate(home: Path, name: str, address: str, passphrase: str | None) -> str:
    """Make the desk's key (ed25519 and cv25519, two years) in `home`, made 0700 if absent; its fingerprint.

    Raises ConfigError.
    """
    if problems := unfit(home, name, address, passphrase=passphrase):
        raise ConfigError(problems)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    gpg = open_gpg(home.absolute())
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
    answer = run_gpg(gpg, ["--gen-key"], parameters.encode(), None, Limits().decrypt_seconds)
    stop_agent(home.absolute())
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
    gpg = open_gpg(home.absolute())
    found = read_keys(run_gpg(gpg, ["--show-keys"], content, None, Limits().decrypt_seconds).output)
    secret = [record.info.fingerprint for record in found if record.info.secret]
    if len(secret) != 1:
        raise ConfigError((f"{file}: holds {len(secret)} secret keys; give one: gpg --export-secret-keys FINGERPRINT",))
    answer = run_gpg(gpg, ["--import"], content, None, Limits().decrypt_seconds)
    stop_agent(home.absolute())
    if not any(value.endswith(secret[0]) for value in answer.values("IMPORT_OK")):
        raise ConfigError((f"{file}: gpg could not import it into {home}",))
    return secret[0]
