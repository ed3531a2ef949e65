"""The command `colorquant studio`: what it prints, what it opens, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from colorquant.cli import main
from colorquant.studio import serving

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/([A-Za-z0-9_-]{32})/")
PATIENCE_SECONDS = 60


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    Image.new("RGB", (2, 3), "red").save(path)
    return path


@contextmanager
def child(*words: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command; gives the process and the address that it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "colorquant", "studio", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"} | environment,
    )
    ending = threading.Timer(PATIENCE_SECONDS, process.kill)
    ending.start()
    try:
        line = process.stdout.readline()
        found = ADDRESS.search(line)
        assert found, line + process.stderr.read()
        yield process, found[0]
    finally:
        ending.cancel()
        process.kill()
        process.communicate()


def names(address: str) -> list[str]:
    with urllib.request.urlopen(f"{address}images", timeout=PATIENCE_SECONDS) as answer:
        return [image["name"] for image in json.load(answer)]


def test_the_address_is_printed_and_the_named_images_are_open(picture):
    with child("--no-browser", str(picture)) as (_, address):
        assert names(address) == ["red.png"]


@pytest.mark.parametrize("signaled", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_traceback(picture, signaled):
    with child("--no-browser") as (process, address):
        assert names(address) == []
        process.send_signal(signaled)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert errors == ""
    assert process.returncode in (128 + signaled, -signaled)


@pytest.mark.parametrize("words", [[], ["--emulate"]])
def test_ctrl_c_has_the_exit_code_of_the_other_commands(words):
    with child("--no-browser", *words) as (process, _):
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 128 + signal.SIGINT
    assert errors == ""


def test_a_name_that_is_no_text_is_shown_as_far_as_it_can_be(picture, tmp_path):
    odd = os.fsencode(tmp_path) + b"/t\xe4g.png"
    try:
        picture.rename(os.fsdecode(odd))
    except OSError:
        pytest.skip("This file system has no such names.")
    with child("--no-browser", os.fsdecode(odd)) as (_, address):
        assert names(address) == ["tg.png"]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Do not serve; tell what would be served, once its address is known."""
    told: dict[str, Any] = {}

    def serve(session, service, listener, ready: Callable[[str], None]) -> None:
        told.update(session=session, service=service, address=listener.getsockname())
        ready("http://127.0.0.1:8/secret/")

    monkeypatch.setattr(serving, "serve", serve)
    return told


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the addresses that the browser is asked to open."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    return opened


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["studio", *words])


def until(true: Callable[[], object]) -> None:
    for _ in range(100 * PATIENCE_SECONDS):
        if true():
            return
        threading.Event().wait(0.01)
    pytest.fail("It never came.")


def test_it_listens_on_this_machine_only(served, browser):
    assert run().exit_code == 0
    assert served["address"][0] == "127.0.0.1"
    assert served["service"] is None


def test_the_browser_is_asked_to_open_the_printed_address(served, browser):
    assert run().output == "The studio is at http://127.0.0.1:8/secret/\nCtrl-C ends it.\n"
    until(lambda: browser)
    assert browser == ["http://127.0.0.1:8/secret/"]


def test_a_browser_that_stays_in_the_terminal_holds_nothing_up(served, monkeypatch):
    closed = threading.Event()
    monkeypatch.setattr(webbrowser, "open", lambda _: closed.wait(PATIENCE_SECONDS))
    try:
        assert run().exit_code == 0
        assert not closed.is_set()
    finally:
        closed.set()


def test_no_browser_is_opened_where_none_is_wanted(served, browser, monkeypatch):
    monkeypatch.setattr(threading, "Thread", None)
    assert run("--no-browser").exit_code == 0
    assert browser == []


def test_a_broken_image_is_told_and_the_rest_is_open(served, browser, picture, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n")
    done = run("--no-browser", str(broken), str(picture))
    assert done.exit_code == 0
    assert f"Error: {broken}: " in done.stderr
    assert [opened.name for opened in served["session"].images.all()] == ["red.png"]


def test_a_file_that_is_not_there_is_told(served, tmp_path):
    done = run(str(tmp_path / "no.png"))
    assert done.exit_code == 2
    assert "does not exist" in done.stderr


def test_a_taken_port_is_told_in_a_sentence(served):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--port", str(port))
    assert done.exit_code == 1
    assert f"Error: Port {port} cannot be had: Address already in use. Name another one" in done.stderr


def test_the_port_is_the_one_asked_for(served, browser):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert run("--no-browser", "--port", str(port)).exit_code == 0
    assert served["address"] == ("127.0.0.1", port)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--input-bucket", "in"], "Name both"),
        (["--output-bucket", "out"], "Name both"),
        (["--stack", "mine", "--emulate"], "Show one service"),
        (["--stack", "mine", "--input-bucket", "in", "--output-bucket", "out"], "Show one service"),
        (["--port", "70000"], "70000"),
    ],
)
def test_what_does_not_go_together_is_refused(served, words, sentence):
    done = run(*words)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert not served


@pytest.mark.parametrize(
    ("module", "words", "sentence"),
    [
        ("uvicorn", [], "pip install 'colorquant[studio]'"),
        ("starlette.applications", [], "pip install 'colorquant[studio]'"),
        ("moto", ["--emulate"], "pip install 'colorquant[studio,local]'"),
        ("botocore", ["--input-bucket", "a", "--output-bucket", "b"], "pip install 'colorquant[lambda]'"),
        ("boto3", ["--emulate"], "pip install 'colorquant[studio,local]'"),
    ],
)
def test_a_missing_package_is_told_in_a_sentence(module, words, sentence):
    code = (
        f"import sys; sys.modules[{module!r}] = None\n"
        f"from colorquant.cli import main\nmain(['studio', '--no-browser', *{words!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("Error: ")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_the_buckets_named_are_shown(served, browser, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert run("--no-browser", "--input-bucket", "in", "--output-bucket", "out").exit_code == 0
    assert served["service"].about() == {"input": "in", "output": "out", "emulated": False}


def test_the_buckets_of_a_stack_are_shown_with_its_keys(served, browser, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    outputs = {
        "InputBucketName": "in",
        "OutputBucketName": "out",
        "KeyPrefix": "photos/",
        "KeySuffix": ".jpg",
    }
    monkeypatch.setattr(
        "colorquant.cli.studio.stack_outputs", lambda stack: outputs if stack == "mine" else {}
    )
    assert run("--no-browser", "--stack", "mine").exit_code == 0
    shown = served["service"]
    assert shown.about() == {"input": "in", "output": "out", "emulated": False}
    assert (shown._view.prefix, shown._view.suffix) == ("photos/", ".jpg")


def test_the_emulated_service_is_shown(served, browser):
    assert run("--no-browser", "--emulate").exit_code == 0
    assert served["service"].about()["emulated"]
