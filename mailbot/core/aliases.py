"""What else a finder is called: the handle beside the name, how it is read, its Latin form, accounts, an own site.

The case keeps these in order to take them out of what goes to others, and tells them to nobody: they are no fields of
the report. So one too many costs a word of the report, and one too few the finder's anonymity.
"""

from collections.abc import Iterable, Iterator

from mailbot.core.extract_person import VIA, signature_fields
from mailbot.core.extract_text import said
from mailbot.core.hosts import normalised_host
from mailbot.core.identity import NO_NAMES
from mailbot.core.mailboxes import SHARED_MAIL
from mailbot.core.messages import Address
from mailbot.core.model import Field
from mailbot.core.patterns import compile_for_lines, compile_pattern
from mailbot.core.reading import fold, short
from mailbot.core.ruleset import Ruleset
from mailbot.core.screens import lines_with
from mailbot.core.sign_offs import Signed, phrase_of, signed
from mailbot.core.signature_blocks import without_notes

MOST = 60
_LINES = 5_000
_ALIAS, _SERVICE, _OWNER, _VALUE = 1, 2, 3, 4  # groups of a labelled line
_LONGEST = 100
_SURE = 0.6  # what a signature says less surely is often a slogan
_NAME, _ORGANISATION = "reporter.name", "reporter.organisation"
_OF_PERSON = (_NAME, _ORGANISATION, "reporter.email", "reporter.phone", "credit_name")
_HANDLE = (
    r"ハンドル(?:ネーム|名)?|HN|ニックネーム|ペンネーム|通称|別名|旧姓|handle(?: name)?|nick(?:name)?|"
    r"alias(?:es)?|aka|a\.k\.a\.?|(?:pen|screen) ?name"
)
_READING = (
    r"フリガナ|ふりがな|振り?仮名|読み(?:仮名|がな|ガナ|方)|よみ(?:がな)?|ヨミ(?:ガナ)?|カナ(?:氏名)?|"
    r"かな|ローマ字(?:表記|氏名)?|"
    r"英字(?:表記|氏名)?|英語(?:表記|名)|romaji|romani[sz]ed"
)
_PERSON = (
    r"氏名|お?名前|姓名|(?:届出|報告|発見|投稿|連絡)者(?:名|氏名|の氏名|の?お?名前)?|(?:full |your |my )?name|"
    r"(?:reporter|finder|researcher|reported by|discovered by|found by|credit)(?:'s)?(?: name)?"
)
_ACCOUNT = (
    r"twitter|x|github|gitlab|hackerone|h1|bugcrowd|intigriti|yeswehack|mastodon|fediverse|linkedin|"
    r"facebook|instagram|bluesky|bsky|telegram|discord|keybase|matrix|wire|threema|line|slack|youtube|qiita|zenn|note|medium|reddit|huntr|ctftime|"
    r"tryhackme|hackthebox|(?:個人)?(?:ブログ|サイト|ホームページ)|HP|"
    r"(?:personal |my )?(?:blog|web ?site|home ?page|web|url|site|profile|skype)"
)
_LABELLED = compile_pattern(
    r"^[\s■□◆◇●○・*#>\-+|]*(?:[(]?[0-9]{1,2}[-.0-9]{0,3}[).、:]?\s*)?[\[【<(]?"
    rf"(?:((?:氏名|お?名前|name)?\s*[(]?(?:{_HANDLE}|{_READING})[)]?)|({_ACCOUNT})|((?:{_PERSON})\s*(?:[(][^()]{{1,20}}[)])?))"
    r"[\]】>)]?(?:\s*[:=|]\s*|\s{2,}|$)(.*)$"
)
_PERSONAL = compile_pattern(
    rf"^[\s■□◆◇●○・*#\-+|]*(?:{_HANDLE}|{_READING}|{_PERSON}|{_ACCOUNT}|"
    r"所属(?:組織|先)?|会社名?|勤務先|電話(?:番号)?|tel|phone|メール(?:アドレス)?|"
    r"e-?mail|連絡先|住所|affiliation|organi[sz]ation|company|pgp|公開鍵)[^:\n]{0,20}[:=]"
)
_TOLD = compile_for_lines((_LABELLED.pattern, _PERSONAL.pattern))
_APART = compile_pattern(
    r"\s*[()\[\]<>{}|/;、「」『』\"“”]\s*|\s[-–—~]\s|"
    r",?\s+(?:aka|a\.k\.a\.?|also known as|known as|alias|handle|nick(?:name)?)[:\s]\s*|"
    r"\s*(?:ハンドル(?:ネーム|名)?|フリガナ|ふりがな|ニックネーム|ペンネーム|通称|\bHN\b)\s*(?:は|:|=)?\s*"
)
_NICK = compile_pattern(r"[\"“”'‘’]([\w.\- ]{3,30})[\"“”'‘’]")
_URL = compile_pattern(
    r"\bhttps?://([^\s/<>()\"'、。:]{4,100})(?::[0-9]{1,5})?(/[^\s<>()\"'、。]{0,200})?|"
    r"(?:^|[\s(])((?:[a-z0-9-]{1,40}\.){1,3}[a-z]{2,12})(/@?[\w.-]{1,40})/?(?:$|[\s)])"
)
_AT = compile_pattern(r"(?:^|[\s(:、])@([\w][\w.-]{2,39})")
_MAIL = compile_pattern(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_SHARED_HOST = compile_pattern(
    r"^(?:.*\.)?(?:github\.com|gitlab\.com|twitter\.com|x\.com|hackerone\.com|bugcrowd\.com|intigriti\.com|"
    r"yeswehack\.com|linkedin\.com|facebook\.com|instagram\.com|t\.me|keybase\.io|youtube\.com|qiita\.com|zenn\.dev|note\.com|medium\.com|reddit\.com|"
    r"huntr\.dev|huntr\.com|ctftime\.org|bsky\.app|mastodon\.[a-z]+|infosec\.exchange|keys\.openpgp\.org|proton\.me|google\.com|apple\.com|microsoft\.com|aka\.ms|"
    r"wikipedia\.org|openpgp\.org|mozilla\.org|thunderbird\.net|ipa\.go\.jp|jpcert\.or\.jp|jvn\.jp)$"
)
_PROFILE = compile_pattern(r"^/(?:in/|users?/|u/|@|~|profile/)?@?([\w][\w.-]{2,39})/?$")
_NO_ALIAS = compile_pattern(
    r"^(?:get|post|put|head|delete|patch|options|trace|connect|https?|html?|css|json|xml|csv|api|url|uri|sql|sqli|xss|"
    r"csrf|ssrf|xxe|rce|dos|cve|cwe|cvss|poc|php|asp|jsp|cgi|cms|pdf|dns|tls|ssl|ssh|ftp|smtp|imap|cookie|host|id|key|"
    r"name|user|admin|root|test|guest|null|none|true|false)$|"
    r"^(?:[^\p{L}\p{N}]*|なし|無し?|未記入|同上|匿名.*|希望.*|不明|none|n/?a|anonymous|unknown|not (?:set|given)|"
    r"same|yes|no|test|he/him|she/her|they/them|(?:mr|ms|mrs|dr|prof)\.?|www|blog|mail|home|about|"
    r"株|有|様|さん|本名|仮名|必須|任意|フリガナ|ふりがな|ローマ字|非公開|公開可?|ハンドルネーム|ハンドル)$"
)
_SENTENCE = compile_pattern(r"[。!?<>{}=$%&;\\]|(?:です|ます|した)$")


def aliases_in(
    text: str, rules: Ruleset, sender: Address | None = None, signature: Signed | None = None
) -> tuple[Field, ...]:
    """Every other name that a mail gives its writer: beside the address, in labelled lines, and where it is signed.

    `signature` is that of the text, where it was read before.
    """
    found = [*_of_sender(sender, rules)] if sender else []
    found += _labelled(text.split("\n")[:_LINES], rules)
    signature = signed(without_notes(text), rules) if signature is None else signature
    for line in signature.lines:
        words = phrase_of(line)[1]
        found += [*_accounts(words), *_beside(words, rules)]
    found += [field for field in signature_fields(signature, rules) if field.confidence >= _SURE]
    return with_aliases((), identifying(found))


def identifying(fields: Iterable[Field]) -> tuple[Field, ...]:
    """Those of the fields that say who somebody is; a word of every report names nobody."""
    told = (field for field in fields if field.name in _OF_PERSON and isinstance(field.value, str))
    return tuple(field for field in told if not _NO_ALIAS.search(fold(str(field.value)).strip()))


def with_aliases(known: tuple[Field, ...], new: tuple[Field, ...]) -> tuple[Field, ...]:
    """The known ones with what is new among the others, within bounds."""
    named = {(field.name, str(field.value)): field for field in (*new[::-1], *known[::-1])}
    return tuple(reversed(named.values()))[:MOST]


def _of_sender(sender: Address, rules: Ruleset) -> Iterator[Field]:
    """All that stands before the address; a trade in its place names nobody."""
    via = VIA.search(fold(sender.name))
    name = sender.name[: via.start()] if via else sender.name
    for piece in (*_pieces(name), *_nicks(name)):
        yield from _called(piece, "sender/alias", rules)


def _labelled(lines: list[str], rules: Ruleset) -> Iterator[Field]:
    near = False  # the line above says who writes
    all_folded = fold("\n".join(line[: 3 * _LONGEST] for line in lines)).split("\n")
    telling = lines_with(_TOLD, all_folded)
    for number, (line, folded) in enumerate(zip(lines, all_folded, strict=True)):
        if number not in telling:
            near = False
            continue
        found = _LABELLED.search(folded)
        if found is not None:
            value = line[found.start(_VALUE) : found.end(_VALUE)].strip()
            if not value and found.group(_ALIAS) and number + 1 < len(lines):
                value = lines[number + 1].strip()
            if found.group(_ALIAS):
                for piece in (*_pieces(value), *_nicks(value)):
                    yield from _called(piece, "label/alias", rules)
                yield from _accounts(value)
            elif found.group(_OWNER):
                yield from _beside(value, rules)
            elif near:
                yield from _accounts(value, bare_handle=True)
        near = bool(_PERSONAL.search(folded)) and (near or found is None or not found.group(_SERVICE))


def _beside(words: str, rules: Ruleset) -> Iterator[Field]:
    """What stands in brackets, behind a stroke or in quotation marks beside a name."""
    words = words[: 2 * _LONGEST]
    for address in reversed(list(_URL.finditer(fold(words)))):
        words = f"{words[: address.start()]}|{words[address.end() :]}"
    pieces = list(_pieces(words))
    for piece in (*(pieces if len(pieces) > 1 else ()), *_nicks(words)):
        yield from _called(piece, "name/alias", rules)


def _pieces(words: str) -> Iterator[str]:
    words = words[: 2 * _LONGEST]
    folded, begin = fold(words), 0
    for found in (*_APART.finditer(folded), None):
        piece = words[begin : found.start() if found else len(words)].strip(" \u3000:：,.")
        if found:
            begin = found.end()
        if piece:
            yield piece


def _nicks(words: str) -> Iterator[str]:
    return (words[found.start(1) : found.end(1)] for found in _NICK.finditer(fold(words[: 2 * _LONGEST])))


def _called(piece: str, rule: str, rules: Ruleset) -> Iterator[Field]:
    """The piece as a name or an organisation, if it may be one."""
    folded = fold(piece).strip().lstrip("@")
    if not 2 <= len(folded) <= _LONGEST or _NO_ALIAS.search(folded) or _SENTENCE.search(folded) or "://" in folded:
        return
    if _MAIL.search(folded) or folded.casefold() in NO_NAMES or not any(map(str.isalpha, folded)):
        return
    if said("role", piece, rules) or len(folded.split()) > 6:
        return
    of_many = said("organisation", piece, rules) and (len(folded.split()) > 1 or not folded.isascii())
    yield Field(_ORGANISATION if of_many else _NAME, piece.lstrip("@＠"), rule, 0.5, short(piece))


def _accounts(words: str, bare_handle: bool = False) -> Iterator[Field]:
    """Whose profile or site an address in the words is, and names behind an @."""
    folded = fold(words[: 3 * _LONGEST])
    labelled = _LABELLED.search(folded)
    if labelled is not None and labelled.group(_SERVICE):
        words, bare_handle = words[labelled.start(_VALUE) : labelled.end(_VALUE)], True
        folded = fold(words[: 3 * _LONGEST])
    for found in _URL.finditer(folded):
        host, path = found.group(1) or found.group(3) or "", found.group(2) or found.group(4) or ""
        yield from _of_site(host, path)
    handles = [words[found.start(1) : found.end(1)] for found in _AT.finditer(folded)]
    one = folded.strip().lstrip("@")
    if bare_handle and 3 <= len(one) <= 40 and not any(c.isspace() or c in "/:@" for c in one):
        handles.append(words.strip().lstrip("@＠"))
    for handle in handles:
        if not _NO_ALIAS.search(fold(handle)) and handle.casefold() not in NO_NAMES:
            yield Field(_NAME, handle, "account/alias", 0.5, short(words))


def _of_site(host: str, path: str) -> Iterator[Field]:
    """The account that a page of a service belongs to; of another site, its name."""
    host = (normalised_host(host) or host).lower().removeprefix("www.")
    profile = _PROFILE.search(path)
    shared = bool(_SHARED_HOST.search(host)) or host in SHARED_MAIL
    if profile is not None and (shared or path.startswith(("/@", "/~"))):
        yield Field(_NAME, path[profile.start(1) : profile.end(1)], "account/alias", 0.5, host)
    if not shared and "." in host:
        yield Field(_ORGANISATION, host, "site/alias", 0.5, host)
        label = host.partition(".")[0]
        if len(label) >= 5 and label not in NO_NAMES and not _NO_ALIAS.search(label):
            yield Field(_NAME, label, "site/alias", 0.5, host)
