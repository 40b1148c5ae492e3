"""What a hostile web server on loopback can do to a fetch: nothing but be left."""

import pytest

from tests.contract.web_server import Make, Web, url


@pytest.mark.parametrize("path", ["/big", "/endless", "/gzip-bomb", "/deflate-bomb"])
def test_body_is_capped(path: str, web: Web, fetcher: Make) -> None:
    """A body over the limit is dropped: announced, endless, or unpacked from a few bytes."""
    fetched = fetcher().fetch(url(web, path))
    assert (fetched.status, fetched.body, fetched.problem) == (200, b"", "too_large: more than 100000 bytes")


@pytest.mark.parametrize("path", ["/silent", "/drip", "/drip-body", "/continue"])
def test_time_is_capped(path: str, web: Web, fetcher: Make) -> None:
    """A server that says nothing, or a little now and then for ever, is left when the time is up."""
    assert fetcher(timeout=0.5).fetch(url(web, path)).problem.startswith("timeout:")


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/missing", 404, "http_status: 404"),
        ("/brotli", 200, "encoded: the body is compressed in a way that was not asked for"),
        ("/cut-gzip", 200, "encoded: the compressed body is cut short"),
        ("/bad-gzip", 200, "encoded: the compressed body is damaged"),
        ("/headers", 0, "protocol: the answer is not usable HTTP"),
        ("/short", 0, "protocol: the answer is not usable HTTP"),
        ("/empty", 204, "http_status: 204"),
        ("/garbage", 0, "protocol: the answer is not usable HTTP"),
    ],
)
def test_unusable_answer(path: str, status: int, problem: str, web: Web, fetcher: Make) -> None:
    """An answer that is no file is told in our own words."""
    fetched = fetcher().fetch(url(web, path))
    assert (fetched.status, fetched.problem, fetched.body) == (status, problem, b"")
