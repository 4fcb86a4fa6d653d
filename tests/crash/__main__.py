"""`python -m tests.crash` runs the whole proof and prints its table."""

import sys
import tempfile
from pathlib import Path

from tests.crash.proof import prove, prove_stories
from tests.crash.variants import MUTATIONS, VARIANTS
from tests.examples.stories import STORIES
from wgen.testing.verdict import Verdict, verdict_table


def main() -> int:
    """Exit code 1 when a run of the true store came out wrong, or when no run of a mutated one did."""
    found: dict[str, list[Verdict]] = {}
    for name in [*VARIANTS, *STORIES, *MUTATIONS]:
        with tempfile.TemporaryDirectory() as folder:
            found |= prove_stories([name], Path(folder)) if name in STORIES else {name: prove(name, Path(folder))}
    print(verdict_table(found))  # noqa: T201 - what it is for
    right = {name: all(verdict.right for verdict in verdicts) for name, verdicts in found.items()}
    return 0 if all(right[name] == (name not in MUTATIONS) for name in found) else 1


if __name__ == "__main__":
    sys.exit(main())
