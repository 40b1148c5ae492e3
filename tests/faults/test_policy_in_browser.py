"""The content-security policy of a page in a real browser: markup that got into it all the same does nothing."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mailbot.pages.desk_page import case_page
from tests import browser as browsers
from tests.builders import NOW, case
from tests.unit.test_pages_desk import JA

PLANTED = """<script>document.title="RAN";fetch("{0}/fetch")</script><script src="{0}/s.js"></script>
<img src="{0}/img.png" onerror="document.title='RAN'"><style>body{{background:url({0}/bg)}}</style>
<p style="background:url({0}/attr)">x</p><link rel=stylesheet href="{0}/l.css"><link rel=prefetch href="{0}/pre">
<iframe src="{0}/frame"></iframe><iframe srcdoc="<script>parent.document.title='RAN'</script>"></iframe>
<object data="{0}/obj"></object><svg onload="document.title='RAN'"><image href="{0}/svg" width=9 height=9/></svg>
<video src="{0}/v" autoplay></video><style>@font-face{{font-family:x;src:url({0}/font)}}p{{font-family:x}}</style>
<form action="{0}/form"><button id=send>x</button></form>"""
_META = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A server of the stranger's, and what it was asked for."""
    paths: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    server.server_close()


def test_t51_planted_markup_does_nothing(
    asked: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T51: nothing runs and nothing is asked for; without the policy both happen, so the test can fail."""
    executable = browsers.found()
    if not executable:
        pytest.skip("no chromium here: apt-get install chromium")
    flags = tuple(flag for flag in browsers._FLAGS if "host-resolver" not in flag)
    monkeypatch.setattr(browsers, "_FLAGS", flags)
    place, paths = asked
    safe = case_page(case(), (), JA, NOW).replace("<main>", "<main>" + PLANTED.format(place))
    with browsers.browser(executable) as reader:
        for name, page, runs in (("safe", safe, False), ("bare", _META.sub("", safe), True)):
            paths.clear()
            (tmp_path / f"{name}.html").write_text(page, "utf-8")
            reader.open(tmp_path / f"{name}.html", 800)
            assert (reader.value("document.title") == "RAN") is runs
            reader.value("document.getElementById('send').click()")
            reader.open(tmp_path / f"{name}.html", 800)  # whatever was under way by now has been asked for
            assert bool(paths) is runs, paths
