"""The audit of locked packages fails on a known vulnerability, and says so when nobody could be asked."""

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
UV = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
pytestmark = pytest.mark.skipif(UV is None, reason="uv is not installed: pip install uv")
_KNOWN = {"id": "GHSA-test-test-test", "modified": "2026-01-01T00:00:00Z", "summary": "it opens the door"}


class _Database(BaseHTTPRequestHandler):
    """As much of OSV as uv asks; version 1 of the package is vulnerable."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        self._say({"results": [{"vulns": [_KNOWN]} if query["version"] == "1" else {} for query in asked]})

    def do_GET(self) -> None:
        self._say(_KNOWN)

    def _say(self, answer: Any) -> None:
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def database() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Database)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def audit(folder: Path, version: str, service: str, *more: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The audit of a lock with that version of a package that lies in the folder."""
    with zipfile.ZipFile(folder / f"harmless_package-{version}-py3-none-any.whl", "w") as wheel:
        info = f"harmless_package-{version}.dist-info"
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: harmless-package\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    lock = folder / "lock.txt"
    lock.write_text(f"harmless-package=={version} \\\n    --hash=sha256:{'0' * 64}\n")
    known = {"UV": str(UV), "UV_PYTHON": sys.executable, "MAILBOT_LOCKS": str(lock)}
    return subprocess.run(
        [ROOT / ".ci" / "audit", "--service-url", service, "--no-index", "--find-links", folder, *more],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **known, **env},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_known_vulnerability_fails(tmp_path: Path, database: str) -> None:
    """The status is 1 and the package is named; one without any passes, and it is said how many were asked about."""
    bad = audit(tmp_path, "1", database)
    assert bad.returncode == 1, bad.stderr
    assert "harmless-package" in bad.stdout + bad.stderr
    assert "GHSA-test-test-test" in bad.stdout + bad.stderr
    good = audit(tmp_path, "2", database)
    assert (good.returncode, good.stdout) == (0, "audit: no known vulnerability in 1 locked packages\n"), good.stderr


def test_nobody_to_ask_is_not_silence(tmp_path: Path) -> None:
    """It is said loudly, and fails only where an answer is demanded."""
    nobody = "http://127.0.0.1:9"
    asked = audit(tmp_path, "1", nobody)
    assert (asked.returncode, "COULD NOT BE ASKED" in asked.stderr) == (0, True), asked.stderr
    demanded = audit(tmp_path, "1", nobody, MAILBOT_REQUIRE_AUDIT="1")
    assert (demanded.returncode, "COULD NOT BE ASKED" in demanded.stderr) == (2, True)
    assert audit(tmp_path, "1", nobody, "--no-such-option").returncode == 2


def test_every_lock_is_audited() -> None:
    """A lock file that is added later is not forgotten."""
    script = (ROOT / ".ci" / "audit").read_text("utf-8")
    assert [
        path.name for path in (ROOT / "requirements").glob("*.txt") if f"requirements/{path.name}" not in script
    ] == []
