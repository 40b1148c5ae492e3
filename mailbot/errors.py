"""The few failures the bot tells apart; everything else is a bug and its mail is quarantined."""


class MailbotError(Exception):
    """Base of every failure the bot raises on purpose."""


class ConfigError(MailbotError):
    """The configuration, rules or templates are unusable; lists every problem found."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TransientError(MailbotError):
    """The outside fails for now; the same call may succeed later.

    The message says which setting to look at.
    """


class LostClaimError(TransientError):
    """Another worker took over what this one was at, or is at it just now; nothing was stored."""


class UnreachableError(TransientError):
    """A server could not be reached or lets nobody in: that says nothing of what was to be done there."""


class AccessError(TransientError):
    """A server no longer lets the desk in, and a person has to sign in again; until then everything waits.

    The message says which setting it is about and what to do.
    """


class UncertainError(TransientError):
    """The outside may or may not have done what was asked (a time-out after DATA)."""


class PermanentError(MailbotError):
    """The outside refused for good; a person has to look."""


class ReadingError(PermanentError):
    """A mail could not be read to its end; the message says why and repeats nothing of the mail."""


def why_of(exc: Exception) -> str:
    """Why a mail is quarantined. Of a bug only its kind and place: its message may quote the mail."""
    return str(exc) if isinstance(exc, ReadingError) else f"{type(exc).__name__} at {place_of(exc)}"


def place_of(exc: BaseException) -> str:
    """Module and line that an exception came from: enough to find the bug, where its message may quote a mail."""
    traceback = exc.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    if traceback is None:
        return "?"
    return f"{traceback.tb_frame.f_globals.get('__name__', '?')}:{traceback.tb_lineno}"
