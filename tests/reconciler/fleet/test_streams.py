"""A file with several configurations: which there are, and where each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.config.yaml import document as source
from reconciler.core.errors import ConfigurationInvalid
from reconciler.fleet.load import stream as source_stream
from tests.support.examples import examples

if TYPE_CHECKING:
    from pathlib import Path

PARTS = {
    "one": (b"a: 1\n", [(1, b"a: 1\n")]),
    "nothing": (b"# only a remark\n", [(1, b"# only a remark\n")]),
    "empty": (b"", [(1, b"")]),
    "a remark before the first": (b"# x\n---\na: 1\n", [(1, b"# x\n---\na: 1\n")]),
    "a mark at the beginning": (b"---\na: 1\n", [(1, b"---\na: 1\n")]),
    "two": (b"a: 1\n---\nb: 2\n", [(1, b"a: 1\n"), (2, b"---\nb: 2\n")]),
    "nothing between, and at the end": (
        b"---\na: 1\n---\n# none\n---\nb: 2\n---\n",
        [(1, b"---\na: 1\n"), (5, b"---\nb: 2\n")],
    ),
    "line ends of other systems": (b"a: 1\r\n---\r\nb: 2\r\n", [(1, b"a: 1\r\n"), (2, b"---\r\nb: 2\r\n")]),
    "inside of a text": (b"a: |\n  ---\n---\nb: 2\n", [(1, b"a: |\n  ---\n"), (3, b"---\nb: 2\n")]),
    "longer is no mark": (b"a: 1\n----\nb: 2\n", [(1, b"a: 1\n----\nb: 2\n")]),
    "a value behind the mark": (b"--- {a: 1}\n---\t{b: 2}\n", [(1, b"--- {a: 1}\n"), (2, b"---\t{b: 2}\n")]),
    "a directive": (b"%YAML 1.2\n---\na: 1\n...\n", [(1, b"%YAML 1.2\n---\na: 1\n...\n")]),
    "a byte order mark": (b"\xef\xbb\xbf# c\n---\na: 1\n", [(1, b"# c\n---\na: 1\n")]),
}


@pytest.mark.parametrize("case", PARTS)
def test_a_file_is_told_apart(case: str) -> None:
    data, wanted = PARTS[case]
    assert list(source_stream.parts(data)) == wanted


values = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=12)


@examples(36)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), values, min_size=1), min_size=1, max_size=5), st.data())
def test_what_is_written_one_after_the_other_is_read_so(documents: list[dict[str, str]], data: st.DataObject) -> None:
    import yaml

    style = data.draw(st.sampled_from([None, "|", '"', "'"]))
    texts = [yaml.safe_dump(one, allow_unicode=True, default_style=style) for one in documents]
    items = list(source_stream.parts("---\n".join(texts).encode()))
    assert [yaml.safe_load(part) for _, part in items] == documents
    lines = "---\n".join(texts).split("\n")
    for first, part in items:
        assert lines[first - 1 :][: part.decode().count("\n")] == part.decode().split("\n")[:-1]


def test_places_are_those_of_the_file() -> None:
    document = source.parse("a: 1\nb: 2\nb: 3\n", "many.yaml", first=41)
    assert str(document.source(("b",))) == "many.yaml:42:4"
    (twice,) = document.diagnostics
    assert str(twice.source) == "many.yaml:43:1"
    assert "line 42" in twice.summary
    with pytest.raises(ConfigurationInvalid) as problem:
        source.parse("a: [1,\n2\nb: 3", "many.yaml", first=11)
    (broken,) = problem.value.diagnostics
    assert broken.source is not None
    assert (broken.source.line, "line 11" in broken.remedy) == (13, True)


def test_each_part_is_bounded_and_so_is_the_file(tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    path.write_bytes(b"a: 1\n---\n" + b"#" * source.MAX_STREAM_BYTES)
    with pytest.raises(ConfigurationInvalid) as problem:
        list(source_stream.read(str(path), (), lambda _: ()))
    assert problem.value.diagnostics[0].code == "file-too-large"
    assert not source_stream.several(str(path))
