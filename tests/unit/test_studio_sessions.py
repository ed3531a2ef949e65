"""What the studio holds in memory: how much, what goes first, and what is done only once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from colorquant import Image, Palette, Settings, load
from colorquant.studio.sessions import MOST_SWEEPS, GoneError, Opened, Session, Shelf, plain


def picture(level: int = 0) -> Image:
    return load(np.arange(level, level + 48, dtype=np.uint8).reshape(4, 4, 3))


def hold(shelf: Shelf[str], *names: str, size: int = 10) -> None:
    for name in names:
        shelf.put(name, name, size)


def test_the_oldest_goes_when_all_together_are_too_large():
    shelf: Shelf[str] = Shelf("thing", 30)
    hold(shelf, "a", "b", "c")
    assert shelf.all() == ["a", "b", "c"]
    hold(shelf, "d")
    assert shelf.all() == ["b", "c", "d"]


def test_what_is_looked_at_is_the_newest():
    shelf: Shelf[str] = Shelf("thing", 20)
    hold(shelf, "a", "b")
    shelf.get("a")
    hold(shelf, "c")
    assert shelf.all() == ["a", "c"]


def test_something_too_large_is_held_alone():
    shelf: Shelf[str] = Shelf("thing", 20)
    hold(shelf, "a", "b")
    hold(shelf, "huge", size=1000)
    assert shelf.all() == ["huge"]


def test_what_is_gone_is_told_in_a_sentence():
    with pytest.raises(GoneError, match=r"That thing is no longer in memory\. Open it again\."):
        Shelf("thing", 1).get("a")


def test_an_images_size_is_what_its_arrays_take():
    opaque, clear = load(np.zeros((50, 80, 3), np.uint8)), load(np.zeros((50, 80, 4), np.uint8))
    assert Opened("", "", opaque).size - 36 == 50 * 80 * 3
    assert Opened("", "", clear).size == 50 * 80 * 4


def test_results_go_with_their_image():
    session = Session()
    first, second = session.open("a.png", picture()), session.open("b.png", picture(9))
    made = {
        opened.name: session.keep(opened, sweep := opened.sweep(Settings()), opened.image.recolor(sweep))
        for opened in (first, second)
    }
    session.close(first.id)
    assert session.results.all() == [made["b.png"]]


def test_results_go_with_an_image_that_made_room():
    session = Session(most_bytes=2 * Opened("", "", picture()).size)
    first = session.open("a.png", picture())
    sweep = first.sweep(Settings())
    session.keep(first, sweep, first.image.recolor(sweep))
    session.open("b.png", picture(9))
    assert session.results.all() == []


def test_a_result_whose_image_was_closed_meanwhile_is_not_held():
    session = Session()
    opened = session.open("a.png", picture())
    sweep = opened.sweep(Settings())
    session.close(opened.id)
    with pytest.raises(GoneError):
        session.keep(opened, sweep, opened.image.recolor(sweep))
    assert session.results.all() == []


def test_results_make_room_for_newer_ones():
    session = Session(most_bytes=2)
    opened = session.open("a.png", picture())
    sweep = opened.sweep(Settings())
    session.keep(opened, sweep, opened.image.recolor(sweep))
    newest = session.keep(opened, sweep, opened.image.recolor(sweep))
    assert session.results.all() == [newest]


def test_only_so_many_palette_files_are_held():
    session = Session()
    names = [session.hold(f"{number}.gpl", Palette("red")).id for number in range(40)]
    assert [names.index(held.id) for held in session.palettes.all()] == list(range(8, 40))


class Counted(Image):
    """An image whose sweeps are counted, and wait until they are let go."""

    swept: list[Settings]
    go: threading.Event

    def sweep(self, settings=None, *, catalog=None, **given):
        self.swept.append(settings)
        assert self.go.wait(60)
        return super().sweep(settings, catalog=catalog, **given)


@pytest.fixture
def counted() -> Counted:
    image = picture()
    counted = Counted(image.raster, image.colors, {})
    object.__setattr__(counted, "swept", [])
    object.__setattr__(counted, "go", threading.Event())
    return counted


def until(true) -> None:
    """Wait for what another thread does, a minute at most."""
    for _ in range(6000):
        if true():
            return
        threading.Event().wait(0.01)
    pytest.fail("It never came.")


def test_the_same_sweep_is_done_once_for_all_who_ask(counted):
    opened = Opened("", "", counted)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(opened.sweep, Settings(max_colors=9)) for _ in range(3)]
        until(lambda: counted.swept)
        counted.go.set()
        assert len({id(sweep.result()) for sweep in asked}) == 1
    assert len(counted.swept) == 1


def test_another_sweep_does_not_wait_for_one_that_runs(counted):
    opened = Opened("", "", counted)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(opened.sweep, Settings(max_colors=most)) for most in (9, 10)]
        try:
            until(lambda: len(counted.swept) == 2)
        finally:
            counted.go.set()
    assert [sweep.result().settings.max_colors for sweep in asked] == [9, 10]


def test_a_sweep_that_fails_is_tried_again(counted):
    opened = Opened("", "", counted)
    counted.go.set()
    tries = iter([MemoryError()])
    sweep = Counted.sweep

    def once(self, settings=None, **more):
        for error in tries:
            raise error
        return sweep(self, settings, **more)

    Counted.sweep = once
    try:
        with pytest.raises(MemoryError):
            opened.sweep(Settings())
        assert opened.sweep(Settings()).colors
    finally:
        Counted.sweep = sweep


def test_only_the_last_sweeps_are_held(counted):
    opened = Opened("", "", counted)
    counted.go.set()
    for most in range(8, 8 + MOST_SWEEPS + 1):
        opened.sweep(Settings(max_colors=most))
    opened.sweep(Settings(max_colors=8 + MOST_SWEEPS))
    assert len(counted.swept) == MOST_SWEEPS + 1
    opened.sweep(Settings(max_colors=8))
    assert len(counted.swept) == MOST_SWEEPS + 2


def test_a_sweep_that_is_asked_for_again_is_the_newest(counted):
    opened = Opened("", "", counted)
    counted.go.set()
    first, *others = (Settings(max_colors=8 + number) for number in range(MOST_SWEEPS + 1))
    opened.sweep(first)
    for settings in others[:-1]:
        opened.sweep(settings)
    opened.sweep(first)
    opened.sweep(others[-1])
    opened.sweep(first)
    assert counted.swept.count(first) == 1


def test_two_catalogs_of_the_same_colors_keep_their_own_names():
    session = Session()
    opened = session.open("a.png", picture())
    for name in ("Snow", "Milk"):
        palette = Palette.read(f"code,name,color\n1,{name},#ffffff\n2,Ink,#000000\n".encode())
        sweep = opened.sweep(Settings(min_colors=2, max_colors=2), session.hold(f"{name}.csv", palette))
        assert sorted(sweep.palette().names) == sorted([name, "Ink"])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("holiday/Tree 1.png", "Tree 1.png"),
        (r"C:\pictures\tree.png", "tree.png"),
        ("a\r\nb\0.png", "ab.png"),
        ("x" * 300, "x" * 255),
        ("塔 ü.png", "塔 ü.png"),
        (b"t\xe4g.png".decode("utf-8", "surrogateescape"), "tg.png"),
        ("folder/", ""),
    ],
)
def test_a_name_is_one_that_can_be_shown_and_sent(name, shown):
    assert plain(name) == shown


def test_what_has_no_name_is_called_what_it_is():
    session = Session()
    assert session.open("", picture()).name == "image"
    assert session.hold("/", Palette("red")).name == "palette"
