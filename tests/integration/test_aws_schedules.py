"""The schedules in which one careless line would lose something, and that each such line is caught."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from types import FunctionType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from colorquant.aws import newest, store
from colorquant.aws.configuration import DELETE, KEEP
from colorquant.aws.errors import OvertakenError
from colorquant.aws.newest import Finding, Standing
from colorquant.aws.outputs import ERROR, IMAGES, PALETTE
from colorquant.aws.provenance import Deployment, Provenance
from colorquant.aws.store import Store
from tests.integration.schedules import BLACK, KEYS, Delivery, NewestWins, Sent, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = KEYS[0]
GARBAGE = Sent(b"no image", ())
ONE, TWO, THREE = (Sent(picture(color), (color,)) for color in ("#111111", "#222222", "#333333"))
PNG, WEBP = IMAGES


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def machine(client: Any, *, versioned: bool = True, stale_results: str = KEEP) -> NewestWins:
    made = type("Machine", (NewestWins,), {"client": client})()
    made.begin(versioned=versioned, stale_results=stale_results)
    return made


def delivered(place: NewestWins, sent: Sent | None = None, key: str = KEY) -> Delivery:
    """Upload, and let one delivery run to its end."""
    if sent:
        place.put(key, sent)
    place.events.clear()
    delivery = Delivery(key, place)
    delivery.finish()
    return delivery


def about_to_write(place: NewestWins, sent: Sent) -> Delivery:
    """Upload, and let a delivery get as far as its first write."""
    place.put(KEY, sent)
    place.events.clear()
    delivery = Delivery(KEY, place)
    delivery.step_until("put_object")
    return delivery


def stands(place: NewestWins, ending: str) -> bool:
    return place.standing(KEY + ending) is not None


def settled(place: NewestWins) -> None:
    assert place.steps_back == []
    place.check(KEY)


# Each takes a client, and fails if what it tells is not so.


def an_older_result_does_not_replace_a_newer_one_that_replaced_another(client: Any) -> None:
    place = machine(client)
    delivered(place, ONE)
    slow = about_to_write(place, TWO)
    delivered(place, THREE)
    slow.finish()
    settled(place)


def an_older_result_does_not_replace_a_newer_one_where_there_was_none(client: Any) -> None:
    place = machine(client)
    slow = about_to_write(place, ONE)
    delivered(place, TWO)
    slow.finish()
    settled(place)


def a_newer_explanation_is_not_removed_by_an_older_result(client: Any) -> None:
    place = machine(client)
    delivered(place, GARBAGE)
    slow = about_to_write(place, ONE)
    # Its palette is written, so that the removal is next.
    slow.step()
    delivered(place, Sent(b"no image either", ()))
    slow.step()
    assert stands(place, ERROR.suffix)
    slow.finish()
    settled(place)


def newer_results_are_not_removed_by_an_older_explanation(client: Any) -> None:
    place = machine(client, stale_results=DELETE)
    delivered(place, ONE)
    slow = about_to_write(place, GARBAGE)
    slow.step()
    delivered(place, TWO)
    slow.step()
    assert stands(place, PALETTE.suffix)
    slow.finish()
    settled(place)


def an_explanation_that_came_too_late_is_taken_back(client: Any) -> None:
    place = machine(client)
    slow = about_to_write(place, GARBAGE)
    delivered(place, ONE)
    slow.finish()
    settled(place)


def the_news_that_an_upload_is_gone_is_taken_back_when_another_comes(client: Any) -> None:
    place = machine(client)
    place.put(KEY, ONE)
    place.take_away(KEY)
    slow = Delivery(KEY, place)
    slow.step_until("put_object")
    delivered(place, TWO)
    slow.finish()
    settled(place)


def the_image_comes_last(client: Any) -> None:
    place = machine(client)
    slow = about_to_write(place, ONE)
    slow.step("after")
    assert stands(place, PALETTE.suffix)
    assert not stands(place, PNG.suffix)


def a_palette_left_by_a_crash_is_noticed_when_the_same_bytes_come_again(client: Any) -> None:
    # Without versions, the first and the third upload are one and the same.
    place = machine(client, versioned=False)
    delivered(place, ONE)
    about_to_write(place, TWO).step("after")
    delivered(place, ONE)
    settled(place)


def a_second_delivery_of_a_version_has_nothing_to_do(client: Any) -> None:
    place = machine(client)
    delivered(place, ONE)
    outcome = delivered(place).outcome
    assert isinstance(outcome, Standing)
    assert outcome.finding is Finding.DONE


def a_call_of_an_older_deployment_leaves_what_a_later_one_made(client: Any) -> None:
    place = machine(client)
    slow = about_to_write(place, ONE)
    place.deploy(output_format="webp", palette_file=True)
    delivered(place)
    slow.finish()
    assert not stands(place, PNG.suffix)
    settled(place)


def a_call_of_an_older_deployment_takes_its_own_late_result_away(client: Any) -> None:
    place = machine(client)
    slow = about_to_write(place, ONE)
    # Its palette is written, its image is not.
    slow.step()
    place.deploy(output_format="webp", palette_file=True)
    delivered(place, TWO)
    slow.finish()
    assert not stands(place, PNG.suffix)
    settled(place)


def a_call_of_an_older_deployment_takes_its_own_late_explanation_away(client: Any) -> None:
    place = machine(client)
    slow = about_to_write(place, GARBAGE)
    place.deploy(output_format="webp", palette_file=True)
    delivered(place, ONE)
    slow.finish()
    assert not stands(place, ERROR.suffix)
    settled(place)


def a_call_of_an_older_deployment_leaves_no_result_beside_a_later_explanation(client: Any) -> None:
    place = machine(client, stale_results=DELETE)
    slow = about_to_write(place, ONE)
    slow.step()
    place.deploy(output_format="png", palette_file=False)
    delivered(place, GARBAGE)
    slow.finish()
    assert place.everything() == {KEY + ERROR.suffix}
    settled(place)


def a_call_of_an_older_deployment_keeps_the_last_good_result_beside_a_later_explanation(client: Any) -> None:
    place = machine(client)
    delivered(place, ONE)
    slow = about_to_write(place, GARBAGE)
    place.deploy(output_format="webp", palette_file=True)
    delivered(place)
    slow.finish()
    assert stands(place, PNG.suffix)
    settled(place)


def what_a_later_deployment_left_half_done_ends_as_the_newest_upload(client: Any) -> None:
    place = machine(client)
    slow = about_to_write(place, ONE)
    slow.step()
    place.deploy(output_format="webp", palette_file=True)
    killed = about_to_write(place, TWO)
    # The palette of the slow one is in its way, which it finds out by writing.
    killed.step()
    killed.step_until("put_object")
    killed.step("after")
    slow.finish()
    delivered(place)
    assert not stands(place, PNG.suffix)
    settled(place)


def begun_by_a_later_deployment(place: NewestWins) -> None:
    """Have a palette of a deployment that was killed and taken back, beside an older upload's result."""
    delivered(place, ONE)
    earlier = place.configuration
    place.deploy(output_format="png", palette_file=True)
    about_to_write(place, TWO).step("after")
    place.configuration = earlier


