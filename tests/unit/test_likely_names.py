"""The product that no rule's wording names, its page, and versions beside words for a correction."""

import pytest

from mailbot.core.extract_product import likely_product
from mailbot.core.extract_urls import home_of
from mailbot.core.messages import Address
from mailbot.core.reading import fold
from mailbot.core.understand import understand
from tests.shipped_rules import shipped_rules

NAMED = [
    ("I've been poking at Kestrel OS for routers. The ping page takes commands.", "Kestrel OS"),
    ('The smart kettle "BoilBuddy 3000" by Kettleworks Ltd. accepts any firmware.', "BoilBuddy 3000"),
    ("There is a hardcoded JWT secret in openledger-api.", "openledger-api"),
    ("KAZAGURUMA ERP 2021 R3 の経費申請画面に、他人の申請が見える不備があります。", "KAZAGURUMA ERP 2021 R3"),
    ("pip install kurage-sdk で入るもので、任意のコードが実行されます。", "kurage-sdk"),
]
UNNAMED = [
    "The search page shows scripts. I used Burp Suite and Firefox.",
    "「設定」画面を開き、「保存」ボタンを押すとスクリプトが動きます。",
    "I am Jane Doe of Fernhill Labs and I like your work.",
    "Dear Sir, on Monday I saw an error. Regards",
    "佐藤様 お世話になっております。",
]
VERSIONS = [
    ("FooBoard 2.8.0 is open to XSS in the victim's browser, fixed in 2.8.1.", "2.8.0"),
    ("CMS「あきんど亭」 4.0.6 にCSRFがあります(4.0.7 で修正予定とのこと)。", "4.0.6"),
    ("The flaw was corrected in FooBoard 2.8.1.", None),
]


@pytest.mark.parametrize(("text", "name"), NAMED)
def test_the_name_that_most_speaks_for_is_the_products(text: str, name: str) -> None:
    """Its shape, what stands beside it and the fault in its sentence are enough."""
    found = likely_product(text, "", shipped_rules())
    assert found is not None
    assert found.value == fold(name)


@pytest.mark.parametrize("text", UNNAMED)
def test_tools_screens_people_and_companies_are_no_products(text: str) -> None:
    """Where nothing else has a name, no product is named."""
    assert likely_product(text, "", shipped_rules()) is None


@pytest.mark.parametrize(
    ("url", "name", "found"),
    [
        ("https://pypi.example/project/koyomi-tools/", "koyomi-tools", True),
        ("https://git.example/mirror/libtally.git", "libtally", True),
        ("https://www.quernstone.example/", "Quernstone", True),
        ("https://forge.example/lumen-db/issues", "lumen-db", False),
        ("https://app.tillbox.example/login", "Tillbox", False),
        ("https://a.example/?q=fooboard", "fooboard", False),
        ("https://jq.example/", "jq", False),
    ],
)
def test_a_products_page_ends_with_its_name(url: str, name: str, found: bool) -> None:
    """The last part of the path, or the host alone; names of a few letters are too common."""
    assert (home_of(f"see {url} for it", name) is not None) is found


@pytest.mark.parametrize(("text", "version"), VERSIONS)
def test_a_correction_beside_it_takes_no_version_away(text: str, version: str | None) -> None:
    """Only the version that stands right behind "fixed in", or in front of で修正, is the corrected one."""
    fields = understand(text, "", shipped_rules(), sender=Address("John Roe", "john@roe.example")).fields
    assert next((field.value for field in fields if field.name == "product.version"), None) == version
