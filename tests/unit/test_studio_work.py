"""The studio's threads: only the newest request of a view counts."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from colorquant.studio.work import MOST_AT_ONCE, SupersededError, Work


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


class Paused:
    """Work in a thread that tells when it begins and waits until it may end."""

    def __init__(self) -> None:
        self.began, self.may_end = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.began.set()
        assert self.may_end.wait(60)
        return "paused"


def test_an_older_request_ends_at_once_and_not_with_its_thread():
    async def ask() -> str:
        work, first = Work(at_once=2), Paused()
        running = asyncio.ensure_future(work.run("main", first))
        await asyncio.to_thread(first.began.wait, 60)
        try:
            newest = await work.run("main", lambda: "newest")
            with pytest.raises(SupersededError):
                await asyncio.wait_for(running, 60)
        finally:
            first.may_end.set()
        return newest

    assert asyncio.run(ask()) == "newest"


def test_a_thread_keeps_its_place_until_it_ends_though_nobody_waits_for_it():
    async def ask() -> bool:
        work, first, second = Work(at_once=1), Paused(), Paused()
        running = asyncio.ensure_future(work.run("main", first))
        await asyncio.to_thread(first.began.wait, 60)
        newest = asyncio.ensure_future(work.run("main", second))
        with pytest.raises(SupersededError):
            await running
        # Whatever could begin has had its turn.
        await asyncio.sleep(0.05)
        too_early = second.began.is_set()
        for paused in (first, second):
            paused.may_end.set()
        assert await newest == "paused"
        return too_early

    assert not asyncio.run(ask())


def test_what_nobody_waits_for_never_begins():
    done: list[str] = []

    async def ask() -> None:
        work, first = Work(at_once=1), Paused()
        running = asyncio.ensure_future(work.run("main", first))
        await asyncio.to_thread(first.began.wait, 60)
        waiting = asyncio.ensure_future(work.run("other", lambda: done.append("waiting")))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        first.may_end.set()
        await running
        await work.run("third", lambda: done.append("third"))

    asyncio.run(ask())
    assert done == ["third"]


def test_an_error_that_nobody_hears_of_is_not_printed(caplog):
    async def ask() -> None:
        work, go = Work(at_once=2), threading.Event()

        def fail() -> None:
            assert go.wait(60)
            raise ValueError("unheard")

        running = asyncio.ensure_future(work.run("main", fail))
        await asyncio.sleep(0)
        await work.run("main", lambda: None)
        with pytest.raises(SupersededError):
            await running
        go.set()
        await asyncio.get_running_loop().shutdown_default_executor()
        await asyncio.sleep(0)

    asyncio.run(ask())
    # asyncio prints it when the last one forgets it.
    gc.collect()
    assert not caplog.records


def test_no_more_than_the_machine_can_do_runs_at_once(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    assert Work()._slots._value == MOST_AT_ONCE
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert Work()._slots._value == 1


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
