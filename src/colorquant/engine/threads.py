"""How many threads the numeric libraries may start."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

# Loaded here, unused, so that the controller below sees every thread pool there will be.
import scipy.spatial.distance  # noqa: F401
import sklearn.cluster  # noqa: F401
from threadpoolctl import ThreadpoolController

Function = TypeVar("Function", bound=Callable[..., object])
_pools = ThreadpoolController()


def one_thread(function: Function) -> Function:
    """Let a function's matrix products and clusterings run in the calling thread only.

    Starting threads costs more than these small products do, the pools of OpenMP and BLAS fight over few
    CPUs, and sums taken by one thread come out the same each time.

    Parameters
    ----------
    function : callable

    Returns
    -------
    callable
    """
    return cast("Function", _pools.wrap(limits=1)(function))
