"""What a letter says it is about: the product, its maker and version, or the site; and what it only mentions."""
# ruff: noqa: E501  # letters as they come

from typing import Any

import pytest

from mailbot.core.messages import Address
from mailbot.core.understand import understand
from tests.shipped_rules import shipped_rules

_PLACES = ("product.", "target.")
LETTERS: list[tuple[str, dict[str, Any]]] = [
    ('I found an authentication bypass in the HomeHub 3 gateway from Castor Electronics (firmware 2.4.1 and earlier).', {'product.name': 'HomeHub 3', 'product.version': '2.4.1 and earlier', 'product.vendor': 'Castor Electronics'}),
    ('Stored XSS in TicketDesk (by Marlow & Sons Ltd). Affected are all versions from 4.0 to 4.3.2.', {'product.name': 'TicketDesk', 'product.version': 'from 4.0 to 4.3.2', 'product.vendor': 'Marlow & Sons Ltd'}),
    ('Hello, I want report vulnerability in camera of company Visiontek Security, model VT-880W, firmware 1.0.33.', {'product.name': 'VT-880W', 'product.version': '1.0.33', 'product.vendor': 'Visiontek Security'}),
    ('The Orchard Mail desktop client for Windows (6.0 through 6.2.3), developed by Pomona GmbH, executes macros.', {'product.name': 'Orchard Mail', 'product.version': '6.0 through 6.2.3', 'product.vendor': 'Pomona GmbH'}),
    ('Our team discovered that Nimbus Drive for Android, published by Skylark Apps, stores tokens in a world-readable file. Version tested: 5.12.0 (Play Store).', {'product.name': 'Nimbus Drive for Android', 'product.version': '5.12.0', 'product.vendor': 'Skylark Apps'}),
    ('The company Tanaka Seiki Co., Ltd. makes the label printer TS-450. Firmware V2.07 has a buffer overflow.', {'product.name': 'TS-450', 'product.version': '2.07', 'product.vendor': 'Tanaka Seiki Co., Ltd.'}),
    ('The flaw is present in Sturdy Lock 2 (smart lock, Harborline Devices), firmware 1.1.0 to 1.3.7.', {'product.name': 'Sturdy Lock 2', 'product.version': '1.1.0 to 1.3.7', 'product.vendor': 'Harborline Devices'}),
    ('the python library pycryptic (PyPI) in versions 0.4.0-0.4.7 uses a fixed IV', {'product.name': 'pycryptic', 'product.version': '0.4.0-0.4.7'}),
    ('go module github.com/fernhill/lockbox at v1.3.2 and older lets a client skip auth', {'product.name': 'github.com/fernhill/lockbox', 'product.version': '1.3.2 and older'}),
    ('Dear team, in product "SmartMeter Cloud Gateway" of Volt & Wire GmbH I have found hardcoded password. Version of firmware is 3.0.9.', {'product.name': 'SmartMeter Cloud Gateway', 'product.version': '3.0.9', 'product.vendor': 'Volt & Wire GmbH'}),
    ("Acorn Medical's InfuseLink pump (software 1.2.0) accepts unauthenticated commands.", {'product.name': 'InfuseLink', 'product.version': '1.2.0', 'product.vendor': 'Acorn Medical'}),
    ('株式会社みどり計器が販売するネットワークカメラ「まもるくん」MK-20 のファームウェア 1.2.0 から 1.4.1 に認証の不備があります。', {'product.name': 'まもるくん', 'product.version': '1.2.0 から 1.4.1', 'product.vendor': '株式会社みどり計器'}),
    ('ソフトウェア名「帳票ナビ」、バージョンは 3.1.0、開発元は青葉システム株式会社です。', {'product.name': '帳票ナビ', 'product.version': '3.1.0', 'product.vendor': '青葉システム株式会社'}),
    ('北斗通信工業の無線LANルーター RX-2500 に問題があります。ファームのバージョンは 1.08 です。', {'product.name': 'RX-2500', 'product.version': '1.08', 'product.vendor': '北斗通信工業'}),
    ('スマホのアプリで「ポチッと家計簿」というのがあるのですが、パスワードがそのまま保存されています。バージョンは1.9.2でした。作っている会社はコモレビ社です。', {'product.name': 'ポチッと家計簿', 'product.version': '1.9.2', 'product.vendor': 'コモレビ社'}),
    ('グループウェア「つなぐ君」を開発している株式会社ツナグソフトに連絡しましたが返事がありません。バージョン 8.1.2 と 8.1.3 で再現します。', {'product.name': 'つなぐ君', 'product.version': '8.1.2 と 8.1.3', 'product.vendor': '株式会社ツナグソフト'}),
    ('IoT照明ブリッジ「LumiBridge」(LB-1、ルミナ電子社製)、ファームウェア2.0.4にバックドアがあります。', {'product.name': 'LumiBridge', 'product.version': '2.0.4', 'product.vendor': 'ルミナ電子社'}),
    ('弊社では株式会社ヤマセの勤怠管理システム「タイムシート楽々」を利用しております。バージョン 5.0.1 にて権限昇格を確認しました。', {'product.name': 'タイムシート楽々', 'product.version': '5.0.1', 'product.vendor': '株式会社ヤマセ'}),
    ('I use MoriMail every day (version 11.0.2 on my Mac). The developer is Mori Soft. When I open a mail with a crafted header the app crashes.', {'product.name': 'MoriMail', 'product.version': '11.0.2', 'product.vendor': 'Mori Soft'}),
    ("We found an XXE in DataLoom Connect's importer (DataLoom Connect 2.0 - 2.6, DataLoom Inc.).", {'product.name': 'DataLoom Connect', 'product.version': '2.0 - 2.6', 'product.vendor': 'DataLoom Inc.'}),
    ('Hello, the Chrome extension "Tab Juggler" (v4.2.0, 200k users, by Octo Apps) injects HTML into every page.', {'product.name': 'Tab Juggler', 'product.version': '4.2.0', 'product.vendor': 'Octo Apps'}),
    ('SafeHaven DVR (models SH-4 and SH-8) ships with the same TLS key. I checked firmware 7.0.12; older ones are likely affected as well. SafeHaven is made by Citadel Video Systems.', {'product.name': 'SafeHaven', 'product.version': '7.0.12', 'product.vendor': 'Citadel Video Systems'}),
    ('It was fixed in version 2.0.1 of Gullwing. Affected: Gullwing 1.8.0-2.0.0.', {'product.name': 'Gullwing', 'product.version': '1.8.0-2.0.0'}),
    ('My company, Redwood Security Ltd, tested the Cedar Portal Server 9.1 of Cedar Information Systems for a client.', {'product.name': 'Cedar Portal Server', 'product.version': '9.1', 'product.vendor': 'Cedar Information Systems'}),
    ('脆弱性を見つけたのは、コトブキ電子工業製の監視カメラ KC-88 です。ファームウェア 3.0.2 で確認しました。', {'product.name': 'KC-88', 'product.version': '3.0.2', 'product.vendor': 'コトブキ電子工業'}),
    ('スマートロック Kagi-One(カギテック株式会社)のアプリ版 1.4.0 に不備があります。', {'product.name': 'Kagi-One', 'product.version': '1.4.0', 'product.vendor': 'カギテック株式会社'}),
    ('掲示板ソフト「ひろば」のバージョン1.5.0から1.7.2にXSSがあります。GitHub で公開されています。', {'product.name': 'ひろば', 'product.version': '1.5.0から1.7.2'}),
    ('医療機器メーカーの東雲メディカル株式会社が提供している輸液ポンプ管理ソフト InfuManager 2.5.1 に、ハードコードされたパスワードがあります。', {'product.name': 'InfuManager', 'product.version': '2.5.1', 'product.vendor': '東雲メディカル株式会社'}),
    ('iPhoneアプリの「メモメモ」(株式会社ノートワン)で、ver 6.1.0 から 6.1.4 までで再現します。最新の 6.2.0 では再現しません。', {'product.name': 'メモメモ', 'product.version': '6.1.0 から 6.1.4 まで', 'product.vendor': '株式会社ノートワン'}),
    ('ソフトの名前は「ズバリ見積」で、会社は株式会社エスティです。バージョンは 7.1 と表示されます。', {'product.name': 'ズバリ見積', 'product.version': '7.1', 'product.vendor': '株式会社エスティ'}),
    ('Similar issues were found in https://other.example.com last year, but this one is in https://real.example.net/login.', {'target.urls': ('https://real.example.net/login',)}),
    ('I host the PoC at https://poc.researcher.example/x.html. The vulnerable page is https://bank.example/transfer.', {'target.urls': ('https://bank.example/transfer',)}),
    ('例えば https://good.example.jp/ は正しく対策されていますが、https://bad.example.jp/form は対策されていません。', {'target.urls': ('https://bad.example.jp/form',)}),
    ('攻撃者は罠サイト(https://wana.example.net/)に誘導します。対象は https://kaiin.example.jp/login です。', {'target.urls': ('https://kaiin.example.jp/login',)}),
    ('I contacted them via https://shop.example.net/contact but got no answer. The vulnerable URL is https://shop.example.net/cart?id=1.', {'target.urls': ('https://shop.example.net/cart?id=1',)}),
    ('「にこにこ歯科」の予約ページ https://yoyaku.nikoniko.example.jp/ で他人の予約が見えます。', {'target.urls': ('https://yoyaku.nikoniko.example.jp/',), 'target.site_name': 'にこにこ歯科'}),
    ('open redirect: https://login.ferry.example/go?to=https://evil.example/ sends people anywhere', {'target.urls': ('https://login.ferry.example/go?to=https://evil.example/',)}),
    ('レンタル会議室の予約サイト「かりるーむ」(https://karirumu.example.jp)で他人の予約を取り消せます。', {'target.urls': ('https://karirumu.example.jp',), 'target.site_name': 'かりるーむ'}),
    ('Go to https://events.lumen.example/register, enter a name with a tag, and open https://events.lumen.example/list. The payload loads https://xss.researcher.example/p.js.', {'target.urls': ('https://events.lumen.example/register', 'https://events.lumen.example/list')}),
    ('本件は CVE-2024-1234 とは別の問題です。', {}),
    ('The bug is a variant of CVE-2023-1111, whose patch was incomplete.', {}),
    ('jQuery 1.12.4 (CVE-2020-11022) is outdated at https://a.example.jp/.', {'target.urls': ('https://a.example.jp/',)}),
    ('Chrome 120.0 と Firefox 121.0 で確認しました。https://a.example.jp/x にXSSがあります。', {'target.urls': ('https://a.example.jp/x',)}),
    ('Tested with Burp Suite Professional 2026.1 and Google Chrome 130.0 on Windows 11. The URL is https://b.example.jp/.', {'target.urls': ('https://b.example.jp/',)}),
    ('Scanner: Netprobe 4.2\nTarget: https://c.example.jp/', {'target.urls': ('https://c.example.jp/',)}),
    ('Server: nginx/1.18.0, PHP 7.4.3 at https://d.example.jp/info.php', {'target.urls': ('https://d.example.jp/info.php',)}),
    ('私は株式会社セキュアラボで診断をしております。https://e.example.jp/ に問題があります。', {'target.urls': ('https://e.example.jp/',)}),
    ('I work for Pentest Partners Ltd. and found it at https://f.example.jp/.', {'target.urls': ('https://f.example.jp/',)}),
    ('> Product: Foo 1.2\n> Vendor: Bar Inc.\n\nhttps://g.example.jp/ のXSSの件です。', {'target.urls': ('https://g.example.jp/',)}),
    ('ログイン画面「お客様ページ」の「次へ」を押します。https://h.example.jp/', {'target.urls': ('https://h.example.jp/',)}),
    ('サイト https://i.example.jp/ は WordPress 5.8 を使っています。XSSがあります。', {'target.urls': ('https://i.example.jp/',)}),
    ('The vendor has not been informed. The site is https://j.example.jp/ and it runs on Apache 2.4.', {'target.urls': ('https://j.example.jp/',)}),
    ('the shop runs on EC-CUBE 4.0.3 but the bug is in its own page https://zakka.example.jp/inquiry', {'target.urls': ('https://zakka.example.jp/inquiry',)}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fields"), LETTERS)
def test_what_a_letter_is_about(text: str, fields: dict[str, Any]) -> None:
    """The values as stated, and nothing of what was used, compared, read or signed with."""
    found = understand(text, "", shipped_rules(), sender=Address("John Roe", "john@roe.example"))
    assert {field.name: field.value for field in found.fields if field.name.startswith(_PLACES)} == fields
