"""One thread: the networks of the tests are small, and the cores are taken by other tests."""

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _device_is_there(request):
    """A test of CUDA runs only when asked for; then a missing device is an error, not a skip."""
    if request.node.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.fail(
            f"asked for with -m gpu, but torch finds no CUDA device (torch {torch.__version__}); "
            "run it where there is one",
            pytrace=False,
        )
