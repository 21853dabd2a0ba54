"""Computes a checkpoint's digests from docs/FORMAT.md alone; it shares no code with simmer.

    checkpoint_digest.py                       the digests of Sample(step: 1, seed: 1) of Tests/StorageTests/Scratch.swift
    checkpoint_digest.py STATE_DIR [ID|all]    recomputes the digests of a stored checkpoint (the newest one, one by the
                                               beginning of its id, or all) and compares them with what is stored

Python's standard library only. A state directory is only read; stop its daemon, or give a backup.
Ends with 1 where anything stored differs from what is computed.
"""

import argparse
import hashlib
import json
import math
import os
import sqlite3
import struct
import sys

PIECE = 1 << 20
SIZES = {"F32": 4, "I64": 8}
MASK = (1 << 64) - 1


def sha256(content):
    return hashlib.sha256(content).digest()


def count(number):
    return struct.pack("<Q", number)


def text(value):
    content = value.encode("utf-8")
    return count(len(content)) + content


# Digests -------------------------------------------------------------------------------------------------------------


def tensor_digest(pieces):
    """From the SHA-256 of each piece."""
    return pieces[0] if len(pieces) == 1 else sha256(b"".join(pieces))


def tensor_list(tensors):
    """tensors: (name, dtype, shape, digest)."""
    content = count(len(tensors))
    for name, dtype, shape, digest in sorted(tensors, key=lambda tensor: tensor[0].encode("utf-8")):
        content += text(name) + text(dtype) + count(len(shape))
        for extent in shape:
            content += count(extent)
        content += digest
    return content


def digests(tensors, state):
    """tensors: (name, role, dtype, shape, digest). Returns digest and weightsDigest as users see them."""
    whole = [(name, dtype, shape, digest) for name, _, dtype, shape, digest in tensors]
    weights = [
        (name, dtype, shape, digest)
        for name, role, dtype, shape, digest in tensors
        if role in ("weight", "buffer")
    ]
    return (
        "sha256:" + sha256(b"simmer checkpoint 1\n" + tensor_list(whole) + text(state)).hex(),
        "sha256:" + sha256(b"simmer weights 1\n" + tensor_list(weights)).hex(),
    )


def pieces_of(content):
    return [content[start : start + PIECE] for start in range(0, len(content), PIECE)]


# The sample of the tests ---------------------------------------------------------------------------------------------


