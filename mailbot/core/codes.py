"""Why a case ended or was not accepted, and how it was mended: the codes that people say and statistics count."""

from enum import StrEnum


class ClosingCode(StrEnum):
    """Why a case ended (取扱い終了の事由)."""

    FIXED = "fixed"
    WARNED = "warned"
    NOT_A_VULNERABILITY = "not_a_vulnerability"
    OUT_OF_SCOPE = "out_of_scope"
    LOW_IMPACT = "low_impact"
    ALREADY_KNOWN = "already_known"
    WILL_NOT_FIX = "will_not_fix"
    UNREACHABLE = "unreachable"
    PUBLISHED = "published"
    HANDLED_INDIVIDUALLY = "handled_individually"
    ALL_USERS_NOTIFIED = "all_users_notified"
    NOT_PUBLISHED = "not_published"
    WITHDRAWN = "withdrawn"


class RejectionCode(StrEnum):
    """Why a report was not accepted (不受理), guideline V-2-4 and IV-2-5."""

    INCOMPLETE = "INCOMPLETE"
    CONTRADICTORY = "CONTRADICTORY"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    NOT_A_VULN = "NOT_A_VULN"
    ALREADY_KNOWN = "ALREADY_KNOWN"
    ILLEGAL_ORIGIN = "ILLEGAL_ORIGIN"


class FixMethod(StrEnum):
    """How the operator mended it."""

    CORRECTED = "corrected"
    PAGE_REMOVED = "page_removed"
    AVOIDED = "avoided"