def what_a_later_deployment_began_is_not_taken_for_done(client: Any) -> None:
    place = machine(client)
    begun_by_a_later_deployment(place)
    assert not delivered(place).succeeded
    assert stands(place, PNG.suffix)


def what_a_later_deployment_began_is_ended_when_it_cannot_be_running(client: Any) -> None:
    place = machine(client)
    begun_by_a_later_deployment(place)
    with patched(newest, "LONGEST_CALL", timedelta()):
        assert delivered(place).succeeded
    settled(place)


def an_older_upload_leaves_nothing_when_the_format_changes(client: Any) -> None:
    place = machine(client)
    delivered(place, ONE)
    place.deploy(output_format="webp", palette_file=False)
    delivered(place, TWO)
    assert [stands(place, file.suffix) for file in (PNG, PALETTE, WEBP)] == [False, False, True]
    settled(place)


def the_same_bytes_with_other_settings_are_made_anew(client: Any) -> None:
    place = machine(client, versioned=False)
    delivered(place, ONE)
    delivered(place, Sent(ONE.body, ONE.colors, tuple(BLACK.items())))
    settled(place)


def results_go_with_a_deleted_upload_if_that_is_asked_for(client: Any) -> None:
    place = machine(client, stale_results=DELETE)
    delivered(place, ONE)
    place.take_away(KEY)
    delivered(place)
    assert place.everything() == set()


def results_go_when_what_comes_next_is_not_an_image_if_that_is_asked_for(client: Any) -> None:
    place = machine(client, stale_results=DELETE)
    delivered(place, ONE)
    delivered(place, GARBAGE)
    assert place.everything() == {KEY + ERROR.suffix}


def a_crash_between_explanation_and_removal_is_mended(client: Any) -> None:
    place = machine(client, stale_results=DELETE)
    delivered(place, ONE)
    about_to_write(place, GARBAGE).step("after")
    delivered(place)
    settled(place)


