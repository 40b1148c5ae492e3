"""How a site's URL is written where nothing may be told but which site it is.

The path is left out where it could be the fault itself, a key to something, or a trace of the finder.
"""

import re
from urllib.parse import unquote

from mailbot.core.credentials import credentials
from mailbot.core.disguises import bare
from mailbot.core.finder_words import finder_words, may_tell
from mailbot.core.identity import fold, traits
from mailbot.core.model import Case
from mailbot.core.other_finders import as_own
from mailbot.core.plain import plain_url, split_url

PLACE_IS_THE_SECRET = ("file_exposure", "information_disclosure")
"""Types for which the path alone tells everything: a first contact names the site only."""

_KEEPS = re.compile(
    r"^\.[^.]|^[._~]?(?:wp-config|backups?|dumps?)\b|~$|(?:^|[._-])(?:tokens?|secrets?|credentials?|api_?keys?"
    r"|passw(?:or)?ds?|passwd|htpasswd|private|[a-z]{0,6}sess(?:ion)?_?ids?)(?:[._=-]|$)"
    r"|\.(?:bak|old|orig|sql|dump|log|env|key|pem|pfx|p12|ini|conf|ya?ml|tar|t?gz|7z|zip|csv|xlsx?|swp|sqlite|db)$"
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_RUN = re.compile(r"[0-9a-z]{12,}", re.IGNORECASE)
_CHANGES = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])", re.IGNORECASE)
_LONGEST_WORD = 40
_RANDOM_CHANGES = 3


def shown_url(url: str, case: Case) -> str:
    """The URL without user, query and fragment; scheme and host alone where its path might tell something."""
    shown = plain_url(url, case.field_text("vulnerability.type") not in PLACE_IS_THE_SECRET)
    parts = split_url(shown)
    path = unquote(parts.path) if parts else ""
    return plain_url(url, False) if path.strip("/") and _tells(path, case) else shown


def _tells(path: str, case: Case) -> bool:
    segments = [segment for segment in path.split("/") if segment]
    return (
        any("@" in segment or _KEEPS.search(segment.lower()) or _is_random(segment) for segment in segments)
        or any(True for _ in credentials(fold(path).text))
        or _names_finder(path, case)
    )


def _is_random(segment: str) -> bool:
    """Whether nobody made it up as a name: a session, a token, somebody's number."""
    runs = _RUN.findall(segment)
    return bool(_UUID.search(segment)) or any(
        run.isdecimal() or len(run) > _LONGEST_WORD or len(_CHANGES.findall(run)) >= _RANDOM_CHANGES for run in runs
    )


def _names_finder(path: str, case: Case) -> bool:
    folded, plain, may = fold(path).text, bare(path), may_tell(case)
    seen = [trait for trait in traits(case) if trait.name not in may]
    seen += [trait for other in as_own(case) for trait in traits(other)]
    return any(word in plain for word in finder_words(case)) or any(re.search(t.pattern, folded) for t in seen)
