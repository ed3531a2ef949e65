"""The studio's threads: only the newest request of a view counts."""

from __future__ import annotations

import asyncio
import threading

import pytest

from colorquant.studio.work import SupersededError, Work


def test_the_newest_request_of_a_view_is_answered_and_older_ones_are_dropped():
    done = []

    async def ask() -> list[object]:
        work = Work(at_once=1)
        started, goes_on = threading.Event(), threading.Event()

        def first() -> str:
            started.set()
            assert goes_on.wait(60)
            done.append("first")
            return "first"

        running = asyncio.ensure_future(work.run("main", first))
        await asyncio.to_thread(started.wait, 60)
        waiting = asyncio.ensure_future(work.run("main", lambda: done.append("second")))
        await asyncio.sleep(0)
        newest = asyncio.ensure_future(work.run("main", lambda: "third"))
        await asyncio.sleep(0)
        goes_on.set()
        return await asyncio.gather(running, waiting, newest, return_exceptions=True)

    told = asyncio.run(ask())
    assert [type(each) for each in told] == [SupersededError, SupersededError, str]
    # What waited never began.
    assert done == ["first"]


def test_views_do_not_hinder_each_other():
    async def ask() -> list[str]:
        work = Work(at_once=1)
        return await asyncio.gather(work.run("main", lambda: "one"), work.run("slider", lambda: "other"))

    assert asyncio.run(ask()) == ["one", "other"]


def test_no_more_runs_at_once_than_asked_for():
    running, most = 0, 0
    lock = threading.Lock()

    def count() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1

    async def ask() -> None:
        work = Work(at_once=2)
        await asyncio.gather(*(work.run(f"view {place}", count) for place in range(8)))

    asyncio.run(ask())
    assert most == 2


def test_what_fails_frees_its_place():
    def fail() -> None:
        raise ValueError("broken")

    async def ask() -> str:
        work = Work(at_once=1)
        with pytest.raises(ValueError, match="broken"):
            await work.run("main", fail)
        return await work.run("main", lambda: "fine")

    assert asyncio.run(ask()) == "fine"
