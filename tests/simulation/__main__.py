"""`python -m tests.simulation FIRST COUNT` judges seeds; the last line says how many passed."""

import logging
import sys

from tests.simulation.verdict import judge


def main() -> int:
    """Exit code 1 when a seed failed. Each failed one is printed with what it takes to see it again."""
    logging.disable()  # what goes wrong is wanted here
    first, count = (int(text) for text in sys.argv[1:])
    failed = 0
    for seed in range(first, first + count):
        verdict = judge(seed)
        if verdict.wrong:
            failed += 1
            print(verdict.shrunk(), flush=True)  # noqa: T201 - what it is for
    print(f"{count - failed} passed, {failed} failed")  # noqa: T201
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
