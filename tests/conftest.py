"""How hypothesis searches. Named on the command line by `--hypothesis-profile`."""

import os

from hypothesis import settings

# No deadline: two workers share two cores, and how long one example takes says nothing.
settings.register_profile("local", deadline=None)
# The same examples each time: CI judges the change, not its luck.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("thorough", deadline=None, max_examples=5_000)
settings.load_profile("ci" if os.environ.get("CI") else "local")
