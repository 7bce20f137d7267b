"""Data sets of the network experiments: found, read without running anything, checked."""

from __future__ import annotations

import gzip
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from relaxsmooth.networks import data
from relaxsmooth.networks.data import DataError, cifar, image_data, images, record, text, text_data


def written_texts(folder: Path, pattern: str = "{}.txt", **contents: str) -> Path:
    given = {"train": "a b a\nb c\n", "valid": "a\n", "test": "z a\n", **contents}
    for split, content in given.items():
        (folder / pattern.format(split)).write_text(content)
    return folder


def idx_bytes(array: np.ndarray) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def written_idx(folder: Path, opened=gzip.open, ending: str = ".gz") -> tuple[Path, np.ndarray]:
    pixels = np.arange(20 * 28 * 28, dtype=np.uint64).astype(np.uint8).reshape(20, 28, 28)
    for part in ("train", "t10k"):
        for name, array in (("images-idx3", pixels), ("labels-idx1", np.arange(20) % 10)):
            with opened(folder / f"{part}-{name}-ubyte{ending}", "wb") as file:
                file.write(idx_bytes(array.astype(np.uint8)))
    return folder, pixels


def written_cifar(folder: Path, binary: bool, protocol: int = 2) -> np.ndarray:
    rows = np.random.default_rng(1).integers(0, 256, (7, cifar.PIXELS)).astype(np.uint8)
    labels = [3, 1, 4, 1, 5, 9, 2]
    for name in (*cifar.BATCHES, "test_batch"):
        if binary:
            joined = np.concatenate([np.array(labels, np.uint8)[:, None], rows], axis=1)
            (folder / f"{name}.bin").write_bytes(joined.tobytes())
        else:
            batch = {b"batch_label": b"x", b"labels": labels, b"data": rows, b"filenames": [b"f"]}
            (folder / name).write_bytes(pickle.dumps(batch, protocol=protocol))
    return rows


def test_the_text_inside_python_is_always_there():
    found = text_data("pydoc")
    assert found.splits["train"].size > 100_000
    assert found.words("train", 4).split()[-1] in found.vocabulary
    assert max(s.max() for s in found.splits.values()) < len(found.vocabulary)


def test_without_a_name_something_is_found_even_where_nothing_is_installed(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(images, "FASHION_FOLDER", Path("nowhere"))
    assert text_data().provenance.name == "pydoc"


def test_a_text_in_one_piece_is_cut_at_line_ends_in_order():
    lines = [[str(i), text.END] for i in range(40)]
    found = text.in_one_piece("x", lines, text.PYDOC, "")
    assert [len(found.splits[s]) for s in record.SPLITS] == [72, 4, 4]
    assert found.words("train", 3) == "0 <eos> 1"
    assert found.vocabulary[found.splits["test"][0]] == text.UNKNOWN


def test_own_text_is_numbered_by_the_training_split(tmp_path):
    found = text_data(str(written_texts(tmp_path)))
    assert found.words("train", 9) == "a b a <eos> b c <eos>"
    assert found.words("test", 3) == "<unk> a <eos>"
    assert found.provenance.name == tmp_path.name


def test_a_copy_that_is_not_the_published_one_says_so(tmp_path):
    found = text_data(str(written_texts(tmp_path, "ptb.{}.txt")))
    assert found.provenance.name == "ptb"
    assert any("929589" in remark for remark in found.provenance.remarks)
    sizes = {"types": 10_000, "train tokens": 929_589, "valid tokens": 73_760}
    assert text.PUBLISHED["ptb"].provenance("ptb", "", sizes).remarks == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: (f / "test.txt").unlink(), "test.txt"),
        (lambda f: (f / "valid.txt").write_text(""), "valid.txt holds 0 tokens"),
        (lambda f: (f / "train.txt").write_bytes(b"a \xff"), "not UTF-8 at byte 2"),
    ],
)
def test_a_poor_text_folder_is_one_clear_error(tmp_path, change, message):
    change(written_texts(tmp_path))
    with pytest.raises(DataError, match=message):
        text_data(str(tmp_path))