def half_a_result_of_a_deleted_upload_is_explained(client: Any) -> None:
    place = machine(client)
    delivered(place, ONE)
    # Its palette stands, its image does not.
    about_to_write(place, TWO).step("after")
    place.take_away(KEY)
    delivered(place)
    assert stands(place, ERROR.suffix)
    settled(place)


def a_palette_left_by_a_crash_goes_when_its_event_is_tried_again(client: Any) -> None:
    place = machine(client)
    about_to_write(place, ONE).step("after")
    place.deploy(output_format="png", palette_file=False)
    delivered(place, TWO)
    delivered(place)
    settled(place)


def a_palette_left_by_a_crash_goes_with_its_upload(client: Any) -> None:
    place = machine(client, stale_results=DELETE)
    about_to_write(place, ONE).step("after")
    place.take_away(KEY)
    delivered(place)
    assert place.everything() == set()


def an_unseen_palette_is_not_overwritten(client: Any) -> None:
    place = machine(client)
    slow = about_to_write(place, ONE)
    about_to_write(place, TWO).step("after")
    slow.finish()
    settled(place)


def the_explanation_of_an_upload_that_was_deleted_since_says_so(client: Any) -> None:
    place = machine(client)
    delivered(place, ONE)
    delivered(place, GARBAGE)
    place.take_away(KEY)
    delivered(place)
    assert json.loads(place.standing(KEY + ERROR.suffix).value)["reason"] == "gone"


def a_result_goes_that_comes_after_its_upload_was_deleted(client: Any) -> None:
    place = machine(client, stale_results=DELETE)
    slow = about_to_write(place, ONE)
    place.take_away(KEY)
    delivered(place)
    slow.finish()
    assert place.everything() == set()


SCHEDULES = [
    value
    for value in list(globals().values())
    if isinstance(value, FunctionType) and list(value.__annotations__) == ["client", "return"]
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.__name__)
def test_on_purpose(s3: Any, schedule: Callable[[Any], None]) -> None:
    schedule(s3)


# One careless line each.


@contextmanager
def requests_without(*conditions: str, operation: str) -> Iterator[None]:
    before = getattr(Delivery, operation)

    def careless(self: Delivery, **arguments: Any) -> Any:
        return before(self, **{name: value for name, value in arguments.items() if name not in conditions})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Delivery, operation, careless)
        yield


@contextmanager
def patched(owner: Any, name: str, replacement: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, replacement)
        yield


@contextmanager
def looking_at_the_image_alone() -> Iterator[None]:
    with (
        patched(newest, "result_files", lambda *arguments: RESULT_FILES(*arguments)[-1:]),
        patched(newest._Place, "stale", lambda *_, **__: {}),
    ):
        yield


def is_newest_but_for_the_gone(place: Store, upload: Any) -> bool:
    return True if upload.is_gone else IS_NEWEST(place, upload)


def is_newest_or_gone(place: Store, upload: Any) -> bool:
    return place.newest(upload.uploaded) is None or IS_NEWEST(place, upload)


def without_a_version(metadata: Any) -> Provenance | None:
    return FROM_METADATA({**metadata, "source-version": ""} if metadata else metadata)


def image_first(*arguments: Any) -> Any:
    return dict(reversed(RESULT_BODIES(*arguments).items()))


def wait_for_ever(place: newest._Place) -> None:
    if place._made_later():
        raise OvertakenError("Somebody has begun.")


IS_NEWEST, FROM_METADATA = Store.is_newest, Provenance.from_metadata
LOOK, MADE_LATER = newest._look, newest._Place._made_later
RESULT_FILES, RESULT_BODIES = newest.result_files, newest.result_bodies

