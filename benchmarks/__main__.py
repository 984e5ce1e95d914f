"""`python -m benchmarks`: the table of ratios; `python -m benchmarks NAME …`: other measurements, by name."""

import importlib
import pkgutil
import sys
from collections.abc import Mapping

import benchmarks
from benchmarks.service import ratios


def find_benchmarks() -> Mapping[str, str]:
    """The module of each measurement by its file's name; names occur once."""
    modules = [module.name for module in pkgutil.walk_packages(benchmarks.__path__, "benchmarks.")]
    found = [(name.rpartition(".")[2], name) for name in modules if name.count(".") == 2]
    return {name: module for name, module in found if not name.startswith("_")}


def main() -> None:
    """Run what is named and print its tables; options are those of the table of ratios."""
    known = find_benchmarks()
    named = [word for word in sys.argv[1:] if not word.startswith("-")]
    if not named or sys.argv[1].startswith("-"):
        ratios.main(sys.argv[1:])
        return
    if unknown := sorted(set(named) - known.keys()):
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    for name in named:
        print(f"## {name}\n")
        importlib.import_module(known[name]).main()
        print()


if __name__ == "__main__":
    main()
