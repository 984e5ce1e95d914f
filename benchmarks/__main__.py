"""All measurements, or those named: `python -m benchmarks [NAME …]`."""

import importlib
import pkgutil
import sys

import benchmarks


def main() -> None:
    """Run the `main()` of each benchmark and print its table."""
    names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_"))
    wanted = sys.argv[1:] or names
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(names)}")
    for name in wanted:
        print(f"## {name}\n")
        importlib.import_module(f"benchmarks.{name}").main()
        print()


if __name__ == "__main__":
    main()