MUTANTS = {
    "put without If-Match": (
        lambda: requests_without("IfMatch", operation="put_object"),
        an_older_result_does_not_replace_a_newer_one_that_replaced_another,
    ),
    "put without If-None-Match": (
        lambda: requests_without("IfNoneMatch", operation="put_object"),
        an_older_result_does_not_replace_a_newer_one_where_there_was_none,
    ),
    "withdrawal without If-Match": (
        lambda: requests_without("IfMatch", operation="delete_object"),
        a_newer_explanation_is_not_removed_by_an_older_result,
    ),
    "removal without If-Match": (
        lambda: requests_without("IfMatch", operation="delete_object"),
        newer_results_are_not_removed_by_an_older_explanation,
    ),
    "no look after the write": (
        lambda: patched(Store, "is_newest", lambda *_: True),
        an_explanation_that_came_too_late_is_taken_back,
    ),
    "gone for good": (
        lambda: patched(Store, "is_newest", is_newest_but_for_the_gone),
        the_news_that_an_upload_is_gone_is_taken_back_when_another_comes,
    ),
    "never looks at everything": (
        lambda: patched(newest, "_look", lambda key, place, **_: place.look(key, (*IMAGES, ERROR))),
        a_palette_left_by_a_crash_goes_when_its_event_is_tried_again,
    ),
    "looks at everything in the first round only": (
        lambda: patched(newest, "_look", lambda key, place, **_: LOOK(key, place, briefly=True)),
        a_palette_left_by_a_crash_goes_with_its_upload,
    ),
    "takes a deleted upload for the newest": (
        lambda: patched(Store, "is_newest", is_newest_or_gone),
        a_result_goes_that_comes_after_its_upload_was_deleted,
    ),
    "image first": (lambda: patched(newest, "result_bodies", image_first), the_image_comes_last),
    "looks at the image alone": (
        looking_at_the_image_alone,
        a_palette_left_by_a_crash_is_noticed_when_the_same_bytes_come_again,
    ),
    "forgets the version": (
        lambda: patched(Provenance, "from_metadata", without_a_version),
        a_second_delivery_of_a_version_has_nothing_to_do,
    ),
    "all deployments are equal": (
        lambda: patched(Deployment, "is_older_than", lambda *_: False),
        a_call_of_an_older_deployment_leaves_what_a_later_one_made,
    ),
    "leaves late writes to the later deployment": (
        lambda: patched(newest._Place, "left_by_older_calls", lambda *_: {}),
        a_call_of_an_older_deployment_takes_its_own_late_explanation_away,
    ),
    "takes what was begun for done": (
        lambda: patched(newest._Place, "_made_later", lambda place: {PNG for _ in MADE_LATER(place)}),
        what_a_later_deployment_began_is_not_taken_for_done,
    ),
    "never takes over": (
        lambda: patched(newest._Place, "check_nobody_is_at_it", wait_for_ever),
        what_a_later_deployment_began_is_ended_when_it_cannot_be_running,
    ),
    "does not wait": (
        lambda: patched(newest._Place, "check_nobody_is_at_it", lambda _: None),
        what_a_later_deployment_began_is_not_taken_for_done,
    ),
    "takes half a result for a whole one": (
        lambda: patched(newest._Place, "_gone", lambda *_: Finding.KEPT),
        half_a_result_of_a_deleted_upload_is_explained,
    ),
    "forgets stale files": (
        lambda: patched(newest._Place, "stale", lambda *_, **__: {}),
        an_older_upload_leaves_nothing_when_the_format_changes,
    ),
    "forgets stale results": (
        lambda: patched(newest._Place, "stale", lambda *_, **__: {}),
        results_go_when_what_comes_next_is_not_an_image_if_that_is_asked_for,
    ),
    "ignores what the upload asks for": (
        lambda: patched(store, "digest", lambda _: ""),
        the_same_bytes_with_other_settings_are_made_anew,
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_careless_line_is_caught(s3: Any, name: str) -> None:
    careless, schedule = MUTANTS[name]
    with careless(), pytest.raises(AssertionError):
        schedule(s3)


# What a delivery costs.


def requests_of(place: NewestWins, sent: Sent | None = None) -> list[str]:
    made: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        request = place.request

        def noted(operation: str, arguments: dict[str, Any]) -> Any:
            made.append(f"{operation.removesuffix('_object')} {arguments['Bucket'].split('-')[0]}")
            return request(operation, arguments)

        patch.setattr(place, "request", noted)
        delivered(place, sent)
    return made


# What stands there is looked at before the upload is opened, and the upload again after the last write.
THE_REST = ["get in", "put out", "put out", "head in"]


def test_a_new_upload_takes_seven_requests(s3: Any) -> None:
    assert requests_of(machine(s3), ONE) == ["head out"] * 3 + THE_REST


def test_a_replaced_upload_takes_two_more(s3: Any) -> None:
    place = machine(s3)
    delivered(place, ONE)
    assert requests_of(place, TWO) == ["head out"] * 5 + THE_REST


def test_a_second_delivery_looks_and_opens_the_upload(s3: Any) -> None:
    place = machine(s3)
    delivered(place, ONE)
    assert requests_of(place) == ["head out"] * 5 + ["get in"]
