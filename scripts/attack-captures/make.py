"""make.py [--out DIR] [--list | --labels] [PREFIX...]: records the captures whose names begin so, or all."""

import argparse
import importlib
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import record  # noqa: E402
from lab import Lab  # noqa: E402

KINDS = sorted(p.stem for p in (HERE / "kinds").glob("*.py"))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, default=HERE.parent.parent / "crates/netmonsec/tests/captures/attacks")
    arguments.add_argument("--list", action="store_true", help="only say which there are")
    arguments.add_argument("--labels", action="store_true", help="only write labels.jsonl again")
    arguments.add_argument("prefix", nargs="*")
    given = arguments.parse_args()
    for kind in KINDS:
        importlib.import_module(f"kinds.{kind}")
    wanted = [c for c in record.CAPTURES if not given.prefix or any(c.name.startswith(p) for p in given.prefix)]
    if given.list:
        for item in wanted:
            print(f"{item.name}: {item.what}")
        return
    given.out.mkdir(parents=True, exist_ok=True)
    lab, failed = Lab(), 0
    try:
        if not given.labels:
            lab.up()
            failed = sum(not record.make(lab, item, given.out) for item in wanted)
        record.write_labels(lab, given.out / "labels.jsonl")
    finally:
        lab.down()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
