"""`case export`: what comes out, and what it says when nothing may."""

import json
import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.adapters.csaf_check import csaf_problems
from mailbot.cli.app import run
from tests.e2e.reports import WEBSITE_EN
from tests.faults.test_vendors_story import PRODUCT, SUBJECT
from tests.pgp_home import needs_gpg, quiet_desk

Desk = Callable[..., tuple[int, str, str]]
NOW = ("--now", "2026-12-20T12:00:00+09:00")


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Desk:
    """Runs a verb on a desk that has an accepted product case and one of a website."""
    folder = quiet_desk()

    def verb(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["--config", str(folder / "mailbot.toml"), *words])
        return status, *capsys.readouterr()

    for n, (subject, text) in enumerate(((SUBJECT, PRODUCT), ("XSS in your site", WEBSITE_EN))):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"hanako{n}@finder.test", "security@our.test", subject
        mail["Date"], mail["Message-ID"] = "Fri, 20 Nov 2026 09:00:00 +0900", f"<{n}@finder.test>"
        mail.set_content(text)
        path = tmp_path / f"{n}.eml"
        path.write_bytes(mail.as_bytes())
        status, _, errors = verb("ingest", str(path))
        assert status == 0, errors
    for case in json.loads(verb("case", "list", "--json")[1]):
        assert verb("do", case["id"], "accept")[0] == 0
    return verb


def ids(desk: Desk) -> dict[str, str]:
    """Track to case id."""
    return {case["track"]: case["id"] for case in json.loads(desk("case", "list", "--json")[1])}


@needs_gpg
def test_csaf_is_handed_out_valid(desk: Desk, tmp_path: Path) -> None:
    """On stdout, or as files named by the standard; the number set from the shell is in it, the finder is not."""
    product = ids(desk)["product"]
    assert desk("do", product, "number add CVE-2026-12345 JVN#12345678")[0] == 0
    status, out, err = desk("case", "export", product, "--format", "csaf", *NOW)
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert csaf_problems(document) == ()
    assert document["document"]["tracking"]["id"] == "JVN#12345678"
    assert not any(secret in out for secret in ("hanako", "発見", "read_header"))
    status, out, _ = desk("case", "export", "--all", "--format", "csaf", "--out", str(tmp_path / "drafts"), *NOW)
    file = tmp_path / "drafts" / "jvn_12345678.json"
    assert (status, out.strip()) == (0, str(file))
    assert json.loads(file.read_text("utf-8")) == document
    assert file.stat().st_mode & 0o077 == 0
    assert desk("case", "export", product, "--format", "csaf", "--language", "en", *NOW)[0] == 0


@needs_gpg
def test_a_website_has_no_csaf(desk: Desk) -> None:
    """Nothing is printed, and the reason goes to stderr."""
    status, out, err = desk("case", "export", ids(desk)["website"], "--format", "csaf")
    assert (status, out) == (1, "")
    assert "nothing is published of a website" in err


@needs_gpg
def test_the_dossier_is_the_paper_and_the_history(desk: Desk) -> None:
    """Advisory drafts in both languages and the whole file of a product; of a website the file alone."""
    product, website = ids(desk)["product"], ids(desk)["website"]
    status, out, _ = desk("case", "export", product, *NOW)
    assert status == 0
    for part in (
        "advisory.ja.txt",
        "advisory.en.txt",
        "サンプルビューア",
        "AFFECTED",
        "for coordinators only",
        "!accept",
    ):
        assert part in out, part
    drafts = out.partition("for coordinators only")[0]
    assert not any(secret in drafts for secret in ("hanako", "発見", "read_header"))
    status, out, _ = desk("case", "export", website, *NOW)
    assert status == 0
    assert "advisory" not in out
    assert website in out


@needs_gpg
def test_json_is_what_case_show_says(desk: Desk) -> None:
    """One case is an object, several are a list; numbers stand in the fields of the contract."""
    product = ids(desk)["product"]
    desk("do", product, "number add CVE-2026-12345 JVN#12345678")
    shown = json.loads(desk("case", "export", product, "--format", "json", *NOW)[1])
    assert shown == json.loads(desk("case", "show", product, "--json", *NOW)[1])
    assert shown["fields"]["vulnerability.cve"]["value"] == ["CVE-2026-12345"]
    assert shown["fields"]["tracking_ids"]["value"] == ["JVN#12345678"]
    assert len(json.loads(desk("case", "export", "--all", "--format", "json")[1])) == 2
    assert re.search(r"vulnerability\.cve = CVE-2026-12345", desk("case", "show", product)[1])


@needs_gpg
def test_wrong_use_is_said(desk: Desk) -> None:
    """Exit status 2, nothing on stdout."""
    for words, wanted in (
        ((), "name one case or more"),
        (("--all", "12345678"), "name one case or more"),
        (("00000000",), "there is no case"),
        (("--all", "--format", "xml"), "xml"),
        (("--all", "--format", "csaf", "--language", "fr"), "--language fr"),
    ):
        status, out, err = desk("case", "export", *words)
        assert (status, out) == (2, "")
        assert wanted in err


@needs_gpg
def test_one_number_of_two_cases_overwrites_nothing(desk: Desk, tmp_path: Path) -> None:
    """The file of the first stays; the second is named, and the verb fails."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "hanako7@finder.test", "security@our.test", SUBJECT
    mail["Date"], mail["Message-ID"] = "Fri, 20 Nov 2026 09:30:00 +0900", "<7@finder.test>"
    mail.set_content(PRODUCT)
    path = tmp_path / "7.eml"
    path.write_bytes(mail.as_bytes())
    assert desk("ingest", str(path))[0] == 0
    products = [c["id"] for c in json.loads(desk("case", "list", "--json")[1]) if c["track"] == "product"]
    assert len(products) == 2
    desk("do", products[1], "accept")
    for case_id in products:
        assert desk("do", case_id, "number add JVN#12345678")[0] == 0
    status, out, err = desk("case", "export", *products, "--format", "csaf", "--out", str(tmp_path / "csaf"), *NOW)
    assert (status, len(out.split())) == (1, 1)
    assert f"{products[1]}: {products[0]} is in jvn_12345678.json already" in err