def pattern(size, seed):
    """xorshift64 (13, 7, 17), as `pattern` in Scratch.swift."""
    state = (seed * 0x9E3779B97F4A7C15 & MASK) | 1
    words = []
    for _ in range(size // 8):
        state ^= state << 13 & MASK
        state ^= state >> 7
        state ^= state << 17 & MASK
        words.append(state)
    return struct.pack("<%dQ" % len(words), *words)


def sample(seed):
    big = 393_216
    contents = [
        ("0.weight", "weight", "F32", [big], pattern(big * 4, seed)),
        ("1.weight", "weight", "F32", [2, 3], struct.pack("<6f", 1, 4, 2, 5, 3, 6)),
        ("2.num_batches_tracked", "buffer", "I64", [], struct.pack("<q", 7)),
        ("adam.m.0.weight", "moment", "F32", [big], pattern(big * 4, seed ^ 0xFFFF)),
        ("ema_0.999.1.weight", "average", "F32", [2, 3], struct.pack("<6f", 10, 40, 20, 50, 30, 60)),
    ]
    tensors = [
        (name, role, dtype, shape, tensor_digest([sha256(piece) for piece in pieces_of(content)]))
        for name, role, dtype, shape, content in contents
    ]
    return digests(tensors, '{"patience":3}')


# A state directory ---------------------------------------------------------------------------------------------------


def row_checksum(values):
    state = 0x53494D4D45520001

    def mix(word):
        nonlocal state
        state = (state ^ word) * 0x9E3779B97F4A7C15 & MASK
        state ^= state >> 32

    for value in values:
        if value is None:
            mix(0)
        elif isinstance(value, int):
            mix(1)
            mix(value & MASK)
        elif isinstance(value, float):
            mix(2)
            mix(struct.unpack("<Q", struct.pack("<d", value))[0])
        else:
            content = value.encode("utf-8") if isinstance(value, str) else bytes(value)
            mix(3 if isinstance(value, str) else 4)
            mix(len(content))
            whole = len(content) // 8 * 8
            for (word,) in struct.iter_unpack("<Q", content[:whole]):
                mix(word)
            mix(int.from_bytes(content[whole:], "little"))
    return struct.unpack("<q", struct.pack("<Q", state))[0]


# In the order in which the checksum takes them.
CHECKED = (
    "sequence id job job_name owner_uid step cause created_usec size_bytes new_bytes digest weights_digest metrics best"
    " best_step manifest_digest complete pinned exported verify_state verified_usec deleted_usec"
).split()


def open_database(path):
    if not os.path.exists(path):
        sys.exit("%s is not there" % path)
    database = sqlite3.connect("file:%s?mode=ro" % path.replace("?", "%3f").replace("#", "%23"), uri=True)
    database.row_factory = sqlite3.Row
    return database


def check(row, references, chunks):
    """What is wrong with one checkpoint."""
    problems = []
    if row_checksum([row[name] for name in CHECKED]) != row["checksum"]:
        problems.append("the row's checksum differs")
    if sha256(row["manifest"]) != row["manifest_digest"]:
        return problems + ["the manifest's digest differs"], None
    manifest = json.loads(row["manifest"].decode("utf-8"))
    snapshot = manifest["snapshot"]
    if len(manifest["tensors"]) != len(snapshot["tensors"]):
        return problems + ["the manifest contradicts itself"], None
    tensors = []
    listed = []
    for record, stored in zip(snapshot["tensors"], manifest["tensors"]):
        name, size = record["name"], record["byteCount"]
        if size != SIZES[record["dtype"]] * math.prod(record["shape"]):
            problems.append("%s: size and shape disagree" % name)
        if len(stored["chunks"]) != -(-size // PIECE):
            problems.append("%s: %d pieces for %d bytes" % (name, len(stored["chunks"]), size))
        computed = []
        for number, digest in enumerate(stored["chunks"]):
            expected = min(PIECE, size - number * PIECE)
            listed.append((digest, expected))
            found = chunks.execute("SELECT bytes FROM chunk WHERE digest = ?", (bytes.fromhex(digest),)).fetchone()
            if found is None:
                problems.append("%s: chunk %s is missing" % (name, digest[:12]))
                continue
            computed.append(sha256(found["bytes"]))
            if computed[-1].hex() != digest or len(found["bytes"]) != expected:
                problems.append("%s: chunk %s is damaged" % (name, digest[:12]))
        digest = tensor_digest(computed)
        if digest.hex() != stored["digest"]:
            problems.append("%s: the tensor's digest differs" % name)
        tensors.append((name, record["role"], record["dtype"], record["shape"], digest))
    if listed != [(bytes(reference["digest"]).hex(), reference["size"]) for reference in references]:
        problems.append("checkpoint_chunk differs from the manifest")
    computed = digests(tensors, snapshot["state"])
    if computed != (row["digest"], row["weights_digest"]):
        problems.append("stored are %s and %s" % (row["digest"], row["weights_digest"]))
    return problems, computed


def read_store(directory, which):
    database = open_database(os.path.join(directory, "simmer.db"))
    chunks = open_database(os.path.join(directory, "chunks.db"))
    identities = [bytes(each.execute("SELECT store_uuid FROM meta").fetchone()[0]) for each in (database, chunks)]
    failed = identities[0] != identities[1]
    if failed:
        print("simmer.db and chunks.db belong to different stores")
    condition, arguments = "complete = 1 AND deleted_usec IS NULL", ()
    if which not in (None, "all"):
        condition, arguments = condition + " AND substr(id, 1, length(?1)) = ?1", (which,)
    rows = database.execute("SELECT * FROM checkpoint WHERE %s ORDER BY sequence DESC" % condition, arguments).fetchall()
    if not rows:
        sys.exit("no such checkpoint")
    if which not in (None, "all") and len(rows) > 1:
        sys.exit("%d checkpoints begin with %s" % (len(rows), which))
    for row in rows if which == "all" else rows[:1]:
        references = database.execute(
            "SELECT digest, size FROM checkpoint_chunk WHERE checkpoint = ? ORDER BY seq", (row["id"],)
        ).fetchall()
        problems, computed = check(row, references, chunks)
        print("checkpoint %s of %s at step %d" % (row["id"], row["job_name"], row["step"]))
        if computed:
            print("digest        %s\nweightsDigest %s" % computed)
        for problem in problems:
            print("DIFFERS: " + problem)
        failed = failed or bool(problems)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", nargs="?", metavar="STATE_DIR")
    parser.add_argument("checkpoint", nargs="?", metavar="ID|all")
    arguments = parser.parse_args()
    if arguments.directory:
        return read_store(arguments.directory, arguments.checkpoint)
    print("digest        %s\nweightsDigest %s" % sample(seed=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
