from __future__ import annotations

from threadpoolctl import threadpool_info, threadpool_limits

from colorquant import Settings, quantize
from colorquant.engine.threads import one_thread


def threads():
    return [pool["num_threads"] for pool in threadpool_info()]


def test_a_function_runs_in_one_thread_and_leaves_the_pools_as_they_were():
    with threadpool_limits(2):
        before = threads()
        inside = one_thread(threads)()
        assert set(inside) == {1}
        assert threads() == before


def test_the_bytes_do_not_depend_on_the_number_of_threads(photo):
    settings = Settings(sample_size="all", max_colors=12)
    results = []
    for limit in (1, 2):
        with threadpool_limits(limit):
            results.append(quantize(photo, settings).to_png())
    assert results[0] == results[1]
