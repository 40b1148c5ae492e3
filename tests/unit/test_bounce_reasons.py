"""Which reason the words and codes of servers stand for."""

import pytest

from mailbot.core.bounce_reasons import Evidence, from_example, plain, reason_of
from tests.shipped_rules import shipped_rules

SAID = [
    ("userunknown", "rcpt", "550 5.1.1 No such user here"),
    ("userunknown", "rcpt", "550 <a@shop.example>: Recipient address rejected: User unknown in virtual alias table"),
    ("userunknown", "rcpt", "550 Invalid recipient: <a@carrier.example.jp>"),
    ("userunknown", "", "The recipient name is not recognized"),
    ("userunknown", "", "宛先のメールアドレスが存在しません。"),
    ("filtered", "data", "550 Unknown user a@shop.example"),
    ("filtered", "", "相手の方の受信拒否設定のため、お届けできませんでした。"),
    ("rejected", "mail", "550 5.1.1 User unknown"),
    ("rejected", "mail", "553 5.1.8 Sender address rejected: Domain not found"),
    ("rejected", "", "You are not a member of this mailing list."),
    ("mailboxfull", "rcpt", "452 4.2.2 The mailbox is over quota"),
    ("mailboxfull", "data", "552 <a@shop.example> Mailbox size limit exceeded"),
    ("mailboxfull", "", "受信者のメールボックスの容量制限を超えました。"),
    ("mesgtoobig", "mail", "552 5.3.4 Message size exceeds fixed limit"),
    ("exceedlimit", "rcpt", "552 5.2.3 Message is longer than this recipient allows"),
    ("suspend", "rcpt", "550 5.2.1 This account has been disabled"),
    ("hasmoved", "rcpt", "551 5.1.6 a@shop.example has moved"),
    (
        "hostunknown",
        "",
        "Host or domain name not found. Name service error for name=shop.example type=A: Host not found",
    ),
    ("hostunknown", "", "宛先のドメインが見つかりません。"),
    ("networkerror", "", "connect to mx.shop.example[192.0.2.1]:25: No route to host"),
    ("networkerror", "", "554 5.4.6 Too many hops"),
    ("expired", "", "connect to mx.shop.example[192.0.2.1]:25: Connection timed out"),
    ("notaccept", "", "556 5.1.10 The domain does not accept mail"),
    ("blocked", "conn", "554 not you"),
    ("blocked", "helo", "501 Invalid domain name"),
    ("blocked", "rcpt", "554 5.7.1 Client host [192.0.2.1] blocked using list.example"),
    ("badreputation", "", "451 4.7.650 The server has been rate limited due to IP reputation."),
    ("requireptr", "conn", "421 4.7.1 Fix reverse DNS for 192.0.2.1"),
    ("authfailure", "data", "550 5.7.1 Rejected because of the domain's DMARC policy"),
    ("spamdetected", "data", "554 5.7.1 This looks like spam"),
    ("spamdetected", "", "迷惑メールと判定されました。"),
    ("virusdetected", "data", "554 5.7.1 Virus found"),
    ("policyviolation", "data", "554 5.7.1 Not accepted for policy reasons"),
    ("norelaying", "rcpt", "554 5.7.1 <a@shop.example>: Relay access denied"),
    ("toomanyconn", "rcpt", "452 4.5.3 Too many recipients"),
    ("speeding", "rcpt", "450 4.2.1 The user is receiving mail too quickly"),
    ("failedstarttls", "", "TLS is required, but was not offered by host mx.shop.example"),
    ("securityerror", "mail", "530 5.7.0 Authentication required"),
    ("contenterror", "data", "554 5.6.1 Eight bit data not allowed"),
    ("notcompliantrfc", "data", "550 5.7.1 The message is not RFC 5322 compliant"),
    ("syntaxerror", "rcpt", "503 Bad sequence of commands"),
    ("systemerror", "data", "451 4.3.0 Local error in processing"),
    ("systemfull", "mail", "452 4.3.1 Insufficient system storage"),
    ("mailererror", "", "unknown mailer error 1"),
    ("onhold", "", "550 nothing that anyone knows"),
    ("undefined", "", "nothing at all"),
]


@pytest.mark.parametrize(("reason", "command", "said"), SAID)
def test_words_of_servers(reason: str, command: str, said: str) -> None:
    """Words and codes give the reason; the step at which it failed tells whose address was refused."""
    assert reason_of(Evidence(said, command=command, action="failed"), shipped_rules().bounces) == reason


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (Evidence("550 no", status="5.1.1"), "userunknown"),
        (Evidence("no", status="4.4.7"), "expired"),
        (Evidence("", "The mailbox is full.", status="5.0.0"), "mailboxfull"),
        (Evidence("550 5.1.1 User unknown", "Is the mailbox full?"), "userunknown"),
        (Evidence("", action="delayed"), "expired"),
        (Evidence("250 2.1.5 Ok", action="delivered"), "delivered"),
        (Evidence("550 Unknown user", host="mfsmax.docomo.ne.jp", status="5.2.0", command="data"), "filtered"),
    ],
)
def test_other_evidence(evidence: Evidence, reason: str) -> None:
    """Codes count where words are missing, and the rest of the report where the server said little."""
    assert reason_of(evidence, shipped_rules().bounces) == reason


def test_every_reason_of_a_rule_is_reached() -> None:
    """Each rule decides the reason of its own first example, or one that is surer does."""
    rules = shipped_rules().bounces
    silent = []
    for rule in rules.reason:
        reasons = {reason_of(from_example(text), rules) for text in rule.hit}
        if not reasons & {rule.reason, rule.later} and rule.confidence >= 0.8:
            silent.append((rule.id, reasons))
    assert len(silent) <= 0.1 * len(rules.reason), silent


def test_codes_that_every_line_repeats() -> None:
    """The lines of a long reply are read as one sentence."""
    said = "550-5.7.26 Mail from you is not\r\n550-5.7.26 authenticated. See\r\n550 5.7.26 the page"
    assert plain(said, 200) == "Mail from you is not authenticated. See 550 5.7.26 the page"


def test_an_example_with_unknown_knowledge_is_refused() -> None:
    """A misspelt key in a rule's example is a mistake, not a text."""
    with pytest.raises(ValueError, match="unknown in an example: hots"):
        from_example("hots=mx.shop.example | 550 no")
