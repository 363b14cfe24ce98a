#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""READMEs name what the source has: every metric, every option with its default, every kind of exception; nothing else.

The person on call reads the README, not the source. Run by ctest on the whole tree; prints `README: reason` and fails if
there is any.

A metric of services/X stands in services/X/README.md, one of shared/X in shared/X/README.md or shared/README.md. Options
stand in tables with the columns `key`, default and what they are for; exceptions in tables of kind, subject and what to do.
"""
import pathlib
import re
import sys

METRIC = re.compile(r'"(millrace_[a-z_]+)"')
DECLARED = re.compile(r'METRIC_[A-Z_]+,\s*"(millrace_[a-z_]+)"')
NAMED = re.compile(r"\bmillrace_[a-z]+(?:_[a-z]+)+\b")
OPTION = re.compile(r'\bC_([A-Z0-9]+)\([^"()]*,\s*"([a-z_.]+)",\s*\d+,\s*(?:"([^"]*)"|NULL)')
ROW = re.compile(r"^\| ((?:`[a-z_.]+`(?:, )?)+) \| ([^|]*) \|", re.M)
TABLE = re.compile(r"^\| (?:key|option) \| default \|.*\n\|[-| ]+\n((?:\|.*\n)+)", re.M)
KINDS = re.compile(r"^\| kind \| subject \|.*\n\|[-| ]+\n((?:\|.*\n)+)", re.M)
KIND = re.compile(r"^\| `([a-z_]+)` \|", re.M)
OPENED = re.compile(r"""(?:open_exceptions\('|sql_open_exception\w*, PG_CSTR\(")([a-z_]+)['"]""")
UNITS = {"ms": 1, "s": 1000, "min": 60000, "h": 3600000, "d": 86400000, "KiB": 1 << 10, "MiB": 1 << 20, "%": 1}


def sources(folder):
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.[ch]")))


def pages(root, folder):
    """What is read about a folder: its README, for shared ones also that of all of them."""
    own = folder / "README.md"
    return "".join(p.read_text() for p in (own, root / "shared" / "README.md")
                   if p.exists() and (p == own or folder.parent.name == "shared"))


def folders(root):
    return [path for zone in ("services", "shared") for path in sorted((root / zone).iterdir())
            if path.is_dir() and list(path.glob("*.c"))]


def options_told(page):
    """One row may tell of several: "| `bind`, `port` | 127.0.0.1, 8081 |"."""
    told = {}
    for table in TABLE.findall(page):
        for keys, defaults in ROW.findall(table):
            keys = re.findall(r"`([a-z_.]+)`", keys)
            parts = defaults.split(", ") if len(keys) > 1 and ", " in defaults else [defaults] * len(keys)
            told.update(zip(keys, parts))
    return told


def options_of(text):
    """A file has no default; that of the others is their fourth word."""
    return {key: "" if kind == "FILE" else default for kind, key, default in OPTION.findall(text)}


def same_default(source, told):
    """`300` and `300 records`, `3145728` and `3 MiB`, `` and `none`."""
    told = told.strip("` ")
    if not source:
        return told in ("", "none", "empty")
    if told.split("(")[0].strip().startswith(source):
        return True
    number = re.match(r"([\d.]+) ?(\S*)", told)
    return bool(number) and source.isdigit() and int(source) == float(number[1]) * UNITS.get(number[2], 0)


def check_metrics(root):
    declared = set()
    for folder in folders(root):
        mine, page = set(DECLARED.findall(sources(folder))), pages(root, folder)
        declared |= mine
        for name in sorted(mine):
            if not re.search(rf"\b{name}\b", page):
                yield folder, f"does not name the metric {name}"
    for readme in sorted([*root.glob("services/*/README.md"), *root.glob("shared/**/README.md")]):
        for name in sorted(set(NAMED.findall(readme.read_text())) - declared):
            if not re.search(r"_(total|seconds|records|bytes)$", name):
                continue                # roles, headers and the like
            yield readme.parent, f"names the metric {name}, which no source declares"


def check_options(root):
    for folder in folders(root):
        have = options_of(sources(folder))
        told = options_told((folder / "README.md").read_text() if (folder / "README.md").exists() else "")
        if not told and folder.parent.name == "shared":
            continue
        for key in sorted(have.keys() - told.keys()):
            yield folder, f"does not name the option {key}"
        for key in sorted(told.keys() - have.keys()):
            yield folder, f"names the option {key}, which is not there"
        for key in sorted(have.keys() & told.keys()):
            if not same_default(have[key], told[key]):
                yield folder, f"says that {key} is {told[key]} by default; it is {have[key] or 'empty'}"


def check_exceptions(root):
    """Who opens a kind in SQL of the schema is no folder's; so any README may tell of it."""
    told = {kind for readme in [*root.glob("services/*/README.md"), *root.glob("shared/*/README.md")]
            for table in KINDS.findall(readme.read_text()) for kind in KIND.findall(table)}
    for pattern in ("schemas/postgres/*.sql", "services/*/sql/*.sql", "shared/*/sql/*.sql", "services/*/*.c", "shared/*/*.c"):
        for path in sorted(root.glob(pattern)):
            for kind in sorted(set(OPENED.findall(path.read_text())) - told):
                yield path.parent, f"no README says what to do about the exception {kind}, which {path.name} opens"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    found = [f"{folder.relative_to(root)}/README.md: {why}" for check in (check_metrics, check_options, check_exceptions)
             for folder, why in check(root)]
    print("\n".join(found) if found else "readmes: they name what is there")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
