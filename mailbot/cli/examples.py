"""Examples of each verb, as its help ends with them."""

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "demo": ("mailbot demo", "mailbot demo --keep /tmp/desk   # leaves everything there to look at"),
    "init": (
        'mailbot init desk --name "Example Desk" --address security@desk.example.jp',
        "mailbot init desk --key secret-key.asc   # with the key that the desk has",
    ),
    "doctor": ("mailbot doctor", "mailbot doctor --probe   # also sends a mail to the desk and waits for it"),
    "health": ("mailbot health", "mailbot health --within 120"),
    "auth": ("mailbot auth imap", "mailbot auth smtp"),
    "run": (
        "mailbot run   # until it is stopped",
        "mailbot run --once --json",
        "mailbot run --once --now 2026-12-24T09:00:00+09:00   # as of then",
    ),
    "ingest": (
        "mailbot ingest report.eml Maildir/ old.mbox",
        "mailbot ingest - < report.eml   # from a pipe, as a mail server calls it",
    ),
    "rehearse": ("mailbot rehearse report.eml", "mailbot rehearse --json Maildir/"),
    "case list": (
        "mailbot case list --overdue",
        "mailbot case list --state contacting --track website",
        "mailbot case list --find shop.example.jp",
    ),
    "case show": (
        "mailbot case show 12345678",
        "mailbot case show CASE#12345678 --language en",
        "mailbot case show 12345678 --json",
    ),
    "case export": (
        "mailbot case export 12345678   # dossier: a paper to edit",
        "mailbot case export 12345678 --format csaf --out advisories",
        "mailbot case export --all --format records > records.jsonl",
    ),
    "case import": ("mailbot case import records.jsonl",),
    "do": (
        "mailbot do 12345678 accept",
        "mailbot do 12345678 'note spoke with them on the phone' 'remind 7d'",
        "mailbot do 12345678 'approve a1b078a1c79f77f2908f'",
    ),
    "outbox list": (
        "mailbot outbox list",
        "mailbot outbox list --status held",
        "mailbot outbox list --case 12345678 --all",
    ),
    "outbox show": ("mailbot outbox show 086f97e9",),
    "outbox retry": ("mailbot outbox retry 086f97e9", "mailbot outbox retry --all"),
    "outbox drop": ('mailbot outbox drop 086f97e9 --why "told them by phone"',),
    "quarantine list": ("mailbot quarantine list", "mailbot quarantine list --json"),
    "quarantine show": ("mailbot quarantine show 3412806a",),
    "quarantine retry": (
        "mailbot quarantine retry 3412806a",
        "mailbot quarantine retry 3412806a --as report   # a person took it for one",
    ),
    "contacts find": (
        "mailbot contacts find www.example.jp",
        "mailbot contacts find https://www.example.jp/shop --fresh --json",
    ),
    "report": (
        "mailbot report",
        "mailbot report --quarter 2026Q4 --out public",
        "mailbot report --from records.jsonl --json",
    ),
    "kit": ("mailbot kit www.example.jp", "mailbot kit www.example.jp --contact soc@example.jp --out kit"),
    "key show": ("mailbot key show", "mailbot key show psirt@vendor.example.com"),
    "key export": ("mailbot key export > desk.asc",),
    "key import": (
        "mailbot key import their-key.asc",
        "mailbot key import CE079B1B6800409A3AB774D4168171F0883A4569   # one that waits",
    ),
    "key list": ("mailbot key list", "mailbot key list --json"),
    "key refresh": ("mailbot key refresh", "mailbot key refresh psirt@vendor.example.com"),
    "rules test": ("mailbot rules test", "mailbot rules test --json"),
    "schema": ("mailbot schema rehearse", "mailbot schema case-list > case-list.json"),
    "verify": ("mailbot verify", "mailbot verify --offline --json   # without the mail server"),
    "backup": ("mailbot backup /mnt/safe/desk.backup",),
    "restore": ("mailbot restore /mnt/safe/desk.backup",),
    "purge": (
        "mailbot purge --closed-before 2024-04-01 --dry-run   # what would go?",
        "mailbot purge --closed-before 2024-04-01",
    ),
    "rekey": ("mailbot rekey", "mailbot rekey --new-key-file /mnt/key/new.key   # if not in a file"),
    "store migrate": (
        "mailbot store migrate --to postgresql   # [store].url_env says where it is",
        "mailbot store migrate --to tinydb   # and back into [state].dir",
    ),
}
"""Verb, and sub-verb, to what people type; after # what it is for."""


def epilog(verb: str) -> str | None:
    """The end of a verb's help; None for a group of verbs."""
    shown = EXAMPLES.get(verb)
    return "\n".join(("Examples:", *shown)) if shown else None
