"""`python -m benchmarks`: the table of ratios; `python -m benchmarks NAME …`: other measurements, by name."""

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks import ratios


def main() -> None:
    """Run what is named and print its tables; options are those of the table of ratios."""
    known = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_"))
    named = [word for word in sys.argv[1:] if not word.startswith("-")]
    if not named or sys.argv[1].startswith("-"):
        ratios.main(sys.argv[1:])
        return
    if unknown := sorted(set(named) - set(known)):
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    for name in named:
        print(f"## {name}\n")
        importlib.import_module(f"benchmarks.{name}").main()
        print()


if __name__ == "__main__":
    main()
