"""What every story of a case shares: its people, the steps of a desk, and what must be true whatever happened."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from mailbot.core.messages import OpenedMail
from mailbot.demo.people import Person
from tests.e2e.town import Town

CANARY = "合言葉7F3A9C"
WEBSITE_TYPE = "クロスサイト・スクリプティング"

_WEBSITE = f"""ウェブアプリケーション脆弱性関連情報届出様式
1. 届出者情報
 1) 届出者情報
   氏名*:発見 花子
   電子メールアドレス*:{{finder}}
 2) 届出者情報の取り扱いについて
   ■ 届出者情報をウェブサイト運営者には知らせず、すべてのやりとりを IPA とのみ行う
2. 脆弱性関連情報
 1) 脆弱性を確認したウェブサイトのURL
   https://{{site}}/search?q=test
 2) 脆弱性の種類
   {WEBSITE_TYPE}
 3) 脆弱性の発見に至った経緯
   検索欄の表示で気づきました。
   1. 検索欄に「{CANARY}<b>」と入力します。
   2. 記号がそのまま表示されます。
 4) 脆弱性であると判断した理由
   入力がそのまま出力されるため。
 5) 脆弱性により発生しうる脅威
   偽の情報が表示されるおそれがあります。
 6) ウェブサイト連絡窓口
   info@{{site}}
3. IPA以外の組織への届出について
   なし
"""

PRODUCT = f"""ソフトウエア製品脆弱性関連情報届出様式
1. 届出者情報
 1) 届出者情報
   氏名*:発見 花子
   電子メールアドレス*:{{finder}}
2. 脆弱性関連情報
 2) 脆弱性を確認したソフトウエア等に関する情報
   名称:サンプルビューア
   バージョン:3.2
   開発者:株式会社サンプル
 3) 脆弱性の種類
   バッファオーバーフロー
 4) 再現手順
   a. 細工したファイル {CANARY} を開く
   b. read_header() で異常終了する
 6) 脆弱性により発生しうる脅威
   任意のコードの実行
