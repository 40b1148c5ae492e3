"""What of one text an operator or vendor must not read, and the text without it.

The finder's identity as far as there is no consent, other people's data, and whatever lets its holder act as someone.
What one needs to see the fault again stays: places, parameters, payloads, versions, the product's own passwords.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailbot.core.accounts import of_anyone, of_finder
from mailbot.core.clients import clients
from mailbot.core.credentials import credentials
from mailbot.core.cuts import Cut, cut_out
from mailbot.core.desk import Desk
from mailbot.core.encoded import encoded_readings
from mailbot.core.finder_words import Words, may_tell, standing, words_of
from mailbot.core.identity import Folded, Trait, account_names, fold, traits
from mailbot.core.known_secrets import known_secrets
from mailbot.core.marks import Ledger
from mailbot.core.model import Case, Role
from mailbot.core.other_finders import as_own
from mailbot.core.places import hosts_known
from mailbot.core.signature_cuts import signatures
from mailbot.core.strangers import numbers, people, phones

ROUNDS = 10
"""One cut may lay another name bare; more rounds than this would need a text made for the purpose."""

_EMAIL = re.compile(r"[a-z0-9][a-z0-9._%+\-]{0,63}@[a-z0-9][a-z0-9.\-]{0,250}\.[a-z]{2,24}")
_NOBODYS_EMAIL = re.compile(
    r"(?:attacker|victim|evil|hacker|test(?:er|user)?|user|dummy|sample|example|foo|bar|hoge|fuga|bcc|cc|to|from|xxx?|[abc])[0-9]{0,3}"
    r"@(?:[a-z0-9\-]{1,63}\.){0,5}(?:example(?:\.(?:com|net|org|jp|co\.jp))?|test|invalid|attacker\.com|evil\.com|burpcollaborator\.net)"
)
_USER = re.compile(r"://[^\s/:@]{1,90}:$")
_PEM = re.compile(r"-----BEGIN ((?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?)-----")
_STRONG = frozenset(("cookie", "authorization", "token", "password", "api_key"))


@dataclass(frozen=True)
class Known:
    """What is known of a case when its texts are read."""

    traits: tuple[Trait, ...]  # of the finder, as far as they must not be told
    accounts: tuple[str, ...]  # patterns of what the finder's accounts can be called
    kept: tuple[str, ...]  # words that stay wherever they stand
    names: tuple[str, ...]  # of the site and the product: a finder's name that is part of one stays there
    addresses: frozenset[str]  # mail addresses that may be told
    finders: frozenset[str]  # the finder's, when they may not
    domain: str  # the desk's
    hosts: frozenset[str]
    words: Words  # of the finder that the last look will not let pass
    phones: frozenset[str]  # digits of numbers that may be told


def known_of(case: Case, desk: Desk, to: str = "") -> Known:
    """What the case and the finder's consents say: each widens what it names, and nothing else (guideline V-2-4)."""
    named = case.agreed("share_identity")
    reachable = named and case.agreed("direct_contact")
    may = may_tell(case)
    told = tuple(case.field_text(name) for name in may if name != "reporter.pgp")
    told += tuple(p.name for p in case.participants if p.role is Role.FINDER and named)
    finders = {p.address.lower() for p in case.participants if p.role is Role.FINDER}
    finders.add(case.field_text("reporter.email").strip().lower())
    finders |= {str(f.value).strip().lower() for f in case.aliases if f.name == "reporter.email"}
    addresses = {to.lower(), desk.address.lower(), *(c.address.lower() for c in case.contacts)}
    addresses = addresses | finders if reachable else addresses - finders
    others = as_own(case)
    theirs = {other.field_text("reporter.email").strip().lower() for other in others}
    finders, addresses = finders | theirs, addresses - theirs
    numbers_told = (desk.phone, *(case.field_text("reporter.phone") for _ in range(reachable)))
    return Known(
        traits=(
            *(trait for trait in traits(case) if trait.name not in may),
            *dict.fromkeys(trait for other in others for trait in traits(other)),
        ),
        accounts=(
            *(() if named else account_names(case)),
            *(name for other in others for name in account_names(other)),
        ),
        kept=(case.id, desk.name, desk.address, desk.phone, desk.verify_url, *told),
        names=(
            *hosts_known(case),
            *(case.field_text(n).strip() for n in ("product.name", "product.vendor", "target.site_name")),
        ),
        addresses=frozenset(addresses),
        finders=frozenset(finders - {""}),
        domain=desk.domain,
        words=words_of(case, desk, may),
        hosts=frozenset(host.removeprefix("www.") for host in hosts_known(case)),
        phones=frozenset(_digits(number) for number in numbers_told),
    )