@pytest.mark.parametrize("load", [text_data, image_data])
def test_an_unknown_name_and_an_empty_folder_are_named(tmp_path, load):
    with pytest.raises(DataError, match="'no-such-set' is no folder"):
        load("no-such-set")
    with pytest.raises(DataError, match="holds no"):
        load(str(tmp_path))


def test_missing_packages_say_how_to_install_them(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DataError, match="apt-get install bible-kjv"):
        text_data("king-james")
    with pytest.raises(DataError, match="apt-get install dataset-fashion-mnist"):
        images.fashion_mnist(tmp_path)


@pytest.mark.parametrize(("opened", "ending"), [(gzip.open, ".gz"), (open, "")])
def test_idx_files_are_read_packed_or_not(tmp_path, opened, ending):
    folder, pixels = written_idx(tmp_path, opened, ending)
    found = image_data(str(folder))
    assert np.array_equal(found.splits["test"][0][:, 0], pixels)
    assert [len(found.splits[s][1]) for s in ("train", "valid", "test")] == [18, 2, 20]
    assert found.provenance.remarks  # not Zalando's


def test_false_twin_a_cut_idx_file_is_refused(tmp_path):
    folder, _ = written_idx(tmp_path, open, "")
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="announces 15680 bytes and holds 15679"):
        image_data(str(folder))
    path.write_bytes(b"PK\3\4")
    with pytest.raises(DataError, match="no idx file"):
        image_data(str(folder))


@pytest.mark.parametrize("protocol", [2, 4])
def test_cifar_is_the_same_from_either_version(tmp_path, protocol):
    for name in ("b", "p"):
        (tmp_path / name).mkdir()
    rows = written_cifar(tmp_path / "b", binary=True)
    written_cifar(tmp_path / "p", binary=False, protocol=protocol)
    found = [image_data(str(tmp_path / name)) for name in ("b", "p")]
    for one in found:
        assert np.array_equal(one.splits["test"][0].reshape(7, -1), rows)
        assert one.splits["test"][1].tolist() == [3, 1, 4, 1, 5, 9, 2]
    assert "not the published file" in found[1].provenance.remarks[0]


def test_a_pickle_is_read_but_never_run(tmp_path):
    """Unpickling this file would create another one."""
    written_cifar(tmp_path, binary=False)
    trap = tmp_path / "trap"

    class Evil:
        def __reduce__(self):
            return (Path.touch, (trap,))

    (tmp_path / "data_batch_3").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(DataError, match="data_batch_3"):
        image_data(str(tmp_path))
    assert not trap.exists()


def test_false_twin_a_label_out_of_range_is_refused(tmp_path):
    written_cifar(tmp_path, binary=True)
    path = tmp_path / "test_batch.bin"
    path.write_bytes(b"\x0a" + path.read_bytes()[1:])
    with pytest.raises(DataError, match="label 10"):
        image_data(str(tmp_path))
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataError, match="no multiple"):
        image_data(str(tmp_path))


def test_standardized_images_have_mean_0_and_deviation_1(tmp_path):
    found = image_data(str(written_idx(tmp_path)[0]))
    x = found.standardized("train", 28)
    # pairwise float32 sums: the mean of 0..255 is off by at most 14 * 2^-24 * 255, in units of 74
    assert abs(float(x.mean(dtype=np.float64))) < 1e-5
    assert abs(float(x.std(dtype=np.float64)) - 1) < 1e-5
    assert found.standardized("valid", 32).shape == (2, 1, 32, 32)
    with pytest.raises(DataError, match="do not fit into 8x8"):
        found.standardized("valid", 8)


def test_data_needs_no_torch():
    import subprocess
    import sys

    code = "import sys, relaxsmooth.networks.data; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert data.TEXTS and data.IMAGES
