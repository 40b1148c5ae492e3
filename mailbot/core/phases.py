"""The phases of the guideline's two tracks, and which of our states each of them is.

W is the website track (figure 4), P the product track (figure 3), where the phases from P3 on are those of each vendor.
"""

from dataclasses import dataclass

from mailbot.core.model import Case, State, Track
from mailbot.core.vendors import VendorState


@dataclass(frozen=True)
class Phase:
    """One phase: its states of the case, and of one of several vendors."""

    code: str
    name: str
    clause: str
    states: tuple[State, ...] = ()
    vendor_states: tuple[VendorState, ...] = ()
    passing: bool = False  # it lasts no longer than one step, or is a way of going through another
    note: str = ""

    @property
    def track(self) -> Track:
        """Which track it belongs to."""
        return Track.WEBSITE if self.code.startswith("W") else Track.PRODUCT


_S, _V = State, VendorState

PHASES: tuple[Phase, ...] = (
    Phase(
        "W0", "受付", "V-3-1", (_S.TRIAGE,), passing=True, note="the receipt goes out in the step that opens the case"
    ),
    Phase("W1", "内容確認中", "V-3-1, V-3-2", (_S.TRIAGE,)),
    Phase("W1Q", "届出者確認中", "V-3-1", (_S.ASKING,)),
    Phase("W2", "受理", "V-3-2", (_S.ACCEPTED,)),
    Phase("W3", "連絡先確認中", "図4の4", (_S.CONTACTING,)),
    Phase("W3s", "簡易対応", "付録4", (_S.NOTIFIED,), passing=True, note="the details, then `!close low_impact`"),
    Phase("W4", "窓口確定", "図4の5-1", (_S.CONTACT_CONFIRMED,)),
    Phase("W5", "詳細通知済", "V-3-3", (_S.NOTIFIED,)),
    Phase("W6", "対応中", "V-4-1", (_S.FIXING,)),
    Phase("W7", "修正確認中", "V-3-10, V-4-1", (_S.FIX_REPORTED,)),
    Phase("W8", "連絡不能", "V-3-4 (カ), V-3-5", (_S.UNREACHABLE,)),
    Phase("WR", "終了判断", "V-3-4", (_S.REVIEW,)),
    Phase("WC", "取扱い終了", "V-3-4", (_S.CLOSED, _S.MERGED), note="a merged case goes on in another"),
    Phase("WX", "不受理", "V-3-2", (_S.REJECTED,)),
    Phase(
        "P0",
        "受付",
        "IV-3(1)1",
        (_S.TRIAGE,),
        passing=True,
        note="the receipt goes out in the step that opens the case",
    ),
    Phase("P1", "内容確認中", "IV-3(1)2", (_S.TRIAGE,)),
    Phase("P1Q", "届出者確認中", "IV-3(1)8", (_S.ASKING,)),
    Phase("P2", "受理", "IV-3(1)2", (_S.ACCEPTED,)),
    Phase(
        "P3", "調整機関へ通知済", "IV-3(1)4", (_S.FORWARDED,), (_V.NAMED,), note="a desk that coordinates has it itself"
    ),
    Phase("P4", "開発者連絡中", "IV-4-2", (_S.CONTACTING, _S.CONTACT_CONFIRMED), (_V.CONTACTING,)),
    Phase("P5", "詳細連絡済", "IV-4-2", (_S.NOTIFIED,), (_V.DETAILS_SENT,)),
    Phase("P6", "公表日調整", "IV-4-3", (_S.FIXING, _S.FIX_REPORTED), (_V.COORDINATING,)),
    Phase("P7", "公表待ち", "IV-4-3", (_S.SCHEDULED,), (_V.READY,), note="of a vendor: its measures are there"),
    Phase("P8", "公表", "IV-3(1)13", (_S.PUBLISHED,), (_V.PUBLISHED,)),
    Phase("PU1", "連絡不能開発者: 開発者名", "IV-4-2", (_S.UNREACHABLE,), (_V.LISTED_NAME,)),
    Phase(
        "PU2",
        "連絡不能開発者: 製品情報",
        "IV-4-2",
        (),
        (_V.LISTED_PRODUCT,),
        note="without named vendors a deadline of PU1",
    ),
    Phase(
        "PU3",
        "連絡不能開発者: 期限",
        "付録5-2",
        (),
        (_V.LISTED_DEADLINE,),
        note="without named vendors a deadline of PU1",
    ),
    Phase("PR", "終了判断", "IV-3(1)7", (_S.REVIEW,), (_V.REVIEW,)),
    Phase("PJ", "公表判定委員会", "IV-3(2)", (), (_V.JUDGING,), note="without named vendors a deadline of PU1"),
    Phase("PC", "取扱い終了", "IV-3(1)7, IV-4-4", (_S.CLOSED, _S.MERGED), (_V.CLOSED,)),
    Phase("PX", "不受理", "IV-3(1)2", (_S.REJECTED,)),
)
"""Every phase, in the order of the tracks."""


def phase_of(case: Case) -> Phase:
    """Where the case is in the guideline's words."""
    track = Track.PRODUCT if case.state in _ONLY_PRODUCTS else case.track
    return next(p for p in PHASES if p.track is track and case.state in p.states and not p.passing)


_ONLY_PRODUCTS = (_S.FORWARDED, _S.SCHEDULED, _S.PUBLISHED)
