"""What no rule's wording reads: sentences by their signs, names of makers, sites and finders by where they stand."""

import pickle

import pytest

from mailbot.core.likely_credit import likely_credit
from mailbot.core.likely_names import likely_names, own_maker
from mailbot.core.likely_told import LIKELY, likely_told
from mailbot.core.messages import Address
from mailbot.core.model import Field, FieldValue
from mailbot.core.rule_shapes import Shape
from mailbot.core.ruleset import load_rules
from mailbot.core.sentence_shapes import Lexicon, SentenceFile, Sentences, Sign, Told, unknown_signs
from mailbot.core.understand import understand
from mailbot.errors import ConfigError
from tests.shipped_rules import rule_files, shipped_rules

LETTER = (
    "Hello. Last Tuesday I tidied up the tills of my uncle's bakery and looked at its order page. "
    "Type 0 where it wants the till's number and somebody else's receipts come up. "
    "A bored teenager could walk off with the card numbers of all our customers. "
    "Rang their hotline twice, no reply so far. "
    "It goes on my blog in May unless they mend it. Cheers."
)
TOLD = [
    ("vulnerability.impact", "teenager"),
]


def _sign(name: str, *words: str, first: bool = False) -> Sign:
    return Sign(id=name, why="Test.", words=words, first=first)


def _field(name: str, value: FieldValue, rule: str = "test/test") -> Field:
    return Field(name, value, rule, 0.8, "")


@pytest.mark.parametrize(("field", "words"), TOLD)
def test_a_sentence_is_known_by_the_signs_in_it(field: str, words: str) -> None:
    """The letter was written for this test; no rule has its wordings."""
    found = {one.name: one for one in likely_told(LETTER, (), shipped_rules().sentences)}
    assert words in str(found[field].value)
    assert found[field].rule.startswith(LIKELY)
    assert found[field].confidence < 0.5


def test_what_a_rule_has_read_stays() -> None:
    """A field that is stated is looked for nowhere else."""
    known = (_field("vulnerability.impact", "all is lost"),)
    assert "vulnerability.impact" not in {one.name for one in likely_told(LETTER, known, shipped_rules().sentences)}


@pytest.mark.parametrize("text", ["", "Hello.", "お世話になっております。", "The weather is fine in Kobe."])
def test_letters_that_tell_nothing_state_nothing(text: str) -> None:
    """Greetings are neither impact nor plan."""
    assert likely_told(text, (), shipped_rules().sentences) == ()


def test_what_is_only_likely_makes_no_mail_a_report() -> None:
    """Without the sentences the likeness is the same."""
    files = {path: text for path, text in rule_files().items() if not path.startswith("sentences/")}
    text = LETTER.replace("Hello.", "Hello, https://kuroneko-pan.example/order it is.")
    with_them, without = (understand(text, "", rules).likeness for rules in (shipped_rules(), load_rules(files)))
    assert with_them == without


def test_words_endings_phrases_numbers_and_other_letters() -> None:
    """Latin entries are whole words; the others stand anywhere; `first` looks at the beginning only."""
    lexicon = Lexicon(
        (
            *(_sign("w", "cat*", "dog"), _sign("p", "no repl*"), _sign("n", "# day*", "#月"), _sign("j", "漏え")),
            _sign("f", "open", first=True),
        )
    )
    cases = {
        "Cats sleep": "w",
        "dogs bark": "",
        "There was no reply.": "p",
        "no, reply": "p",
        "in 90 days": "n",
        "１２月に": "n",
        "情報漏えいです": "j",
        "Open it": "f",
        "what they keep is open": "",
    }
    assert {text: "".join(sorted(lexicon.signs_in(text))) for text in cases} == cases
    assert pickle.loads(pickle.dumps(lexicon)).signs_in("dog") == {"w"}


def test_weights_add_up_and_pairs_count_where_both_stand() -> None:
    """A pair says more than its two signs."""
    told = Told(field="other_reports", enough=0.5, start=-1.0, weights={"a": 1.0, "a+b": 2.0})
    sentences = Sentences({"x": SentenceFile(sign=(_sign("a", "ape"), _sign("b", "bee")), told=(told,))})
    assert set(sentences.ideas_in("ape bee")) == {"a", "b", "a+b"}
    assert [told.weigh(sentences.ideas_in(text), 0.0, 100) for text in ("ape bee", "ape", "bee")] == [2.0, 0.0, -1.0]


