"""Same bytes, same settings, same release: the same results, on every processor."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys

import pytest
from numpy._core._multiarray_umath import __cpu_baseline__, __cpu_dispatch__, __cpu_features__

from tests import golden

# Kernels of OpenBLAS for x86-64 from 2004 to 2017, and what numpy calls the features that they need.
KERNELS = {"Prescott": None, "Haswell": "AVX2", "Zen": "AVX2", "SkylakeX": "AVX512_SKX"}
# All that numpy may use beyond what it was built to need.
EXTRAS = " ".join(
    name for name in __cpu_dispatch__ if __cpu_features__.get(name) and name not in __cpu_baseline__
)


@pytest.fixture(scope="module")
def expected():
    return json.loads(golden.PATH.read_text())


def digests_where(**environment):
    done = subprocess.run(
        [sys.executable, "-m", "tests.golden", "--print"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_results_are_those_of_every_other_machine(expected):
    assert golden.digests() == expected


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="these are kernels for x86-64")
@pytest.mark.parametrize("kernel", KERNELS)
def test_results_do_not_depend_on_the_kernel_of_matrix_products(expected, kernel):
    needed = KERNELS[kernel]
    if needed and not __cpu_features__.get(needed):
        pytest.skip(f"this processor has no {needed}")
    assert digests_where(OPENBLAS_CORETYPE=kernel) == expected


@pytest.mark.skipif(not EXTRAS, reason="numpy uses nothing here that could be turned off")
def test_results_do_not_depend_on_what_numpy_makes_of_the_processor(expected):
    assert digests_where(NPY_DISABLE_CPU_FEATURES=EXTRAS) == expected


def test_results_do_not_depend_on_the_number_of_threads(expected):
    assert digests_where(OPENBLAS_NUM_THREADS="2", OMP_NUM_THREADS="2") == expected
