"""Reads a security.txt (RFC 9116). Whatever is wrong with it is named in `problems`, never raised."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_to_bytes, urlsplit

from mailbot.core.hosts import normalised_host, site_of

MAX_CHARACTERS = 32_768  # RFC 9116 section 5.4 suggests 32 KB ...
MAX_VALUE = 2_048  # ... and 2,048 characters a field
MAX_FIELDS = 20  # of one name

_ADDRESS = re.compile(r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)@([^@\s]+)")
_PHONE = re.compile(r"\+?[0-9().-]{3,40}")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")
_SIGNED = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Za-z-]+:[^\n]*\n)*[ \t]*\n(.*?)\n?-----BEGIN PGP SIGNATURE-----",
    re.DOTALL,
)
_ARMOR = "-----BEGIN PGP SIGNED MESSAGE-----"


@dataclass(frozen=True)
class Problem:
    """Something wrong with the file: a stable code, and the words it is about."""

    code: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


@dataclass(frozen=True)
class SecurityTxt:
    """What the file says. A contact is a mail address, `tel:` or `https:` URI, in order of preference."""

    url: str
    contact: tuple[str, ...] = ()
    expires: datetime | None = None
    encryption: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()
    preferred_languages: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    signed: bool = False  # stands in an OpenPGP cleartext signature, which nobody has verified yet
    problems: tuple[Problem, ...] = ()

    def has(self, code: str) -> bool:
        """Whether the file has a problem with that code."""
        return any(problem.code == code for problem in self.problems)


def parse(text: str, now: datetime, url: str) -> SecurityTxt:
    """What the security.txt found at `url` says at `now`.

    Codes of problems: too_large, not_text, signature_damaged, text_outside_signature, no_contact, bad_contact,
    bare_address, contact_query, no_expires, bad_expires, several_expires, expired, expires_late, canonical_mismatch,
    several_preferred_languages, value_too_long, too_many_values.
    """
    problems: list[Problem] = []
    if len(text) > MAX_CHARACTERS:
        return SecurityTxt(url, problems=(Problem("too_large", f"{len(text)} characters"),))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if text.lstrip().startswith("<") or re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        return SecurityTxt(url, problems=(Problem("not_text"),))
    text, signed = _unsigned(text, problems)
    values = _fields(text, problems)
    contact = tuple(dict.fromkeys(c for value in values.get("contact", ()) for c in _contact(value, problems)))
    if not contact:
        problems.append(Problem("no_contact"))
    return SecurityTxt(
        url,
        contact=contact,
        expires=_expires(values.get("expires", ()), now, problems),
        encryption=tuple(v for v in values.get("encryption", ()) if _uri(v, ("https", "openpgp4fpr", "dns"))),
        canonical=_canonical(values.get("canonical", ()), url, problems),
        preferred_languages=_languages(values.get("preferred-languages", ()), problems),
        policy=tuple(v for v in values.get("policy", ()) if _uri(v, ("https",))),
        signed=signed,
        problems=tuple(problems),
    )


def _unsigned(text: str, problems: list[Problem]) -> tuple[str, bool]:
    """The text inside a cleartext signature (RFC 4880 section 7), and whether there was one."""
    start = text.find(_ARMOR)
    if start < 0:
        return text, False
    match = _SIGNED.match(text, start)  # the first only: a search from each would let a file of headers cost seconds
    if match is None:
        problems.append(Problem("signature_damaged"))
        return text, False
    before, after = text[: match.start()], text[match.end() :]
    if before.strip() or after.partition("-----END PGP SIGNATURE-----")[2].strip():
        problems.append(Problem("text_outside_signature"))
    return re.sub(r"^- ", "", match[1], flags=re.MULTILINE), True


def _fields(text: str, problems: list[Problem]) -> dict[str, list[str]]:
    """Values by name in lower case; comments and what is no field are passed over (RFC 9116 section 2.4)."""
    values: dict[str, list[str]] = {}
    for line in text.split("\n"):
        match = _FIELD.fullmatch(line.strip())
        if match is None or not match[2]:
            continue
        name, value = match[1].lower(), match[2].strip()
        if len(value) > MAX_VALUE:
            problems.append(Problem("value_too_long", name))
        elif len(values.setdefault(name, [])) >= MAX_FIELDS:
            problems.append(Problem("too_many_values", name))
        else:
            values[name].append(value)
    return {name: found for name, found in values.items() if found}


def _contact(value: str, problems: list[Problem]) -> list[str]:
    """The ways to reach someone that one Contact names; several only in a `mailto:` with several addresses."""
    scheme, _, rest = value.partition(":")
    match scheme.lower():
        case "mailto":
            found = _mailto(rest, problems)
        case "tel":
            number = rest.partition(";")[0].replace(" ", "")
            found = [f"tel:{number}"] if _PHONE.fullmatch(number) else []
        case "https":
            found = [value] if _uri(value, ("https",)) else []
        case _:
            address = mail_address(value)
            found = [address] if address else []
            if found:
                problems.append(Problem("bare_address", _shown(value)))
    if not found:
        problems.append(Problem("bad_contact", _shown(value)))
    return found


def _mailto(rest: str, problems: list[Problem]) -> list[str]:
    """Addresses of a mailto URI without its query, which could add recipients, headers and text (RFC 6068)."""
    path, mark, _ = rest.partition("?")
    if mark:
        problems.append(Problem("contact_query", _shown(path)))
    decoded = [unquote_to_bytes(part).decode("utf-8", "replace") for part in path.split(",")[:5]]
    addresses = [mail_address(part) for part in decoded]
    return [a for a in addresses if a] if all(addresses) else []


def mail_address(text: str) -> str | None:
    """The text as an addr-spec with its domain in lower case and punycode, or None if it is none."""
    match = _ADDRESS.fullmatch(text)
    if match is None or len(match[1]) > 64:
        return None
    domain = normalised_host(match[2])
    return f"{match[1]}@{domain}" if domain and "." in domain else None


def _expires(values: "list[str] | tuple[()]", now: datetime, problems: list[Problem]) -> datetime | None:
    if not values:
        problems.append(Problem("no_expires"))
        return None
    if len(values) > 1:
        problems.append(Problem("several_expires"))
    try:
        moment = datetime.fromisoformat(values[0].upper())
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        problems.append(Problem("bad_expires", _shown(values[0])))
        return None
    if moment <= now:
        problems.append(Problem("expired", moment.date().isoformat()))
    elif moment - now > timedelta(days=366):
        problems.append(Problem("expires_late", moment.date().isoformat()))
    return moment


def _canonical(values: "list[str] | tuple[()]", url: str, problems: list[Problem]) -> tuple[str, ...]:
    if values and url not in values:
        problems.append(Problem("canonical_mismatch", _shown(values[0])))
    return tuple(value for value in values if _uri(value, ("https",)))


def _languages(values: "list[str] | tuple[()]", problems: list[Problem]) -> tuple[str, ...]:
    if len(values) > 1:
        problems.append(Problem("several_preferred_languages"))
    named = [tag.strip() for value in values[:1] for tag in value.split(",")]
    return tuple(tag.lower() for tag in named if _LANGUAGE.fullmatch(tag))


def _uri(value: str, schemes: tuple[str, ...]) -> bool:
    """Whether the value is a URI of one of these schemes that may be shown and stored as it is."""
    if not value.isprintable() or " " in value:
        return False
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        return False
    return scheme in schemes and (scheme != "https" or site_of(value) is not None)


def _shown(value: str) -> str:
    """The beginning of a value from outside, safe in one line."""
    return "".join(c if c.isprintable() else "?" for c in value[:80])
