"""`python -m tests.crash` runs the whole proof and prints its table."""

import sys
import tempfile
from pathlib import Path

from tests.crash.proof import prove, table
from tests.crash.variants import MUTATIONS, VARIANTS


def main() -> int:
    """Exit code 1 when a run of the true store came out wrong, or when no run of a mutated one did."""
    found = {}
    for name in [*VARIANTS, *MUTATIONS]:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = prove(name, Path(folder))
    print(table(found))  # noqa: T201 - what it is for
    right = {name: all(verdict.right for verdict in verdicts) for name, verdicts in found.items()}
    return 0 if all(right[name] == (name in VARIANTS) for name in found) else 1


if __name__ == "__main__":
    sys.exit(main())
