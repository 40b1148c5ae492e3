"""What finders say about their name, about direct contact and about credit, in many words; silence is no consent."""

import pytest

from mailbot.core.extract_rules import fields_in
from mailbot.core.extract_wishes import cautious
from mailbot.core.fields import merge
from tests.shipped_rules import shipped_rules

SHARE, DIRECT, CREDIT = "consent.share_identity", "consent.direct_contact", "consent.credit"

WISHES: tuple[tuple[str, dict[str, object]], ...] = (
    ("匿名を希望します。", {SHARE: False}),
    ("匿名でお願いいたします。", {SHARE: False}),
    ("私の名前は出さないでください。", {SHARE: False}),
    ("先方への氏名の開示は控えていただけますか。", {SHARE: False}),
    ("運営者へは私の個人情報を伝えないようお願いします。", {SHARE: False}),
    ("連絡先等は開発元に開示しないでください。", {SHARE: False}),
    ("届出者の情報は先方に知らせないでいただきたいです。", {SHARE: False}),
    ("できれば名前を伏せて連絡していただけると助かります。", {SHARE: False}),
    ("私が見つけたことは先方に知られたくありません。", {SHARE: False}),
    ("氏名の通知は不可とします。", {SHARE: False}),
    ("名前は伝えていただいて構いませんが、連絡は貴機構を通してください。", {SHARE: True, DIRECT: False}),
    ("氏名・連絡先ともに開発者へお伝えいただいて問題ありません。", {SHARE: True}),
    ("私の情報を運営者様に共有することに同意します。", {SHARE: True}),
    ("運営者に名前を教えても大丈夫です。", {SHARE: True}),
    ("届出者情報の開示を許可します。", {SHARE: True}),
    ("先方から直接ご連絡いただいても構いません。", {DIRECT: True}),
    ("ベンダーとの直接のやりとりも可能です。", {DIRECT: True}),
    ("開発者からの直接の問い合わせにも対応いたします。", {DIRECT: True}),
    ("連絡はすべてIPA経由でお願いします。", {DIRECT: False}),
    ("直接のやり取りは避けたいです。", {DIRECT: False}),
    ("JVN公表時には謝辞に氏名を掲載してください。", {CREDIT: True}),
    ("謝辞を希望します。", {CREDIT: True}),
    (
        "謝辞への記載は「Taro Yamada (Example Lab)」でお願いします。",
        {CREDIT: True, "credit_name": "Taro Yamada (Example Lab)"},
    ),
    (
        "公表の際は、発見者として「ねこまた」の名前を載せていただけると幸いです。",
        {CREDIT: True, "credit_name": "ねこまた"},
    ),
    ("クレジットはハンドルネームの nekomata でお願いします。", {CREDIT: True, "credit_name": "nekomata"}),
    ("発見者名の公表は希望しません。", {CREDIT: False}),
    ("謝辞は辞退いたします。", {CREDIT: False}),
    ("クレジットの掲載は必要ありません。", {CREDIT: False}),
    ("I want to stay anonymous.", {SHARE: False}),
    ("Please keep me anonymous when you contact the vendor.", {SHARE: False}),
    ("Please don't tell the operator who I am.", {SHARE: False}),
    ("Do not pass my contact data to the company.", {SHARE: False}),
    ("I do not consent to my name being shared.", {SHARE: False}),
    ("I wish to remain anonymous to the vendor.", {SHARE: False}),
    ("I'd prefer not to be named to the school.", {SHARE: False}),
    ("My identity should stay between us.", {SHARE: False}),
    ("Please handle my report anonymously.", {SHARE: False}),
    ("You can share my name with the developers.", {SHARE: True}),
    ("Feel free to pass on my contact details.", {SHARE: True}),
    ("I have no problem with you giving my name to the vendor.", {SHARE: True}),
    ("I agree that my name and e-mail address are given to the vendor.", {SHARE: True}),
    ("I'm fine with being named to the operator.", {SHARE: True}),
    ("The vendor is welcome to write to me directly.", {DIRECT: True}),
    ("They can reach me directly under this address.", {DIRECT: True}),
    ("Please do not let the vendor contact me.", {DIRECT: False}),
    ("I only want to talk to you, not to the vendor.", {DIRECT: False}),
    ("Please handle all contact with the vendor for me, I don't want to talk to them.", {DIRECT: False}),
    ("Please credit Aiko Mori of Team Kumo.", {CREDIT: True, "credit_name": "Aiko Mori of Team Kumo"}),
    ("Please credit this finding to Aiko Mori.", {CREDIT: True, "credit_name": "Aiko Mori"}),
    ("I'd like the credit to read 'Aiko Mori (Kumo Labs)'.", {CREDIT: True, "credit_name": "Aiko Mori (Kumo Labs)"}),
    ("If you publish an advisory, please name me as finder: Aiko Mori, Kumo Labs.", {CREDIT: True}),
    ("Acknowledgement: Aiko Mori", {CREDIT: True, "credit_name": "Aiko Mori"}),
    ("Credit: h0rst", {CREDIT: True, "credit_name": "h0rst"}),
    ("I would appreciate an acknowledgement under my handle @h0rst.", {CREDIT: True, "credit_name": "@h0rst"}),
    ("No need for credit.", {CREDIT: False}),
    ("I don't need any credit for this.", {CREDIT: False}),
    ("I do not wish to be acknowledged.", {CREDIT: False}),
    ("Please do not mention my name in the advisory.", {CREDIT: False}),
)

SILENT = (
    "匿名FTPが有効になっています。",
    "会員の氏名が表示されます。",
    "他の利用者の氏名と住所を第三者に知られてしまいます。",
    "名前の欄に <b> を入力します。",
    "クレジットカード番号が送信されます。",
    "開発元に問い合わせましたが返事がありません。",
    "直接URLを開くと表示されます。",
    "Anonymous visitors can read the page.",
    "The name field is not escaped.",
    "The page discloses my name and address without login.",
    "Credit card data is stored in the clear.",
    "The vendor never contacted me.",
    "An attacker may send my name to another server.",
    "Names of other customers can be shared by anyone.",
)


def wishes(sentence: str) -> dict[str, object]:
    """What is read of consent and credit."""
    fields = merge(cautious(fields_in(sentence, "", shipped_rules())))
    return {f.name: f.value for f in fields if f.name.startswith(("consent.", "credit_name"))}


@pytest.mark.parametrize(("sentence", "stated"), WISHES, ids=[sentence[:30] for sentence, _ in WISHES])
def test_a_wish_is_understood(sentence: str, stated: dict[str, object]) -> None:
    """The wish that the sentence states is read, and no consent that it does not state."""
    found = wishes(sentence)
    assert {name: found.get(name) for name in stated} == stated
    assert [name for name, value in found.items() if value is True and stated.get(name) is not True] == []


@pytest.mark.parametrize("sentence", SILENT)
def test_what_is_no_wish_is_no_consent(sentence: str) -> None:
    """Sentences about other people's names and cards say nothing of the finder's wishes."""
    assert wishes(sentence) == {}
