#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules that the compiler cannot check: layers, one library per layer, sizes, banned words.

Run by ctest on the whole tree; prints `file:line: reason` and fails if there is any.
"""
import pathlib
import re
import sys

MAY_USE = {  # layer -> layers it may include (itself is implied); a layer above never appears here
    "base": (),
    "conf": ("base",),
    "json": ("base",),
    "metrics": ("base",),
    "pg": ("base",),
    "kafka": ("base",),
    "http": ("base",),
    "httpd": ("base",),
    "domain": ("base", "json"),
    "shopify": ("base", "json", "http", "conf", "metrics", "domain"),
    "service": ("base", "conf", "json", "metrics", "kafka", "pg", "httpd"),
    "publishing": ("base", "conf", "json", "http", "metrics", "kafka", "pg", "domain", "shopify", "service"),
}
OWNER = {  # third-party header -> the one layer that may include it
    "librdkafka/": "kafka",
    "libpq-fe.h": "pg",
    "curl/": "http",
    "jansson.h": "json",
    "microhttpd.h": "httpd",
    "ini.h": "conf",
    "openssl/": "base",
}
BANNED = re.compile(
    r"\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|strtod|gets|localtime|gmtime|ctime|rand|"
    r"system|alloca|setjmp|longjmp|json_unpack\w*|json_pack\w*|json_real\w*|json_number_value|"
    r"double|float|goto)\b")
SQL_WORDS = re.compile(r'"\s*(select|insert into|update \w+ set|delete from|create table)\b', re.I)
MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
FUNCTION_MAX, FILE_MAX, COLUMN_MAX = 70, 500, 100
SIZED = (".c", ".h", ".py", ".mjs", ".js", ".sql", ".sh", ".cmake")
SKIP = {"var", "build", ".git", "node_modules"}


def blank(text):
    """Comments and strings blanked, line structure kept."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)


def check_include(rel, zone, layer, line):
    inc = re.match(r'\s*#\s*include\s+([<"])([^>"]+)', line)
    if not inc:
        return
    if ".." in inc[2]:
        yield "no relative includes"
        return
    first = inc[2].split("/")[0]
    if zone == "shared" and first in MAY_USE and first != layer and first not in MAY_USE[layer]:
        yield f"{layer} may not include {first}"
    for key, owner in OWNER.items():
        if inc[2].startswith(key) and not (zone == "shared" and layer == owner):
            yield f"only shared/{owner} may include {key}"
            if rel.suffix == ".h":
                yield "and never in a public header"


def check_functions(lines):
    start = None
    for n, line in enumerate(lines, 1):
        if line == "{" or re.match(r"^\w.*\)\s*\{$", line):
            start = n
        if line == "}" and start:
            if n - start - 1 > FUNCTION_MAX:
                yield start, f"function longer than {FUNCTION_MAX} lines"
            start = None


def check_c(rel, text):
    zone, layer = rel.parts[0], rel.parts[1]
    lines, code = text.split("\n"), blank(text).split("\n")
    for n, line in enumerate(lines, 1):
        if len(line) > COLUMN_MAX and rel.name != "emit.h":
            yield n, f"line longer than {COLUMN_MAX} columns"
        for why in check_include(rel, zone, layer, line):
            yield n, why
        hit = BANNED.search(code[n - 1])
        if hit:
            yield n, f"{hit[1]} is banned"
        if zone == "services" and SQL_WORDS.search(line):
            yield n, "SQL belongs into a .sql file"
    yield from check_functions(lines)


def check(root):
    for path in sorted(root.rglob("*")):
        rel = path.relative_to(root)
        if not path.is_file() or SKIP & set(rel.parts) or path.suffix not in SIZED:
            continue
        text = path.read_text()
        if len(text.split("\n")) > FILE_MAX + 1:
            yield rel, FILE_MAX, f"file longer than {FILE_MAX} lines"
        if "SPDX-License-Identifier: Apache-2.0" not in text and path.suffix != ".sql":
            yield rel, 1, "no SPDX-License-Identifier"
        for n, line in enumerate(text.split("\n"), 1):
            if MARKS.search(line) and rel.name != "tidy.py":
                yield rel, n, "marks belong into the issue tracker"
        if path.suffix in (".c", ".h") and rel.parts[0] in ("shared", "services"):
            for n, why in check_c(rel, text):
                yield rel, n, why


def main():
    found = [f"{rel}:{n}: {why}" for rel, n, why in check(pathlib.Path(sys.argv[1]).resolve())]
    print("\n".join(found) if found else "tidy: nothing to say")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
