"""Numbers for the machine room, as a Prometheus server reads them."""

from datetime import UTC, datetime, timedelta

from mailbot.core.metrics import Standing, Tally, metrics

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
STANDING = Standing(
    cases={("website", "triage"): 2, ("product", "published"): 1},
    due=1,
    waiting=3,
    held=4,
    uncertain=5,
    quarantined=6,
    unfinished=0,
    free_bytes=10**9,
)


def by_name(tally: Tally) -> dict[str, dict[tuple[str, ...], float]]:
    """Name -> labels -> value."""
    return {metric.name: dict(metric.values) for metric in metrics(tally, STANDING)}


def test_a_tally_counts_rounds_and_mails() -> None:
    """Rounds by how they ended, mails by what became of them; the moment of the last good round stays."""
    tally = Tally()
    tally.done(NOW, {"case": 2, "ignored": 1}, 3)
    tally.done(NOW, {"case": 1}, 0)
    tally.failed(NOW + timedelta(minutes=1), signed_in=True)
    shown = by_name(tally)
    assert shown["mailbot_rounds"] == {("done",): 2, ("outside_failed",): 1, ("signed_out",): 0}
    assert shown["mailbot_mails"] == {("case",): 3, ("ignored",): 1}
    assert shown["mailbot_sent"] == {(): 3}
    assert shown["mailbot_last_done_timestamp_seconds"] == {(): NOW.timestamp()}
    assert shown["mailbot_last_round_timestamp_seconds"] == {(): NOW.timestamp() + 60}


def test_a_refused_login_shows_until_a_round_ends_well() -> None:
    """T60: `mailbot_signed_in` is 0 from the refusal to the next good round."""
    tally = Tally()
    tally.failed(NOW, signed_in=False)
    assert by_name(tally)["mailbot_signed_in"] == {(): 0}
    tally.done(NOW, {}, 0)
    assert by_name(tally)["mailbot_signed_in"] == {(): 1}


def test_the_standing_is_shown_by_labels() -> None:
    """Cases by track and state, mails by what they wait for."""
    shown = by_name(Tally())
    assert shown["mailbot_cases"] == {("product", "published"): 1, ("website", "triage"): 2}
    assert shown["mailbot_outbox"] == {("waiting",): 3, ("held",): 4, ("uncertain",): 5}
    assert shown["mailbot_last_done_timestamp_seconds"] == {}
