# SPDX-License-Identifier: Apache-2.0
"""Writes millrace.ini from the commented templates in infra/local.d, which are also the example people copy."""
import re
from pathlib import Path

from .layout import PROJECT, write_atomically

TEMPLATES = PROJECT / "infra" / "local.d"
PLACE = re.compile(r"@([A-Z_]+)@")


def fill(template: str, values: dict) -> str:
    """The template with every @NAME@ outside comments replaced; a name without a value is an error."""
    def one(match: re.Match) -> str:
        if match.group(1) not in values:
            raise KeyError(f"{template} wants a value for {match.group(1)}")
        return str(values[match.group(1)])

    lines = (TEMPLATES / template).read_text().split("\n")
    return "\n".join(line if line.startswith(";") else PLACE.sub(one, line) for line in lines)


def write_config(target: Path, values: dict, shop_text: str) -> Path:
    """Writes target: the stack's sections and the given [shop.*] sections."""
    write_atomically(target, fill("millrace.ini.in", values) + "\n" + shop_text)
    return target


def sandbox_shop(values: dict) -> str:
    """The section for the sandbox, which does not run behind unless it is told to."""
    return fill("shop.ini.in", {"SEARCH_LAG_MS": 1000, "REPLICA_LAG_MS": 200, "MODE": "all", "FIRST_PUSH": "released",
                                **values})


def real_shops(file: Path) -> str:
    """The text of a --shop-config file, if it holds [shop.*] sections and nothing else."""
    text = file.read_text()
    sections = re.findall(r"^\[([^\]]+)\]", text, re.MULTILINE)
    strangers = [s for s in sections if not s.startswith("shop.")]
    if not sections or strangers:
        raise ValueError(f"{file} must hold [shop.KEY] sections and nothing else"
                         + (f", not [{strangers[0]}]" if strangers else ""))
    unfilled = PLACE.findall("\n".join(li for li in text.split("\n") if not li.startswith(";")))
    if unfilled:
        raise ValueError(f"{file} still has @{unfilled[0]}@: put your value there")
    return text
