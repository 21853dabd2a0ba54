#!/usr/bin/env python3
"""Prints the manual pages of the programs: man/NAME.in with the options that `NAME --help` knows.

    man/generate.py FOLDER            write man/simmer.1 and man/simmerd.8 from the programs in FOLDER
    man/generate.py FOLDER --check    compare instead, and say how to write them; exit status 1 where they differ

A line `@commands@` in a template becomes one subsection a command, `@options@` the list of the options that the
program takes without one.
Options that every command takes are described once, in the template's own list (`@common@`).
"""

import difflib
import json
import pathlib
import re
import subprocess
import sys

MAN = pathlib.Path(__file__).resolve().parent
PAGES = {"simmer": "simmer.1", "simmerd": "simmerd.8"}
COMMON = ["json", "color", "socket", "no-header", "version", "help"]


def escaped(text):
    return text.replace("\\", "\\e")


def prose(text):
    """Text as mdoc: a sentence a line, nothing that roff takes for a request."""
    lines = []
    for sentence in re.split(r"(?<=[.;:!?]) +(?=[A-Z0-9'])", " ".join(text.split())):
        if sentence:
            lines.append(("\\&" if sentence[0] in ".'" else "") + escaped(sentence))
    return lines


def flags(argument):
    """`Fl n , Fl -name Ar value`"""
    shown = []
    for name in argument["names"]:
        dashes = "-" if name["kind"] == "long" else ""
        shown.append("Fl " + dashes + escaped(name["name"]))
    shown.sort(key=lambda flag: flag.startswith("Fl -"))
    text = " , ".join(shown)
    return text if argument["kind"] == "flag" else text + " Ar " + escaped(argument["valueName"])


def name_of(argument):
    longs = [n["name"] for n in argument.get("names", []) if n["kind"] == "long"]
    return longs[0] if longs else argument.get("valueName", "")


def described(argument):
    text = argument.get("abstract") or ""
    default = argument.get("defaultValue")
    if default is not None and argument["kind"] == "option":
        text = (text + f" The default is {default}.") if text else f"The default is {default}."
    return prose(text) or ["\\&"]


def items(arguments):
    options = [a for a in arguments if a["shouldDisplay"] and a["kind"] != "positional"]
    if not options:
        return []
    lines = [".Bl -tag -width Ds"]
    for argument in options:
        lines.append(".It " + flags(argument))
        lines += described(argument)
    return lines + [".El"]


def discussion(text):
    """Paragraphs; what stands under EXAMPLES: is shown as it is typed."""
    lines = []
    for block in filter(str.strip, text.split("\n\n")):
        first, *rest = block.splitlines()
        if first.strip() == "EXAMPLES:":
            lines += [".Bd -literal -offset indent"]
            lines += [("\\&" if line.strip()[0] in ".'" else "") + escaped(line.strip()) for line in rest] + [".Ed"]
        else:
            lines += [".Pp"] + prose(block)
    return lines


def commands(command, skipped, parents=(), program=None):
    program = program or command["commandName"]
    lines = []
    for child in command.get("subcommands", []):
        if not child["shouldDisplay"] or child["commandName"] in ("help", "run"):
            continue
        path = parents + (child["commandName"],)
        if child.get("subcommands"):
            lines += commands(child, skipped, path, program)
            continue
        own = [a for a in child["arguments"] if a["shouldDisplay"] and name_of(a) not in skipped]
        lines.append(".Ss " + " ".join((program,) + path))
        heading = [".Nm", ".Cm " + " ".join(path)]
        if any(a["kind"] != "positional" for a in own):
            heading.append(".Op Ar option ...")
        for argument in own:
            if argument["kind"] == "positional":
                word = "Ar " + argument["valueName"] + (" ..." if argument["isRepeating"] else "")
                heading.append(".Op " + word if argument["isOptional"] else "." + word)
        lines += heading
        also = child.get("aliases")
        lines.append(".Pp")
        lines += prose(child["abstract"])
        if also:
            lines += prose("Also " + ", ".join(also) + ".")
        positionals = [a for a in own if a["kind"] == "positional" and a.get("abstract")]
        if positionals:
            lines += [".Bl -tag -width Ds"]
            for argument in positionals:
                lines += [".It Ar " + argument["valueName"]] + described(argument)
            lines += [".El"]
        # The examples come last, after what they use.
        text = child.get("discussion") or ""
        blocks = text.split("\n\n")
        lines += discussion("\n\n".join(b for b in blocks if not b.startswith("EXAMPLES:"))) if text else []
        lines += items(own)
        examples = "\n\n".join(b for b in blocks if b.startswith("EXAMPLES:"))
        lines += discussion(examples) if examples else []
    return lines


def find(command, name):
    for argument in command["arguments"]:
        if name_of(argument) == name:
            return argument
    for child in command.get("subcommands", []):
        found = find(child, name)
        if found:
            return found
    return None


def page(template, dump):
    command = dump["command"]
    # A daemon's own options are those of the command that it runs without one.
    run = next((c for c in command.get("subcommands", []) if c["commandName"] == "run"), command)
    skipped = COMMON + [name_of(a) for a in run["arguments"]] + ["run"]
    lines = []
    for line in template.read_text().splitlines():
        if line == "@commands@":
            lines += commands(command, skipped)
        elif line == "@options@":
            lines += items(run["arguments"])
        elif line == "@common@":
            lines += items([a for a in (find(command, name) for name in COMMON) if a])
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    check = "--check" in sys.argv
    if len(arguments) != 1:
        sys.exit(__doc__)
    differ = False
    for program, name in PAGES.items():
        template = MAN / (name + ".in")
        path = pathlib.Path(arguments[0]) / program
        dump = json.loads(subprocess.run([path, "--experimental-dump-help"], check=True, capture_output=True).stdout)
        text = page(template, dump)
        target = MAN / name
        if not check:
            target.write_text(text)
        elif not target.exists() or target.read_text() != text:
            differ = True
            old = target.read_text() if target.exists() else ""
            sys.stdout.writelines(
                difflib.unified_diff(old.splitlines(True), text.splitlines(True), f"man/{name}", "as the program says"))
    if differ:
        sys.exit("the manual pages are not what the programs say; 'man/generate.py FOLDER' writes them")


main()
