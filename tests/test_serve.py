"""The interface in a browser: who gets in, and that it runs there."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

import pytest

import worlds
from commandline import child_environment, fenji
from fenji.cli import browser_page
from links import free_port

pytest.importorskip("textual_serve")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.make("shipped", tmp_path_factory.mktemp("serve") / "desk")


@pytest.fixture
def server(desk: Path) -> Iterator[str]:
    """The address that was printed."""
    port = free_port()
    command = [sys.executable, "-m", "fenji", "--desk", str(desk), "serve", "--port", str(port)]
    env = child_environment({"FENJI_LANGUAGE": "en"})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as running:
        assert running.stdout is not None
        yield next(word for word in running.stdout.readline().split() if word.startswith("http"))
        running.terminate()


def fetch(address: str, **headers: str) -> int:
    """The status of a request without cookies."""
    opener = build_opener(ProxyHandler({}), HTTPCookieProcessor())
    try:
        return int(opener.open(Request(address, headers=headers)).status)
    except HTTPError as error:
        return error.code


def test_only_the_token_opens_and_only_from_this_server(server: str) -> None:
    place, _, token = server.partition("?token=")
    assert fetch(server) == 200
    assert fetch(place) == 403
    assert fetch(f"{place}?token={token[:-1]}{'y' if token.endswith('x') else 'x'}") == 403
    assert fetch(f"{place}static/js/textual.js") == 403
    assert fetch(server, Origin="http://elsewhere.example") == 403
    assert fetch(server, Host="elsewhere.example") == 403


@pytest.mark.asyncio
async def test_the_interface_runs_behind_the_token(server: str) -> None:
    aiohttp = pytest.importorskip("aiohttp")
    place = server.partition("?")[0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{place}ws", headers={"Origin": place.rstrip("/")})
        async with session.get(server) as page:
            assert page.status == 200
            assert "token" not in str(page.url)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{place}ws", headers={"Origin": "http://elsewhere.example"})
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{place}ws")
        async with session.ws_connect(f"{place}ws?width=80&height=24", headers={"Origin": place.rstrip("/")}) as link:
            drawn = await seen(link, "KSA")
            await link.send_str(json.dumps(["stdin", "?"]))
            drawn += await seen(link, "Esc")
            assert b"\x1b]11;?" not in drawn, "the answer of the browser would come as keys"


async def seen(link: object, word: str) -> bytes:
    """Wait until a word was drawn, and return all that was."""
    drawn = b""
    async for message in link:  # type: ignore[attr-defined]
        drawn += message.data if isinstance(message.data, bytes) else b""
        if word.encode() in drawn:
            return drawn
    raise AssertionError(drawn)


def test_a_bug_behind_a_page_is_one_line_and_a_file(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> int:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("tui.main", fail)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("FENJI_LANGUAGE", "en")
    assert browser_page.main(desk) == 1
    said = capsys.readouterr().err
    assert said.startswith("Unexpected error (ZeroDivisionError). The details are in ")
    assert len(said.splitlines()) == 1
    assert "a bug" in next(tmp_path.rglob("failure-*.txt")).read_text(encoding="utf-8")


def test_a_port_that_is_taken_is_named(desk: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = fenji("--desk", desk, "serve", "--port", taken.getsockname()[1])
    assert result.code == 1
    assert "--port" in result.err


def test_without_the_libraries_it_says_what_to_install(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    monkeypatch.delitem(sys.modules, "tui.web_server", raising=False)
    result = fenji("--desk", desk, "serve", "--port", free_port())
    assert result.code == 1
    assert "fenji[serve]" in result.err