def withhold(text: str, known: Known, ledger: Ledger, place: str) -> str:
    """The text without what must not be told; what was taken out is noted in the ledger."""
    for _ in range(ROUNDS):
        before, text = text, cut_out(text, _cuts(text, known, ledger), ledger, place)
        if text == before:
            break
    return text


def _cuts(text: str, known: Known, ledger: Ledger) -> list[Cut]:
    folded = fold(text)
    found = [*_blocks(text), *known_secrets(text)]
    found += [_back(folded, start, end, kind, kind) for start, end, kind in credentials(folded.text)]
    ledger.values.update(_worth_seeking(text, found))
    found += _finders(folded, text, known)
    personal = sorted(_personal(folded, known), key=lambda cut: cut.start)
    found += [*personal, *_encoded(text, known)]
    spans = [
        (cut.start, cut.end)
        for cut in personal
        if cut.kind in ("email", "phone", "card", "postal", "birthday", "reporter.email")
    ]
    names = [Cut(start, end, "person", "person") for start, end in people(text, spans)]
    names = [cut for cut in names if text[cut.start : cut.end].strip() not in known.names]
    ledger.values.update({text[cut.start : cut.end]: ("person", "person") for cut in names if cut.end - cut.start >= 4})
    found += [*names, *_again(text, ledger)]
    return [*found, *signatures(text, found, known.kept)]


def _back(folded: Folded, start: int, end: int, rule: str, kind: str) -> Cut:
    """The cut in the original."""
    return Cut(folded.starts[start], folded.ends[end - 1], rule, kind)


def _encoded(text: str, known: Known) -> Iterator[Cut]:
    """The finder, and other people's addresses and numbers, in what the text says once it is decoded."""
    for reading in encoded_readings(text):
        folded = fold(reading.text)
        cuts = [*_finders(folded, reading.text, known), *_emails(folded, known)]
        if reading.in_place:
            cuts += _numbers(folded, known)
        for cut in cuts:
            start, end = reading.span(cut.start, cut.end)
            yield Cut(start, end, cut.rule, cut.kind)


def _blocks(text: str) -> Iterator[Cut]:
    """Armored blocks carry user ids that no pattern sees; private keys of other programs end in the same way."""
    at = text.find("-----BEGIN ")
    while at >= 0:
        private = _PEM.match(text, at)
        if not private and not text.startswith("PGP ", at + len("-----BEGIN ")):
            at = text.find("-----BEGIN ", at + 1)
            continue
        tail = text.find("-----END ", at)
        stop = text.find("-----", tail + len("-----END ")) if tail >= 0 else -1
        end = stop + len("-----") if stop >= 0 else len(text)
        kind = "private_key" if private else "pgp_block"
        yield Cut(at, end, kind, kind)
        at = text.find("-----BEGIN ", end)


def _finders(folded: Folded, text: str, known: Known) -> Iterator[Cut]:
    """Where the finder's traits stand; the weak ones not within names of the site or the product."""
    spans: list[tuple[int, int]] = []
    for weak in (False, True):
        kept = (*known.kept, *(known.names if weak else ()))
        for cut in _of_traits(folded, text, [t for t in known.traits if t.weak is weak], kept):
            spans.append((cut.start, cut.end))
            yield cut
    for start, end, name in standing(text, known.words):
        if not any(begin < end and start < stop for begin, stop in spans):  # the patterns know its bounds better
            yield Cut(start, end, name, "reporter.name" if name == "credit_name" else name)
    for start, end in of_finder(folded.text, known.accounts):
        yield _back(folded, start, end, "reporter.account", "reporter.account")