"""


class Story:
    """One case in town: 発見 花子 reports, somebody at the site answers, 調整 太郎 decides."""

    def __init__(self, town: Town, name: str) -> None:
        """`name` makes the addresses of this story's people its own."""
        self.town, self.site = town, f"{name}.example.jp"
        self.finder = town.person("発見 花子", f"hanako@{name}-finder.example.com")
        self.operator = town.person("田中 一郎", f"info@{self.site}")
        self.secrets = {
            self.finder.address: ["田中", "一郎", self.operator.address],
            self.operator.address: ["花子", "hanako", f"{name}-finder"],
        }
        self.id = ""
        self._began = len(town.sink.messages)

    def reported(
        self, text: str = _WEBSITE, subject: str = "脆弱性関連情報の届出", files: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        """The finder's report, encrypted and with their key, becomes a case in triage."""
        known = {case["id"] for case in self.town.json("case", "list")}
        filled = text.format(finder=self.finder.address, site=self.site)
        self.town.write(self.finder, subject, filled, sign=True, encrypt=True, attach_key=True, files=files)
        self.town.round(minutes=10)
        (self.id,) = {case["id"] for case in self.town.json("case", "list")} - known
        assert self.is_in("triage")

    def accepted(self) -> None:
        """受理, and the first contact that a person released."""
        self.order("!accept")
        self.approve()

    def notified(self, answer: str = "① 担当です。詳しい内容を受け取ります。\n") -> None:
        """From the report to the mail with the details."""
        self.reported()
        self.accepted()
        self.says(self.operator, answer, days=1)
        self.approve()
        assert self.is_in("notified")

    @property
    def now(self) -> Any:
        """`case show`."""
        return self.town.json("case", "show", self.id)

    def is_in(self, state: str) -> bool:
        """Whether the case is in that state."""
        return bool(self.now["state"] == state)

    def clocks(self) -> set[str]:
        """What it is waiting for."""
        return {deadline["kind"] for deadline in self.now["deadlines"]}

    def order(self, *lines: str) -> str:
        """Signed commands about this case, none of which is refused; the transcript."""
        transcript = self.ordered(*lines)
        assert transcript.count("  done: ") == len(lines), transcript
        return transcript

    def ordered(self, *lines: str) -> str:
        """Signed commands about this case; the transcript."""
        self.town.command(f"!case {self.id}", *lines)
        return next(mail.text for mail in reversed(self.town.inbox(self.town.coordinator)) if "| > !" in mail.text)

    def held(self) -> list[str]:
        """The templates of what waits for approval."""
        return [item["template"].rpartition("/")[2] for item in self.town.held() if item["case"] == self.id]

    def approve(self) -> None:
        """A person read and releases whatever waits for this case."""
        assert self.held(), "nothing waits for approval"
        self.town.approve_all(self.id)
        assert not self.held(), self.ordered("!status") + str(self.town.held())

    def says(self, who: Person, text: str, *, answers: OpenedMail | None = None, **later: float) -> Any:
        """Somebody answers the last mail that came for them about this case, some time later."""
        mail = answers or self.letters(who)[-1]
        self.town.now += timedelta(**later)
        self.town.write(who, f"Re: {mail.subject}", text, answers=mail)
        return self.town.round(minutes=20)

    def waits(self, *days: int) -> None:
        """So many days go by, with a round after each of these spans."""
        for span in days:
            self.town.round(days=span)

    def letters(self, who: Person) -> list[OpenedMail]:
        """Everything that came for somebody about this case, decrypted."""
        return [mail for mail in self.town.inbox(who) if self.id in mail.subject]

    def got(self, who: Person) -> list[str]:
        """The templates of these, in order of arrival."""
        names = {i["message_id"]: i["template"].rpartition("/")[2] for i in self.town.json("outbox", "list")}
        return [names[mail.mail.message_id] for mail in self.letters(who)]

    def told(self, template: str, text: str = "") -> OpenedMail:
        """The last mail of that template to the coordinator, with this text in it."""
        names = {i["message_id"]: i["template"].rpartition("/")[2] for i in self.town.json("outbox", "list")}
        mails = [m for m in self.letters(self.town.coordinator) if names[m.mail.message_id] == template]
        return [mail for mail in mails if text in mail.text][-1]

    def keeps_its_promises(self) -> None:
        """Nothing lost, nothing twice, nothing told that must not be."""
        town = self.town
        items = town.json("outbox", "list")
        assert town.arrived == town.accounted
        sent = Counter(item["message_id"] for item in items if item["status"] == "sent" and item["message_id"])
        for person in town.people.values():
            town.inbox(person)
        came = Counter(mail.mail.message_id for _, mail in town.letters)
        assert set(came.values()) == {1}
        assert not {item["status"] for item in items} & {"uncertain", "queued", "sending"}
        known = {address for address, _ in town.letters}
        assert {i["message_id"] for i in items if i["status"] == "sent" and i["to"] in known} == set(came) & set(sent)
        for listener, secrets in self.secrets.items():
            mails = [mail for address, mail in town.letters if address == listener]
            texts = [(mail.subject, mail.text) for mail in mails]
            assert len(texts) == len(set(texts)), "the same words twice"
            for mail in mails:
                whole = mail.subject + mail.text + "".join(page.filename for page in mail.attachments)
                assert not [secret for secret in secrets if secret in whole]
        folders = {name: len(town.dovecot.mails(town.user, name)) for name in ("INBOX", "Processed", "Held")}
        assert (folders["INBOX"], folders["Processed"] + folders["Held"]) == (0, town.arrived)

    def ended(self, code: str) -> None:
        """Closed with that code; nothing is awaited any more."""
        case = self.now
        assert (case["state"], case["closing_code"], case["deadlines"]) == ("closed", code, [])
        assert not self.held(), self.ordered("!status") + str(self.town.held())
        self.keeps_its_promises()
