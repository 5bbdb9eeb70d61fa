"""Check every annotated shape while the tests run; Hypothesis searches afresh each time, without a clock."""

import torch
from hypothesis import settings
from jaxtyping import install_import_hook
from threadpoolctl import threadpool_limits

install_import_hook(["theory", "numerics", "proofs_check"], "beartype.beartype")

settings.register_profile("memorem", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("memorem")

# Small problems on several threads cost more than they bring, and far more on a busy machine.
threadpool_limits(1)
torch.set_num_threads(1)
