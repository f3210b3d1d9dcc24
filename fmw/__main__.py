"""`python -m fmw` is the `fmw` command."""

from fmw.cli import main

if __name__ == "__main__":
    main()
