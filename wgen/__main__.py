"""`python -m wgen` is the command `wgen`."""

from wgen.cli.main import main

if __name__ == "__main__":
    main()
