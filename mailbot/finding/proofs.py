"""Looks for the text that proves whose a contact point is: in the DNS of a host, or below its /.well-known/."""

from mailbot.core.confirmation import Challenge
from mailbot.core.hosts import site_of
from mailbot.finding.tools import Names, Unanswered, Web


class ProofLook:
    """A `ProofLooker` over the guarded tools of the search."""

    def __init__(self, web: Web, names: Names) -> None:
        self._web = web
        self._names = names

    def problem(self, challenge: Challenge) -> str:
        """Why it is not there, in our own words; "" if it is. Raises TransientError when our own network fails."""
        return self._in_dns(challenge) if challenge.way == "dns" else self._at_site(challenge)

    def _in_dns(self, challenge: Challenge) -> str:
        try:
            records = self._names.records(challenge.place, "TXT")
        except Unanswered as exc:
            return f"TXT {challenge.place}: {exc}"
        if any(record.strip() == challenge.text for record in records):
            return ""
        return f"TXT {challenge.place}: {'another text' if records else 'no record'}"

    def _at_site(self, challenge: Challenge) -> str:
        """Only the file itself, over TLS, on that very host: whoever is redirected to may be somebody else."""
        url = f"https://{challenge.host}{challenge.place}"
        fetched = self._web.fetch(url)
        if fetched.problem:
            return f"{url}: {fetched.problem}"
        site = site_of(fetched.url)
        if site is None or (site.scheme, site.host) != ("https", challenge.host):
            return f"{url}: it is redirected elsewhere"
        there = fetched.body.removeprefix(b"\xef\xbb\xbf").strip() == challenge.text.encode()
        return "" if there else f"{url}: another text"
