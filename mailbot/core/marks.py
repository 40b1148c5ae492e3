"""The words that stand in a mail where something was taken out: what it was, and which one where there are several.

The same value has the same number, so that a reader sees that two requests carried the same cookie.
"""

import re
from collections import Counter

from mailbot.core.messages import Withheld

KINDS = {
    "reporter.name": ("届出者の氏名", "reporter's name"),
    "reporter.organisation": ("届出者の所属", "reporter's organisation"),
    "reporter.email": ("届出者の連絡先", "reporter's address"),
    "reporter.phone": ("届出者の電話番号", "reporter's number"),
    "reporter.pgp": ("届出者の鍵", "reporter's key"),
    "reporter.account": ("届出者のアカウント", "reporter's account"),
    "person": ("第三者の氏名", "person's name"),
    "email": ("メールアドレス", "mail address"),
    "phone": ("電話番号", "phone number"),
    "postal": ("住所", "postal address"),
    "birthday": ("生年月日", "date of birth"),
    "card": ("カード番号", "card number"),
    "individual_number": ("個人番号", "individual number"),
    "client_ip": ("接続元IPアドレス", "client IP address"),
    "account": ("アカウント名", "account name"),
    "machine": ("利用者と端末の名前", "user and machine"),
    "cookie": ("Cookieの値", "cookie value"),
    "authorization": ("認証ヘッダーの値", "authorization value"),
    "token": ("トークン", "token"),
    "password": ("パスワード", "password"),
    "api_key": ("APIキー", "API key"),
    "private_key": ("秘密鍵", "private key"),
    "pgp_block": ("OpenPGPのデータ", "OpenPGP data"),
    "signature": ("署名欄", "signature block"),
}
"""What can be withheld, in Japanese and in English."""

_MORE_THAN_ONE = frozenset(kind for kind in KINDS if not kind.startswith("reporter."))
_JA, _ELSEWHERE = "非公開", "withheld"
MARK = re.compile(
    rf"\[(?:{_JA}(?:: (?:{'|'.join(re.escape(ja) for ja, _ in KINDS.values())})(?: [0-9]{{1,5}})?)?"
    rf"|{_ELSEWHERE}(?:: (?:{'|'.join(re.escape(en) for _, en in KINDS.values())})(?: [0-9]{{1,5}})?)?)\]"
)
"""One of these marks, of either language."""


_OF_WORDS = {word: kind for kind, both in KINDS.items() for word in both}


class Ledger:
    """What has been taken out of one mail; it hands out the marks."""

    def __init__(self, language: str) -> None:
        """Marks are in Japanese for "ja", else in English."""
        self._japanese = language == "ja"
        self._numbers: dict[tuple[str, str], int] = {}
        self._last: Counter[str] = Counter()
        self.records: list[Withheld] = []
        self.values: dict[str, tuple[str, str]] = {}  # secrets to be sought everywhere: rule and kind

    def go_on_after(self, *texts: str) -> None:
        """Number on from the marks that stand in the texts from an earlier pass."""
        for found in MARK.finditer("\n".join(texts)):
            label, _, number = found.group()[1:-1].partition(": ")[2].rpartition(" ")
            if number.isdigit() and (kind := _OF_WORDS.get(label)):
                self._last[kind] = max(self._last[kind], int(number))

    def take(self, rule: str, kind: str, before: str, place: str) -> str:
        """Note what is taken out and return the mark for its place; a kind of "" is a passage kept for the desk."""
        after = self._mark(kind, before)
        self.records.append(Withheld(rule, kind, before, after, place))
        return after

    def drop(self, rule: str, before: str, place: str) -> None:
        """Note that something was left out as a whole."""
        self.records.append(Withheld(rule, "", before, "", place))

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that took something, each once."""
        return tuple(dict.fromkeys(record.rule for record in self.records))

    def _mark(self, kind: str, before: str) -> str:
        head = _JA if self._japanese else _ELSEWHERE
        if not kind:
            return f"[{head}]"
        words = KINDS[kind][0 if self._japanese else 1]
        if kind not in _MORE_THAN_ONE:
            return f"[{head}: {words}]"
        key = (kind, "".join(before.split()).casefold())
        if key not in self._numbers:
            self._last[kind] += 1
            self._numbers[key] = self._last[kind]
        return f"[{head}: {words} {self._numbers[key]}]"
