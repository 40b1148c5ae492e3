"""Account names that point to a person: home folders, profile pages, prompts, and the finder's own in any of them.

What is the target's own stays: /users/1002, user=admin, the home folder of a web server.
"""

import re
from collections.abc import Iterator, Sequence

from mailbot.core.credentials import Found

_WELL_KNOWN = (
    r"(?:root|admin|administrator|user[0-9]{0,3}|username|test[0-9]{0,3}|tester|guest|public|default|all users"
    r"|ubuntu|debian|kali|parrot|"
    r"vagrant|ec2-user|centos|pi|www|www-data|apache|nginx|httpd|tomcat|nobody|git|svn|app|web|webapp|deploy"
    r"|runner|jenkins|node|"
    r"oracle|postgres|mysql|ftp|mail|postfix|nagios|docker|victim|attacker|demo|sample|example|foo|bar|hoge"
    r"|shared|you|me|"
    r"<[^>\n]{1,20}>|\{[^}\n]{1,20}\}|\$[a-z{}_]{1,20}|%[a-z]{1,20}%|\.\.?|x{2,8}|\*+)"
)
_OTHER_THAN = rf"(?!{_WELL_KNOWN}(?![a-z0-9._\-]))"
_NAME = r"[a-z0-9_\u00c0-\u024f\u3040-\u30ff\u4e00-\u9fff][a-z0-9._\-\u00c0-\u024f\u3040-\u30ff\u4e00-\u9fff]{0,39}"
_HOME = re.compile(
    rf"(?:(?:(?<![a-z0-9.\-/_~\])])|(?<=file://)|(?<=cygdrive/c)|(?<=mnt/c))/(?:home"
    rf"|users(?=/[^\s/]{{1,40}}/))/(?P<unix>(?![0-9]+(?![a-z])){_OTHER_THAN}{_NAME})"
    r"(?!/(?:public_html|www|htdocs|html|webapps|web|sites|domains)(?![a-z]))(?=[/\s:'\"$#>)]|$)"
    rf"|[a-z]:[\\/]{{1,2}}(?:users"
    rf"|documents and settings)[\\/]{{1,2}}(?P<windows>{_OTHER_THAN}{_NAME}(?: [a-z]{{2,20}}(?=[\\/]))?))"
)
_PROFILE = re.compile(
    r"(?<![a-z0-9\-])(?P<host>(?:www\.|mobile\.)?(?:twitter|x|facebook|instagram|linkedin|hackerone|bugcrowd"
    r"|intigriti|yeswehack|keybase|qiita|zenn|"
    r"medium|mastodon|youtube|huntr|note|gist\.github|bsky|infosec|mstdn)\.(?:com|io|jp|dev|social|app"
    r"|exchange))/(?:in/|u/|user/|users/|profile/)?@?"
    rf"(?P<name>(?!reports?/|i/|intent|share|search|explore|hashtag|watch|api|oauth|login){_NAME})"
)
_PROMPT = re.compile(
    r"(?:^|\n)[|>\s]{0,8}(?:\([^)\n]{1,30}\)[ -]{0,2})?(?P<who>[a-z_][a-z0-9._\-]{0,31}@[a-z0-9][a-z0-9.\-]{0,62})"
    r"(?=[: ][^\n]{0,80}[$#%>](?:\s|$))"
)
_HARMLESS_PROMPT = re.compile(
    rf"{_WELL_KNOWN}@(?:{_WELL_KNOWN}|localhost|vm|box|server|host|target|attacker|ip-[0-9\-]+|[0-9a-f]{{12}})"
)
_CONTEXT = (
    r"(?:/(?:users?|home|u|profiles?|members?|people|accounts?|author|authors|mypage|in)/|(?<![a-z0-9.])[@~]"
    r"|[/:](?=[a-z0-9._\-]{3,40}/)|"
    r"(?<![a-z])(?:user(?:_?(?:name|id))?|login(?:_?(?:name|id))?|log(?:ged)?(?: in)? as|account(?:_?name)?|uid"
    r"|author|owner|handle|nick(?:name)?|id|"
    r"signed in as|by|ユーザー?(?:名|id)?|アカウント(?:名)?|ログインid|id)[\"']?\s{0,2}(?:[:=]|は"
    r"|が)?\s{0,2}[\"'「]?@?)"
)


def of_anyone(folded: str, targets: frozenset[str]) -> Iterator[Found]:
    """Names of people's own machines and pages in folded text; `targets` are the hosts that the report is about."""
    for found in _HOME.finditer(folded):
        yield (*found.span(found.lastgroup or 0), "account")
    for found in _PROFILE.finditer(folded):
        if found["host"].removeprefix("www.") not in targets:
            yield (*found.span("name"), "account")
    for found in _PROMPT.finditer(folded):
        host = found["who"].partition("@")[2]
        if host not in targets and not _HARMLESS_PROMPT.fullmatch(found["who"]):
            yield (*found.span("who"), "machine")


def of_finder(folded: str, tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the finder's own account name stands as an account; `tokens` are patterns of what it can be."""
    if tokens:
        own = re.compile(rf"{_CONTEXT}(?P<name>(?:{'|'.join(tokens)})[0-9]{{0,4}})(?![a-z0-9])")
        yield from (found.span("name") for found in own.finditer(folded))