def test_signs_that_no_file_has_are_named() -> None:
    """A slip in a weight would be silent otherwise."""
    told = Told(field="other_reports", enough=0.5, start=0.0, weights={"ape+gnu": 1.0})
    files: dict[str, Shape] = {"x": SentenceFile(sign=(_sign("ape", "ape"),), told=(told,))}
    assert list(unknown_signs(files)) == [
        "rules/sentences/x.toml: other_reports: no file in rules/sentences has the sign gnu"
    ]
    table = '[[told]]\nfield = "other_reports"\nenough = 0.5\nstart = 0.0\n[told.weights]\ngnu = 1.0\n'
    with pytest.raises(ConfigError, match="sign gnu"):
        load_rules(rule_files() | {"sentences/ours.toml": table})


MAKERS = [
    ("The camera Iwashi Eye 3, made by Iwashi Optics, shows its password.", "Iwashi Eye 3", "Iwashi Optics"),
    ("株式会社いわし光学のカメラ「イワシの目」に固定のパスワードがあります。", "イワシの目", "株式会社いわし光学"),
    ("I work for Iwashi Optics and found a hole in Hamachi Pad.", "Hamachi Pad", None),
    ("Hamachi Pad crashes. I bought it at Nagoya Station.", "Hamachi Pad", None),
    ("JPCERT/CC was told of Hamachi Pad.", "Hamachi Pad", None),
]


@pytest.mark.parametrize(("text", "product", "maker"), MAKERS)
def test_a_maker_is_known_by_its_form_and_by_what_stands_beside(text: str, product: str, maker: str | None) -> None:
    """Whom the finder works for, where it was bought and who was told made nothing."""
    found = likely_names(text, "", (_field("product.name", product),), shipped_rules())
    assert [one.value for one in found] == ([maker] if maker else [])


SITES = [
    ("I book at Kuroneko Bakery (their page is https://kuroneko-bakery.example/o).", "Kuroneko Bakery"),
    ("くろねこ製パンの注文ページ https://order.kuroneko-pan.example/o で他人の注文が見えます。", "くろねこ製パン"),
    ("On Monday I saw https://kuroneko-bakery.example/o and used Burp on it.", None),
    ("ログイン画面 https://kuroneko-pan.example/o で起きます。", None),
]


@pytest.mark.parametrize(("text", "site"), SITES)
def test_a_site_is_called_like_its_host(text: str, site: str | None) -> None:
    """The name that agrees with the host, or stands at its address."""
    url = text[text.index("https") :].split(" ")[0].rstrip(").")
    found = likely_names(text, "", (_field("target.urls", (url,)),), shipped_rules())
    assert [one.value for one in found] == ([site] if site else [])


def test_who_writes_of_their_own_product_makes_it() -> None:
    """Their company is the maker, but not where they only use it."""
    fields = (_field("product.name", "帳票箱"), _field("reporter.organisation", "株式会社いわし光学"))
    own = own_maker(fields, "弊社が開発している帳票箱に脆弱性があります。", shipped_rules())
    assert [one.value for one in own] == ["株式会社いわし光学"]
    assert own_maker(fields, "弊社で利用している帳票箱に脆弱性があります。", shipped_rules()) == ()
    assert own_maker(fields[:1], "弊社が開発している帳票箱です。", shipped_rules()) == ()


CREDITS = [
    ("Credit line: Pia Lund, Fjord Lab.", "Pia Lund, Fjord Lab"),
    ("もし名前をのせてもらえるなら「りく」がいいです!", "りく"),
    ("Do not credit Pia Lund.", None),
    ("Pia Lund may be named to the vendor.", None),
    ("The credits page lists Pia Lund.", None),
    ("謝辞は不要です。", None),
]


@pytest.mark.parametrize(("text", "name"), CREDITS)
def test_a_name_for_thanks_stands_in_a_sentence_about_them(text: str, name: str | None) -> None:
    """A refusal, what the vendor may know and what a page shows are no wish to be thanked."""
    fields = (_field("reporter.name", "Pia Lund"), _field("consent.credit", True))
    found = [(one.name, one.value) for one in likely_credit(text, fields, shipped_rules())]
    assert found == ([("credit_name", name)] if name else [])


@pytest.mark.parametrize("wish", [(), (_field("consent.credit", False),)])
def test_no_name_makes_a_wish(wish: tuple[Field, ...]) -> None:
    """Who refused credit, or said nothing of it that a rule knows, is not taken to want it."""
    assert likely_credit("Credit line: Pia Lund.", wish, shipped_rules()) == ()


def test_names_that_are_only_likely_are_not_relied_on() -> None:
    """They are shown with low confidence, like all that is a guess."""
    text = "I book at Kuroneko Bakery (their page is https://kuroneko-bakery.example/o) and see others' orders."
    found = understand(text, "", shipped_rules(), (), Address("", "a@mail.example"))
    assert all(one.confidence < 0.5 for one in found.fields if one.rule.startswith(("name/", LIKELY)))
