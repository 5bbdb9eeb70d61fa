"""Check every annotated shape while the tests run; Hypothesis searches afresh each time, without a clock."""

from hypothesis import settings
from jaxtyping import install_import_hook

install_import_hook(["theory", "numerics", "proofs_check"], "beartype.beartype")

settings.register_profile("memorem", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("memorem")
