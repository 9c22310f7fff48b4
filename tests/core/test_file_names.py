from __future__ import annotations

import json
import os
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.file_names import (
    NameFacts,
    OutputPlan,
    default_stem,
    exact_names,
    name_for,
    numbered_names,
    plan_output,
    safe_stem,
    safe_value,
)

pytestmark = pytest.mark.skipif(os.sep != "/", reason="spells paths with /")

STEM = "image-20261122-094501"
FACTS = NameFacts(task="kq7r", model="fal-ai/flux/dev", seed=7, name="a1b2.png")


def plan(output: str | None, *, overwrite: bool = False) -> OutputPlan:
    return plan_output(
        output,
        cwd="/work",
        stem=STEM,
        is_folder=lambda path: path in {"/work", "/", "/work/shots"},
        overwrite=overwrite,
    )


def names(output: str | None, total: int = 1, extension: str = ".png", facts: NameFacts = FACTS) -> list[str]:
    return [name_for(plan(output), index, total, extension, facts) for index in range(1, total + 1)]


def test_a_stem_has_the_kind_and_the_time() -> None:
    assert default_stem("image", time.struct_time((2026, 1, 2, 3, 4, 5, 0, 1, 0))) == "image-20260102-030405"


def test_without_output_files_go_to_the_current_folder_and_are_numbered() -> None:
    assert names(None, 2) == [f"/work/{STEM}-1.png", f"/work/{STEM}-2.png"]


@pytest.mark.parametrize("output", ["shots", "shots/", "./shots", "/work/shots"])
def test_files_go_into_a_folder(output: str) -> None:
    assert names(output) == [f"/work/shots/{STEM}-1.png"]


def test_a_slash_at_the_end_names_a_new_folder() -> None:
    assert names("new/") == [f"/work/new/{STEM}-1.png"]
    assert names("new") == ["/work/new.png"]


def test_one_file_gets_the_name_and_several_are_numbered() -> None:
    assert names("out.png") == ["/work/out.png"]
    assert names("../a/out.png", 3) == ["/a/out-1.png", "/a/out-2.png", "/a/out-3.png"]


@pytest.mark.parametrize(
    ("typed", "extension", "name"),
    [
        ("wrong.jpg", ".png", "wrong.png"),
        ("right.JPEG", ".jpg", "right.JPEG"),
        ("film.m4v", ".mp4", "film.m4v"),
        ("bare", ".webp", "bare.webp"),
        ("v1.5", ".png", "v1.5.png"),
        ("notes.final", ".png", "notes.final.png"),
        (".hidden", ".png", ".hidden.png"),
        ("kept.png", ".bin", "kept.png"),
        ("kept.png", "", "kept.png"),
        ("bare", ".bin", "bare.bin"),
    ],
)
def test_the_extension_follows_the_content(typed: str, extension: str, name: str) -> None:
    assert names(typed, extension=extension) == [f"/work/{name}"]


@pytest.mark.parametrize(
    ("template", "total", "expected"),
    [
        ("{index}.{ext}", 2, ["1.png", "2.png"]),
        ("{model}/{task}-{seed}.{ext}", 1, ["fal-ai-flux-dev/kq7r-7.png"]),
        ("shots/{name}.{ext}", 1, ["shots/a1b2.png"]),
        ("{name}.{ext}", 2, ["a1b2-1.png", "a1b2-2.png"]),
        ("{task}.jpg", 2, ["kq7r-1.png", "kq7r-2.png"]),
        ("{task}", 1, ["kq7r.png"]),
        ("{index}/fox.png", 2, ["1/fox.png", "2/fox.png"]),
        ("{model}/", 1, [f"fal-ai-flux-dev/{STEM}-1.png"]),
        ("{ext}/{task}.{ext}", 1, ["png/kq7r.png"]),
        ("{task}.{ext}.bak", 2, ["kq7r.png.bak-1", "kq7r.png.bak-2"]),
        ("a{b{task}}", 1, ["a{bkq7r}.png"]),
    ],
)
def test_a_template_is_filled_in(template: str, total: int, expected: list[str]) -> None:
    assert names(template, total) == [f"/work/{name}" for name in expected]


def test_the_fixed_part_of_a_template_is_the_folder() -> None:
    assert plan("/data/x/{model}/{index}").folder == "/data/x"
    assert plan("/{model}/{index}").folder == "/"
    assert plan("../{index}").folder == "/"
    assert plan("{index}").folder == "/work"


def test_braces_in_the_current_folder_are_not_a_template() -> None:
    found = plan_output("{index}.png", cwd="/a {task}", stem=STEM, is_folder=lambda _path: False)
    assert name_for(found, 1, 1, ".png", FACTS) == "/a {task}/1.png"


def test_an_unknown_value_is_filled_in_as_unknown() -> None:
    facts = NameFacts(task="kq7r", model="m")
    assert names("{seed}-{name}", facts=facts) == [f"/work/unknown-{STEM}.png"]


