"""A website report in Japanese from receipt to closure, against Dovecot, SMTP with TLS and gpg."""

from tests.e2e.town import Town

CANARY = "カナリア7F3A9C"
REPORT = f"""ウェブアプリケーション脆弱性関連情報届出様式
======================================================================
2026年11月18日
1. 届出者情報
 1) 届出者情報
   住所(都道府県):東京都
   所属:個人
   氏名*:発見 花子
   電子メールアドレス*:hanako@finder.example.com
   TEL:
   FAX:
 2) 届出者情報の取り扱いについて
   □ 届出者情報をウェブサイト運営者に知らせても良い
   ■ 届出者情報をウェブサイト運営者には知らせず、すべてのやりとりを IPA とのみ行う
2. 脆弱性関連情報
 1) 脆弱性を確認したウェブサイトのURL
   https://shop.example.jp/search?q=test
 2) 脆弱性の種類
   クロスサイト・スクリプティング
 3) 脆弱性の発見に至った経緯
   検索欄の表示で気づきました。合言葉は{CANARY}です。
   1. 検索欄に記号を入力します。
   2. 記号がそのまま表示されます。
 4) 脆弱性であると判断した理由
   入力がそのまま出力されるため。
 5) 脆弱性により発生しうる脅威
   偽の情報が表示されるおそれがあります。
 6) ウェブサイト連絡窓口
   info@shop.example.jp
3. IPA以外の組織への届出について
   なし
"""


def test_a_japanese_report_goes_from_receipt_to_closure(town: Town) -> None:
    """Every mail of the life of a website case goes to the right person, once, and says nothing that it must not."""
    hanako = town.person("発見 花子", "hanako@finder.example.com")
    operator = town.person("ショップ", "info@shop.example.jp")
    town.write(
        hanako,
        "ウェブアプリケーション脆弱性関連情報の届出",
        REPORT,
        sign=True,
        encrypt=True,
        attach_key=True,
        charset="iso-2022-jp",
    )
    done = town.round()
    assert (done["arrived"], done["accounted"]["case"], done["problems"]) == (1, 1, [])
    case = town.case()
    case_id = case["id"]
    assert (case["state"], case["track"], case["language"]) == ("triage", "website", "ja")
    assert case["fields"]["vulnerability.type"]["value"] == "xss"
    assert case["fields"]["target.urls"]["value"] == ["https://shop.example.jp/search?q=test"]

    receipt = town.newest(hanako)
    assert receipt.subject.startswith(f"[{case_id}] ")
    assert receipt.crypto.encrypted
    assert receipt.crypto.signature == "good"
    assert CANARY not in receipt.text
    notice = town.newest(town.coordinator)
    assert notice.crypto.encrypted
    assert case_id in notice.subject

    town.command(f"!case {case_id}", "!accept")
    assert "受理" in town.newest(hanako).subject
    (first,) = town.held()
    assert (first["to"], first["held_for"]) == ("info@shop.example.jp", "approval")
    assert town.inbox(operator) == []
    assert f"!approve {first['hash']}" in town.newest(town.coordinator).text
    town.approve_all(case_id)
    asked = town.newest(operator)
    assert "https://shop.example.jp" in asked.text
    for secret in (CANARY, "発見", "花子", "hanako", "クロスサイト", "<script"):
        assert secret not in asked.text + asked.subject

    before = len(town.inbox(operator))
    town.round(days=12)
    assert len(town.inbox(operator)) == before + 1
    town.round(minutes=1)
    assert len(town.inbox(operator)) == before + 1

    town.write(operator, f"Re: {asked.subject}", "担当の田中です。こちらにお送りください。\n", answers=asked)
    town.round(hours=1)
    assert town.case()["contacts"][0]["standing"] == "confirmed"
    town.approve_all(case_id)
    details = town.newest(operator)
    assert CANARY in details.text
    assert details.crypto.signature == "good"
    for secret in ("発見 花子", "花子", "hanako"):
        assert secret not in details.text + details.subject
    assert town.case()["state"] == "notified"

    town.write(
        operator, f"Re: {details.subject}", "ご連絡ありがとうございます。\n本日修正しました。\n", answers=details
    )
    town.round(days=12)
    assert town.case()["state"] == "fix_reported"
    town.command(f"!case {case_id}", "!fix confirmed corrected", "!close fixed")
    case = town.case()
    assert (case["state"], case["closing_code"], case["deadlines"]) == ("closed", "fixed", [])
    last_to_operator, last_to_finder = town.newest(operator), town.newest(hanako)
    assert "取扱い" in last_to_operator.subject
    assert "取扱い" in last_to_finder.subject

    quiet = len(town.sink.messages)
    town.round(days=200)
    assert len(town.sink.messages) == quiet
    ids = [mail.mail.message_id for _, mail in town.letters]
    assert len(ids) == len(set(ids))


def test_no_canary_of_an_encrypted_report_stands_anywhere_in_the_clear(town: Town) -> None:
    """A marked string of the encrypted report is in no log, journal, stored file or plain mail."""
    hanako = town.person("発見 花子", "hanako@finder.example.com")
    town.write(hanako, "届出", REPORT, sign=True, encrypt=True, attach_key=True)
    town.round()
    case_id = town.case()["id"]
    town.command(f"!case {case_id}", "!accept")
    needles = [CANARY.encode(code) for code in ("utf-8", "iso-2022-jp", "cp932", "euc-jp", "utf-16-le")]
    needles.append(b"7F3A9C")
    files = [path for path in town.folder.rglob("*") if path.is_file() and path.name != "mailbot.toml"]
    assert len(files) > 10
    for path in files:
        content = path.read_bytes()
        assert not [needle for needle in needles if needle in content], path
    for received in town.sink.messages:
        assert not [needle for needle in needles if needle in received.content]
    assert "7F3A9C" not in town.errors
