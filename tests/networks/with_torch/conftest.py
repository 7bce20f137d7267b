"""One thread: the networks of the tests are small, and the cores are taken by other tests."""

import torch

torch.set_num_threads(1)
