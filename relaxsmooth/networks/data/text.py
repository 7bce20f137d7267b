"""Texts for language modelling: one that Debian packages, one inside Python, and a user's own."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from relaxsmooth.networks.data.record import SPLITS, DataError, Known, Text, digest

END, UNKNOWN = "<eos>", "<unk>"
TOKEN = re.compile(r"[a-z]+(?:['-][a-z]+)*|[^\sa-z]")
SHARES = 18, 1, 1  # train : valid : test of a text that comes in one piece
SECONDS = 60

KING_JAMES = Known(
    "public domain (copyright expired)",
    "Debian: apt-get install bible-kjv bible-kjv-text",
    "cd45f0c9cedab8e4439bd6486c8952c77cc8b0ecc5d1f6ae3513f2039f47229d",
)
PYDOC = Known("PSF-2.0", "Python's own module pydoc_data.topics")
OWN = Known("as stated by its owner", "a folder of the user's")
# sizes with end marks: Mikolov's preparation of the Penn Treebank; Merity et al. 2016, table 1
PUBLISHED = {
    "ptb": Known(
        "LDC user agreement",
        "Penn Treebank in Mikolov's preparation, files ptb.{train,valid,test}.txt",
        sizes={"types": 10_000, "train tokens": 929_589, "valid tokens": 73_760},
    ),
    "wikitext-2": Known(
        "CC BY-SA 3.0",
        "WikiText-2, files wiki.{train,valid,test}.tokens",
        sizes={"types": 33_278, "train tokens": 2_088_628, "valid tokens": 217_646},
    ),
}
PATTERNS = "ptb.{}.txt", "wiki.{}.tokens", "{}.txt"


def king_james() -> Text:
    """The King James text, by verses; DataError where the package is not installed."""
    program = shutil.which("bible")
    if program is None:
        raise DataError(f"the program bible is not installed; {KING_JAMES.origin}")
    raw = subprocess.run(
        [program, "-f", "Gen1:1-Rev22:21"], capture_output=True, timeout=SECONDS, check=False
    ).stdout
    verses = [line.partition(" ")[2] for line in raw.decode().splitlines()]
    if not verses:
        raise DataError(f"the program bible printed nothing; {KING_JAMES.origin}")
    return in_one_piece("king-james", map(tokens, verses), KING_JAMES, digest(raw))


def pydoc() -> Text:
    """The help texts of Python's own documentation: there wherever Python is."""
    from pydoc_data.topics import topics

    raw = "\n".join(topics[name] for name in sorted(topics))
    lines = (tokens(line) for line in raw.splitlines() if line.strip())
    return in_one_piece("pydoc", lines, PYDOC, digest(raw.encode()))


def own_text(folder: Path) -> Text:
    """A user's copy: ptb.{}.txt, wiki.{}.tokens or {}.txt for train, valid and test.

    Words are what blanks separate, a line ends with <eos>, and the vocabulary is that of train;
    a file that is not UTF-8, or a split without tokens, is a DataError.
    """
    files, pattern = own_files(folder)
    contents = {split: path.read_bytes() for split, path in files.items()}
    splits = {split: list(marked(decoded(files[split], raw))) for split, raw in contents.items()}
    for split, words in splits.items():
        if len(words) < 2:
            raise DataError(f"{files[split]} holds {len(words)} tokens; give at least 2")
    name = {"ptb.{}.txt": "ptb", "wiki.{}.tokens": "wikitext-2"}.get(pattern, "")
    known = PUBLISHED.get(name, OWN)
    return numbered(name or folder.name, splits, known, digest(*contents.values()))


def own_files(folder: Path) -> tuple[dict[str, Path], str]:
    """The three files of the first pattern that the folder has, whole."""
    missing: list[str] = []
    for pattern in PATTERNS:
        files = {split: folder / pattern.format(split) for split in SPLITS}
        lacking = [path.name for path in files.values() if not path.is_file()]
        if not lacking:
            return files, pattern
        if len(lacking) < len(files):
            missing += lacking
    wanted = ", ".join(p.format("{train,valid,test}") for p in PATTERNS)
    short = f" ({', '.join(missing)} missing)" if missing else ""
    raise DataError(f"{folder} holds no text data set{short}; give a folder with one of {wanted}")


def decoded(path: Path, raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 at byte {error.start}; convert it first") from None


def marked(text: str) -> Iterable[str]:
    """The words of each line and its end mark; an empty line has an end mark as well."""
    for line in text.splitlines():
        yield from line.split()
        yield END


def tokens(line: str) -> list[str]:
    """Lower-case words and single punctuation marks, and the end mark."""
    return [*TOKEN.findall(line.lower()), END]


def in_one_piece(name: str, lines: Iterable[Sequence[str]], known: Known, sha256: str) -> Text:
    """Cut at line ends into train, valid and test, in this order."""
    listed = list(lines)
    ends = [len(listed) * sum(SHARES[: i + 1]) // sum(SHARES) for i in range(len(SHARES))]
    parts = zip(SPLITS, [0, *ends], ends, strict=False)
    splits = {s: [w for line in listed[low:high] for w in line] for s, low, high in parts}
    return numbered(name, splits, known, sha256)


def numbered(name: str, splits: Mapping[str, Sequence[str]], known: Known, sha256: str) -> Text:
    """Types numbered from the most frequent one of train on; a type train lacks is <unk>."""
    counts = Counter(splits["train"])
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    if UNKNOWN not in counts and any(w not in counts for s in splits.values() for w in s):
        ordered.append(UNKNOWN)
    place = {word: i for i, word in enumerate(ordered)}
    last = place.get(UNKNOWN, 0)
    arrays = {s: np.array([place.get(w, last) for w in ws], np.int64) for s, ws in splits.items()}
    found = {f"{split} tokens": len(words) for split, words in splits.items()}
    provenance = known.provenance(name, sha256, {**found, "types": len(ordered)})
    return Text(arrays, tuple(ordered), provenance)