@pytest.mark.parametrize("output", ["{date}.png", "{}/x", "{index}-{Name}.png", "{index:03}.png"])
def test_an_unknown_placeholder_is_refused_with_the_known_ones(output: str) -> None:
    with pytest.raises(UsageError, match=r"\{index\} \{name\} \{ext\} \{task\} \{seed\} \{model\}"):
        plan(output)


@pytest.mark.parametrize("output", ["", "  ", "a\0b"])
def test_an_empty_output_is_refused(output: str) -> None:
    with pytest.raises(UsageError, match="is not a file name"):
        plan(output)


def test_a_dash_means_standard_output() -> None:
    assert plan("-").kind == "stdout"
    with pytest.raises(ValueError, match="no name"):
        names("-")


@pytest.mark.parametrize("output", [None, "-", "out.png", "shots/", "{model}/{index}.{ext}", "\udcff.png"])
def test_a_plan_is_restored_from_json(output: str | None) -> None:
    made = plan(output, overwrite=True)
    assert OutputPlan.from_record(json.loads(json.dumps(made.as_record())) | {"newer": 1}) == made


def test_exact_names_are_known_before_anything_is_sent() -> None:
    assert exact_names(plan("out.png"), 2) == ["/work/out-1.png", "/work/out-2.png"]
    assert exact_names(plan("out.jpg"), 1, ".png") == ["/work/out.png"]
    assert exact_names(plan("out"), 1) == []
    assert exact_names(plan("out"), 1, ".png") == ["/work/out.png"]
    assert exact_names(plan("s/{index}.png"), 2) == ["/work/s/1.png", "/work/s/2.png"]
    assert exact_names(plan("s/{index}.{ext}"), 1, ".png") == ["/work/s/1.png"]
    assert exact_names(plan("s/{index}.{ext}"), 1) == exact_names(plan("{task}.png"), 1) == []
    assert exact_names(plan(None), 1) == exact_names(plan("-"), 1) == []


def test_the_next_numbers_replace_an_existing_name() -> None:
    def first_two(output: str | None, path: str) -> list[str]:
        others = numbered_names(plan(output), path)
        return [next(others), next(others)]

    assert first_two(None, f"/work/{STEM}-3.png") == [f"/work/{STEM}-4.png", f"/work/{STEM}-5.png"]
    assert first_two("out.png", "/work/out.png") == ["/work/out-1.png", "/work/out-2.png"]
    assert first_two("out.png", "/work/out-2.png") == ["/work/out-2-1.png", "/work/out-2-2.png"]


@pytest.mark.parametrize(
    ("server_name", "stem"),
    [
        ("a1b2.png", "a1b2"),
        ("../x.png", "x"),
        ("..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("%2e%2e%5cx", "x"),
        ("C:\\Windows\\x.png", "x"),
        ("..", "file"),
        ("", "file"),
        (".bashrc", "bashrc"),
        ("-rf.png", "rf"),
        ("a b\tc\x1b[31m.png", "a-b-c-[31m"),
        ("\u202egnp.exe", "gnp.exe"),
        ("CON.png", "_CON"),
        ("com1.tar.png", "_com1.tar"),
        ("trailing. . .png", "trailing"),
        ("v1.5.mp4", "v1.5"),
        ("фото 🦊.jpg", "фото-🦊"),
        ("cafe\u0301.png", "caf\u00e9"),
        ("x" * 500 + ".png", "x" * 120),
        ("ü" * 100, "ü" * 60),
        ("\ud800", "file"),
    ],
)
def test_a_name_from_a_server_is_made_safe(server_name: str, stem: str) -> None:
    assert safe_stem(server_name) == stem


ANY_TEXT = st.text(st.characters() | st.sampled_from("./\\%~-:\0 "), max_size=300)


@given(name=ANY_TEXT, model=ANY_TEXT, seed=st.integers(), total=st.integers(1, 4))
def test_no_text_of_a_server_leads_out_of_the_folder(name: str, model: str, seed: int, total: int) -> None:
    facts = NameFacts(task="kq7r", model=model, seed=seed, name=name)
    for template in ("{name}.{ext}", "{name}", "{model}{name}{name}.png", "{name}.{name}", "{model}-{seed}"):
        for path in names(template, total, facts=facts):
            folder, file_name = os.path.split(path)
            assert folder == "/work"
            assert len(file_name.encode()) <= 215
            assert not file_name.startswith((".", "-", "~"))
            assert not any(unicodedata.category(character).startswith("C") for character in file_name)
    for path in names("{name}/{model}/{index}.png", facts=facts):
        assert path == os.path.normpath(path)
        assert path.count("/") == 4


@given(name=ANY_TEXT)
def test_files_of_one_task_never_share_a_name(name: str) -> None:
    facts = NameFacts(task="kq7r", model="m" * 300, name=name)
    for template in (
        None,
        "out.png",
        "{name}.{ext}",
        "{name}{model}{name}.png",
        "{index}{model}{name}{model}",
        "{name}/x",
    ):
        assert len(set(names(template, 4, facts=facts))) == 4


@given(text=ANY_TEXT)
def test_a_safe_value_stays_as_it_is(text: str) -> None:
    assert safe_value(safe_value(text)) == safe_value(text)
