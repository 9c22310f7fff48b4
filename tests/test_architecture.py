"""The rooms of the package, and who may enter: CONTRIBUTING.md, "Rooms"."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parent.parent / "openclaw_fal"
ROOMS = (
    "core",
    "models",
    "fal",
    "store",
    "config",
    "actions",
    "render",
    "completion",
    "commands",
    "sandbox",
    "cli",
    "runtime",
    "signals",
)

# A room: what it may import of ours anywhere, what inside functions alone, and which libraries.
TABLE: dict[str, tuple[set[str], set[str], set[str]]] = {
    "core": ({"core"}, set(), set()),
    "models": ({"core", "models"}, set(), set()),
    "fal": ({"core", "models", "fal"}, set(), {"httpx", "httpcore", "certifi"}),
    "store": ({"core", "models", "store"}, set(), {"platformdirs"}),
    "config": ({"core", "models", "store", "config"}, set(), {"json5"}),
    "actions": ({"core", "models", "config", "fal", "store", "actions", "runtime"}, set(), {"PIL", "pillow_heif"}),
    "render": ({"core", "render"}, set(), {"rich"}),
    "runtime": ({"core", "signals"}, {"config", "fal", "store", "render"}, set()),
    "signals": ({"core"}, set(), set()),
    "completion": ({"core", "models", "config", "store", "completion"}, set(), set()),
    "commands": (
        {"core", "models", "completion", "runtime", "commands"},
        {"actions", "config", "store", "sandbox"},
        {"typer"},
    ),
    "cli": ({"commands", "core", "runtime", "signals"}, set(), {"typer"}),
    "sandbox": ({"sandbox"}, set(), set()),
}
# One module of the standard library is used in one room only, too.
SQLITE_HOME = "store"
# Files that are the sides of one thing, and so have one name in several rooms; CONTRIBUTING lists them.
SIDES = {
    "tasks.py": {"core", "actions", "commands"},
    "batch.py": {"actions", "commands"},
    "models.py": {"actions", "commands"},
    "gallery.py": {"actions", "commands"},
    "rerun.py": {"actions", "commands"},
    "upload.py": {"actions", "commands"},
    "onboard.py": {"actions", "commands"},
    "doctor.py": {"actions", "commands"},
    "openapi.py": {"models", "sandbox"},
    "validation.py": {"models", "sandbox"},
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def sources() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if room_of(path) in ROOMS]


def imports(path: Path) -> list[tuple[str, str]]:
    """Return (module, where) of each import; where is top, function or types."""
    found: list[tuple[str, str]] = []

    def visit(node: ast.AST, where: str) -> None:
        for child in ast.iter_child_nodes(node):
            inside = where
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                inside = "function" if where == "top" else where
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                inside = "types"
            if isinstance(child, ast.Import):
                found.extend((alias.name, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    parents = path.relative_to(PACKAGE.parent).with_suffix("").parts[: -child.level]
                    base = ".".join([*parents, *([base] if base else [])])
                names = [f"{base}.{alias.name}" for alias in child.names] if base == "openclaw_fal" else [base]
                found.extend((name, inside) for name in names)
            visit(child, inside)

    visit(ast.parse(path.read_text()), "top")
    return found


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_room_imports_only_what_the_table_allows(path: Path) -> None:
    """Types alone may come from anywhere but the sandbox: they cost nothing and couple nothing at run time."""
    room = room_of(path)
    anywhere, in_functions, libraries = TABLE[room]
    for module, where in imports(path):
        first, _, rest = module.partition(".")
        if first == "openclaw_fal":
            other = rest.partition(".")[0]
            if not other or other.startswith("__"):
                continue
            allowed = anywhere | (in_functions if where == "function" else set())
            if where == "types" and room not in {"sandbox", "core"}:
                allowed = set(ROOMS) - {"sandbox"}
            assert other in allowed, f"{path.name} ({room}) imports {module} ({where})"
        elif first == "sqlite3":
            assert room == SQLITE_HOME, f"{path.name} imports sqlite3; its home is {SQLITE_HOME}"
        elif first not in sys.stdlib_module_names:
            assert first in libraries, f"{path.name} ({room}) imports {first}"


def is_generator(function: ast.FunctionDef) -> bool:
    return bool(function.returns) and is_generator_type(function.returns)


def is_generator_type(annotation: ast.expr | None) -> bool:
    return annotation is not None and ast.unparse(annotation).strip("'\"").startswith("Generator[")


def unclosed_loops(function: ast.FunctionDef, generators: set[str]) -> Iterator[str]:
    """Yield the loops of a generator over another one, whether it is called there or was handed over."""
    handed_over = {each.arg for each in function.args.args if is_generator_type(each.annotation)}
    closed = {
        ast.unparse(item.context_expr)
        for node in ast.walk(function)
        if isinstance(node, ast.With)
        for item in node.items
    }
    for loop in ast.walk(function):
        if not isinstance(loop, ast.For) or not any(isinstance(node, ast.Yield) for node in ast.walk(loop)):
            continue
        source = ast.unparse(loop.iter)
        is_called = isinstance(loop.iter, ast.Call) and ast.unparse(loop.iter.func).rpartition(".")[2] in generators
        if is_called or (source in handed_over and f"closing({source})" not in closed):
            yield f"{function.name}: for … in {source}"


def test_work_that_is_left_early_is_closed_where_it_was_called() -> None:
    """Python itself closes a generator that nobody holds, but then an interrupt inside it is printed and lost."""
    trees = [ast.parse(path.read_text()) for path in sources()]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    generators = [function for function in functions if is_generator(function)]
    names = {function.name for function in generators}
    assert [loop for function in generators for loop in unclosed_loops(function, names)] == []


def test_no_path_is_asked_for_what_raises_for_a_long_name_or_an_unreadable_folder() -> None:
    """`os.path.exists` and its like return False there, and opening the file says what is wrong."""
    asked = [
        f"{path.name}: {ast.unparse(node)}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args
        if node.func.attr in {"exists", "is_file", "is_dir", "is_symlink", "is_fifo"}
    ]
    assert asked == []


def test_every_file_has_a_room() -> None:
    outside = {path.name for path in PACKAGE.rglob("*.py") if room_of(path) not in ROOMS}
    assert outside == {"__init__.py", "__main__.py"}


def test_no_file_name_is_in_two_rooms_except_for_sides_of_one_thing() -> None:
    rooms: dict[str, set[str]] = {}
    for path in sources():
        if path.name != "__init__.py":
            rooms.setdefault(path.name, set()).add(room_of(path))
    assert {name: found for name, found in rooms.items() if len(found) > 1} == SIDES
    contributing = (PACKAGE.parent / "CONTRIBUTING.md").read_text()
    paths = {f"{room}/{name}" for name, rooms_of_it in SIDES.items() for room in rooms_of_it}
    assert {path for path in paths if f"`{path}`" not in contributing} == set()


def test_there_is_no_room_for_odds_and_ends() -> None:
    names = {path.stem for path in PACKAGE.rglob("*.py")}
    assert names.isdisjoint({"utils", "util", "helpers", "common", "misc", "base"})