def _of_traits(folded: Folded, text: str, wanted: list[Trait], kept: tuple[str, ...]) -> Iterator[Cut]:
    words = sorted({fold(word).text for word in kept if len(word) > 1}, key=len, reverse=True)
    choices = [f"(?P<kept>{'|'.join(map(re.escape, words)) or '(?!)'})"]
    choices += [f"(?P<trait{number}>{trait.pattern})" for number, trait in enumerate(wanted)]
    for match in re.finditer("|".join(choices), folded.text):
        group = match.lastgroup or "kept"
        if group == "kept":
            continue
        trait, (start, end) = wanted[int(group.removeprefix("trait"))], folded.span(match)
        if not (trait.part and text[start].islower()):  # "Will" is a person, "will" is not
            yield Cut(start, end, trait.name, "reporter.name" if trait.name == "credit_name" else trait.name)


def _personal(folded: Folded, known: Known) -> Iterator[Cut]:
    """Everything that belongs to a person, be it the finder's or a stranger's."""
    yield from _emails(folded, known)
    for start, end, kind in numbers(folded.text):
        yield _back(folded, start, end, kind, kind)
    yield from _numbers(folded, known)
    for start, end in clients(folded.text, known.hosts):
        yield _back(folded, start, end, "client_ip", "client_ip")
    for start, end, kind in of_anyone(folded.text, known.hosts):
        yield _back(folded, start, end, kind, kind)


def _numbers(folded: Folded, known: Known) -> Iterator[Cut]:
    for start, end in phones(folded.text):
        if _digits(folded.text[start:end]) not in known.phones and not _stands_in(folded.text, start, known.kept):
            yield _back(folded, start, end, "phone", "phone")


def _emails(folded: Folded, known: Known) -> Iterator[Cut]:
    """Only addresses of the site, of this case's contacts, of the desk (and of a finder who agreed) remain."""
    for match in _EMAIL.finditer(folded.text):
        address = match.group()
        if folded.text[max(0, match.start() - 2) : match.start()] == "//" or _is_port(folded.text, match):
            continue  # the name before the @ of a URL: a payload
        if folded.text[match.start() - 1 : match.start()] == "%":
            address = address[2:]  # what a percent sign encodes
        domain = address.rpartition("@")[2]
        of_site = any(f".{host}".endswith(f".{domain}") or domain.endswith(f".{host}") for host in known.hosts)
        if address in known.finders and address not in known.addresses:
            yield Cut(*folded.span(match), "reporter.email", "reporter.email")
        elif not (address in known.addresses or of_site or domain == known.domain or _NOBODYS_EMAIL.fullmatch(address)):
            yield Cut(*folded.span(match), "email_addresses", "email")


def _is_port(text: str, match: re.Match[str]) -> bool:
    """Whether a port or a password of a URL stands before the @."""
    before = text[max(0, match.start() - 100) : match.start()]
    return before.endswith(":") and (match.group().partition("@")[0].isdigit() or _USER.search(before) is not None)


def _stands_in(text: str, start: int, kept: tuple[str, ...]) -> bool:
    """Whether the place lies within one of the words that stay."""
    around = text[max(0, start - 60) : start + 60]
    return any(len(word) > 6 and fold(word).text in around for word in kept if any(map(str.isdigit, word)))


def _worth_seeking(text: str, cuts: Iterable[Cut]) -> dict[str, tuple[str, str]]:
    """Secrets that are so long and mixed that they mean the same wherever else they stand."""
    values = {text[cut.start : cut.end]: (cut.rule, cut.kind) for cut in cuts if cut.kind in _STRONG}
    return {
        value: found
        for value, found in values.items()
        if 8 <= len(value) <= 400 and any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and "[" not in value
    }


def _again(text: str, ledger: Ledger) -> Iterator[Cut]:
    """Values that were found once, wherever else they stand."""
    if ledger.values:
        values = sorted(ledger.values, key=len, reverse=True)[:200]
        for found in re.finditer("|".join(map(re.escape, values)), text):
            yield Cut(*found.span(), *ledger.values[found.group()])


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number.partition("(")[0])
