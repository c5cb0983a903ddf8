"""The flow-log-drift policy pack; its policies are in the package, `drift.policy`."""

import sys

try:
    from drift.policy.serving import serve
except ImportError as error:
    # Standard output is the engine's: it waits there for a port.
    sys.exit(
        f"flow-log-drift: the policy pack cannot start: {error}.\n"
        f"  -> {sys.executable} -m pip install --upgrade 'flow-log-drift[policy]', or run the "
        "copy that `drift policy-pack` writes"
    )

serve()
