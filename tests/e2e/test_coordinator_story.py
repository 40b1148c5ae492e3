"""Who may steer a case, by what mail, and what comes of mails that only look like it."""

from tests.e2e.reports import PRODUCT_ANSWER, PRODUCT_EN, WEBSITE_EN
from tests.e2e.town import ADDRESS, Town


def _opened(town: Town, text: str = WEBSITE_EN) -> str:
    alex = town.people.get("alex@finder.example.org") or town.person("Alex", "alex@finder.example.org")
    town.write(alex, "a vulnerability", text)
    town.round()
    case_id: str = town.case()["id"]
    return case_id


def test_commands_are_all_or_nothing_and_answered_with_a_transcript(town: Town) -> None:
    """One wrong line and none runs; the transcript says which; a preview shows and changes nothing."""
    case_id = _opened(town)
    town.command(f"!case {case_id}", "!accept", "!frobnicate")
    assert town.case()["state"] == "triage"
    transcript = town.newest(town.coordinator)
    assert transcript.crypto.encrypted
    assert "!frobnicate" in transcript.text
    assert "unknown command" in transcript.text
    town.command("!preview", f"!case {case_id}", "!accept")
    assert town.case()["state"] == "triage"
    assert "would go" in town.newest(town.coordinator).text
    town.command(f"!case {case_id}", "!accept", "!note checked with the team")
    assert town.case()["state"] == "accepted"
    assert any("checked with the team" in entry["text"] for entry in town.case()["timeline"])


def test_t28_to_t32_only_a_fresh_good_signature_of_a_coordinator_commands(town: Town) -> None:
    """Unsigned, signed by a stranger, replayed, or standing below other text: nothing runs."""
    case_id = _opened(town)
    order = f"!case {case_id}\n!accept\n"
    mallory = town.person("Mallory", "mallory@evil.example")
    taro = town.coordinator
    forged = mallory.write(ADDRESS, "x", order, sign=True).replace(
        b"Mallory <mallory@evil.example>", b"taro@desk.example.jp"
    )
    town.deliver(
        taro.write(ADDRESS, "unsigned", order),
        mallory.write(ADDRESS, "stranger", order, sign=True, encrypt=True),
        forged,
        taro.write(ADDRESS, "below", f"Hello,\n\n{order}", sign=True),
    )
    town.round()
    assert town.case()["state"] == "triage"
    good = taro.write(ADDRESS, "good", f"!case {case_id}\n!ask vulnerability.steps\n", sign=True)
    town.deliver(good)
    town.round()
    assert town.case()["state"] == "asking"
    asked = len(town.inbox(town.people["alex@finder.example.org"]))
    town.deliver(good.replace(b"Subject: good", b"Subject: again"))
    town.round()
    assert len(town.inbox(town.people["alex@finder.example.org"])) == asked
    assert "run before" in town.newest(taro).text


def test_a_coordinators_copy_is_logged_and_answered_by_nobody(town: Town) -> None:
    """Who, to whom and what stand in the history; no mail goes out for it."""
    case_id = _opened(town)
    sent = len(town.sink.messages)
    copy = town.coordinator.write(
        "info@shop.example.jp", f"[{case_id}] 電話の件", "先ほどはありがとうございました。\n", cc=ADDRESS, sign=True
    )
    town.deliver(copy)
    done = town.round()
    assert done["accounted"]["copy"] == 1
    assert len(town.sink.messages) == sent
    entry = town.case()["timeline"][-1]
    assert (entry["what"], entry["who"]) == ("copy", "調整 太郎")
    assert "info@shop.example.jp" in entry["text"]


