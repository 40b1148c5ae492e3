"""For which codes labels.toml must have words."""

from collections.abc import Mapping

from mailbot.core import duplicates, etiquette, priority, scope, split
from mailbot.core.advisory_view import ADVISORY_STATUSES, ADVISORY_TEXTS
from mailbot.core.approval import LEFT_OUT, PARTS
from mailbot.core.clocks import LISTINGS
from mailbot.core.contacts import BY_HAND
from mailbot.core.embargo import EmbargoState
from mailbot.core.events import Meaning
from mailbot.core.evidence import MARKS
from mailbot.core.fields import ESSENTIAL
from mailbot.core.model import ClosingCode, DeadlineKind, FixMethod, RejectionCode, Role, Standing, State, Track
from mailbot.core.papers import BODIES
from mailbot.core.vendors import VendorState
from mailbot.core.views import PAPERS, PURPOSES

CODES: Mapping[str, tuple[str, ...]] = {
    "closing": tuple(ClosingCode),
    "rejection": tuple(RejectionCode),
    "states": tuple(State),
    "progress-finder": tuple(State),
    "progress-finder-own": tuple(State),
    "closing-own": tuple(ClosingCode),
    "vendor_states": tuple(VendorState),
    "embargo_states": tuple(EmbargoState),
    "terms": ("triage", "contact_answer", "fix", "publication"),
    "commands": (),
    "sealing": ("encrypted", "signed"),
    "log_reasons": (),
    "progress-counterpart": tuple(State),
    "channels": ("address", *BY_HAND),
    "roles": tuple(Role),
    "standings": tuple(Standing),
    "deadlines": tuple(DeadlineKind),
    "meanings": tuple(Meaning),
    "marks": tuple(MARKS),
    "fix_methods": tuple(FixMethod),
    "tracks": tuple(Track),
    "templates": tuple(PURPOSES),
    "answers": ("true", "false"),
    "left_out": LEFT_OUT,
    "mail_parts": PARTS,
    "encryption": ("encrypted", "encrypted_only", "plain"),
    "asks": (*ESSENTIAL, "anything"),
    "form-ipa-website": (),
    "form-ipa-website-2026": (),
    "form-ipa-product": (),
    "priorities": ("high", "normal", "simple"),
    "priority_reasons": priority.REASONS,
    "duplicate_reasons": duplicates.REASONS,
    "hints": (*split.HINTS, *scope.HINTS, *etiquette.HINTS),
    "mail_kinds": ("case", "command", "copy", "bounce", "ignored", "held", "quarantined"),
    "deliveries": ("bounced", "failed", "uncertain", "held"),
    "unreachable_steps": ("list_name", *LISTINGS, "judge", "close"),
    "papers": tuple(PAPERS),
    "bodies": BODIES,
    "attempts": ("mail", "bounced", *BY_HAND),
    "waits_for": ("finder", "contact", "coordinator"),
    "advisory_statuses": ADVISORY_STATUSES,
    "advisory": ADVISORY_TEXTS,
    "fields": (),
    "types": (),
    "problems": (),
}
"""Sections of labels.toml and the codes that each must name."""