def test_an_incomplete_product_report_is_asked_about_and_completed(town: Town) -> None:
    """The question names what is missing; the answer completes the case; the vendor's first contact has no details."""
    case_id = _opened(town, PRODUCT_EN)
    alex = town.people["alex@finder.example.org"]
    case = town.case()
    assert (case["state"], case["track"], case["waiting_for"]) == ("asking", "product", "finder")
    assert "product.version" in case["missing"]
    question = town.newest(alex)
    assert "ersion" in question.text
    assert "event.php" not in question.text
    town.write(alex, f"Re: {question.subject}", PRODUCT_ANSWER, answers=question)
    town.round(days=1)
    case = town.case()
    assert (case["state"], case["missing"]) == ("triage", [])
    assert case["fields"]["product.version"]["value"] == "2.4.1"
    town.command(
        f"!case {case_id}", "!accept", "!contact add psirt@vendor.example.com from their site", "!contact use 1"
    )
    vendor = town.person("PSIRT", "psirt@vendor.example.com")
    town.approve_all(case_id)
    first = town.newest(vendor)
    assert "Example Calendar" in first.text
    for detail in ("SQL", "event.php", "UNION", "Alex"):
        assert detail not in first.text + first.subject


def test_an_answer_from_another_address_waits_for_a_coordinator(town: Town) -> None:
    """T19: the right token from a stranger opens nothing: held, shown, and usable only after `!contact confirm`."""
    case_id = _opened(town)
    operator = town.person("Shop", "info@shop.example.jp")
    other = town.person("Tanaka", "tanaka@shop.example.jp")
    town.command(f"!case {case_id}", "!accept", "!contact add info@shop.example.jp site", "!contact use 1")
    town.approve_all(case_id)
    asked = town.newest(operator)
    town.write(other, f"Re: {asked.subject}", "I am in charge. Send it to me.\n", answers=asked)
    done = town.round(hours=1)
    assert done["accounted"]["held"] == 1
    assert town.case()["state"] == "contacting"
    assert "!contact confirm 2" in town.newest(town.coordinator).text
    assert town.inbox(other) == []
    town.command(f"!case {case_id}", "!contact confirm 2")
    town.approve_all(case_id)
    assert "alert(1)" in town.newest(other).text
    assert town.case()["state"] == "notified"


def test_who_asks_for_encryption_never_gets_details_in_plain(town: Town) -> None:
    """Approval is refused until the contact's key is there; then the details go encrypted."""
    case_id = _opened(town)
    operator = town.person("Shop", "info@shop.example.jp")
    town.command(f"!case {case_id}", "!accept", "!contact add info@shop.example.jp site", "!contact use 1")
    town.approve_all(case_id)
    asked = town.newest(operator)
    answer = "We are in charge. Please send it encrypted only, not in plain text.\n"
    town.write(operator, f"Re: {asked.subject}", answer, answers=asked)
    town.round(hours=1)
    town.approve_all(case_id)
    assert "no usable key" in town.newest(town.coordinator).text
    assert town.case()["state"] == "contact_confirmed"
    key = town.folder / "operator.asc"
    key.write_bytes(operator.public_key)
    assert town.run("key", "import", str(key)) == 0
    town.approve_all(case_id)
    assert town.newest(operator).crypto.encrypted
    assert "alert(1)" in town.newest(operator).text


def test_a_bounce_of_our_mail_ends_that_contact_and_a_fake_one_does_nothing(town: Town) -> None:
    """T47: a delivery report counts only with the Message-ID of a mail of ours."""
    case_id = _opened(town)
    operator = town.person("Shop", "info@shop.example.jp")
    town.command(f"!case {case_id}", "!accept", "!contact add info@shop.example.jp site", "!contact use 1")
    town.approve_all(case_id)
    asked = town.newest(operator)
    for message_id, standing in (("<made-up@desk.example.jp>", "tried"), (asked.mail.message_id, "dead")):
        town.deliver(_delivery_report("info@shop.example.jp", message_id))
        town.round(hours=1)
        assert town.case()["contacts"][0]["standing"] == standing
    assert case_id in town.newest(town.coordinator).subject


def _delivery_report(recipient: str, message_id: str) -> bytes:
    return (
        "From: MAILER-DAEMON@relay.example.jp\r\nTo: security@desk.example.jp\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: <b{abs(hash(message_id))}@relay.example.jp>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThe address is unknown.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example.jp\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 unknown\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()
