"""A task as a row of the journal, and back."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from openclaw_fal.core.costs import Cost, Price
from openclaw_fal.core.errors import NothingSent
from openclaw_fal.core.file_names import OutputPlan
from openclaw_fal.core.requests import Parameter, Reference, Request
from openclaw_fal.core.results import Asset, Normalized
from openclaw_fal.core.tasks import InputMark, Task, TaskStatus
from openclaw_fal.store.task_rows import WrittenTasks, task_of

ROW_OF_0_1_0 = """{"id":"kq7r2m9xwt","capability":"image.edit","model":"fal-ai/flux/dev",
"endpoint":"fal-ai/flux/dev/image-to-image","transport":"queue","status":"failed","created_at":1000.5,
"updated_at":1002.5,"digest":"00ff","request":{"capability":"image.edit","prompt":"a red fox","model":
"fal/fal-ai/flux/dev","references":[{"kind":"image","source":"data:image/png;base64,iVBORw0KGgoAAAAN…"}],
"size":"10x10","duration":5.0,"seed":18446744073709551615,"parameters":{"strength":0.5}},"delivery":{"kind":"file",
"folder":"/tmp","name":"fox.png","stem":"image-20261122-094501","overwrite":false},"ignored":{"quality":"high"},
"normalization":{"size":["10x10","16x16"]},"sandbox":false,"request_id":"r-1","finished_at":1002.5,"outputs":
[{"url":"https://v3.fal.media/a.png","size":7}],"billable_units":"1.5","error":{"kind":"NothingSubmitted","code":
"unreachable","message":"fal can't be reached.","hint":"Check the network."}}"""


def test_a_row_of_version_0_1_0_is_read() -> None:
    task = task_of(ROW_OF_0_1_0.replace("\n", ""))
    assert (task.id, task.status, task.outputs[0].size) == ("kq7r2m9xwt", TaskStatus.FAILED, 7)
    assert task.request == Request(
        capability="image.edit",
        prompt="a red fox",
        model="fal/fal-ai/flux/dev",
        references=(Reference("image", "data:image/png;base64,iVBORw0KGgoAAAAN…"),),
        size="10x10",
        duration=5.0,
        seed=2**64 - 1,
        parameters=(Parameter("strength", 0.5, "json"),),
    )
    assert task.delivery == OutputPlan("file", "/tmp", "fox.png", "image-20261122-094501")
    assert task.normalization == {"size": Normalized("10x10", "16x16")}
    assert task.error
    error = task.error.restored()
    assert (type(error), error.exit_code, error.code) == (NothingSent, 7, "unreachable")
    assert (error.message, error.hint) == ("fal can't be reached.", "Check the network.")


def test_a_row_of_version_0_1_0_is_written_back_with_the_same_facts() -> None:
    before = json.loads(ROW_OF_0_1_0.replace("\n", ""))
    assert json.loads(str(WrittenTasks().row_of(task_of(json.dumps(before)))[-1])) == before


def test_a_row_without_request_delivery_and_error_is_read() -> None:
    record = {name: value for name, value in json.loads(ROW_OF_0_1_0.replace("\n", "")).items() if name != "outputs"}
    for name in ("request", "delivery", "error"):
        del record[name]
    task = task_of(json.dumps(record))
    assert (task.request, task.delivery, task.error, task.outputs) == (None, None, None, ())


def test_a_request_that_this_version_would_refuse_is_read() -> None:
    record = json.loads(ROW_OF_0_1_0.replace("\n", ""))
    record["request"] = {"capability": "image.generate", "count": 99, "newer": True}
    request = task_of(json.dumps(record)).request
    assert request
    assert (request.prompt, request.count, request.references) == ("", 99, ())


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_is_not_finite_leaves_the_row_readable_as_json(number: float) -> None:
    task = task_of(ROW_OF_0_1_0.replace("\n", ""))
    detail = WrittenTasks().row_of(task._replace(normalization={"guidance": Normalized(number, 20.0)}))[-1]

    def refuse(name: str) -> None:
        pytest.fail(f"{name} is not JSON")

    assert json.loads(str(detail), parse_constant=refuse)["normalization"] == {"guidance": [str(number), 20.0]}


def test_the_content_of_a_data_uri_is_not_kept() -> None:
    task = Task(
        id="kq7r2m9xwt",
        capability="image.edit",
        model="m/m",
        endpoint="m/m",
        transport="sync",
        status=TaskStatus.SUCCEEDED,
        created_at=1.0,
        updated_at=1.0,
        digest="d",
        request=Request(
            capability="image.edit", prompt="p", references=(Reference("image", "data:image/png;base64," + "A" * 999),)
        ),
        outputs=(Asset("data:image/png;base64," + "B" * 999),),
    )
    detail = str(WrittenTasks().row_of(task)[-1])
    assert "A" * 30 not in detail
    assert "B" * 30 not in detail


def test_price_cost_and_mark_are_kept_exactly() -> None:
    price = Price("fal-ai/flux/dev", Decimal("0.1"), " Images ", "USD", 1000.5)
    cost = Cost.computed("3", price)
    mark = InputMark.of({"prompt": "a fox", "image_urls": ["data:image/png;base64,AA"]})
    task = task_of(ROW_OF_0_1_0.replace("\n", ""))._replace(price=price, cost=cost, mark=mark)
    again = task_of(str(WrittenTasks().row_of(task)[-1]))
    assert (again.price, again.cost, again.mark) == (price, cost, mark)
    assert again.cost
    assert again.cost.amount == Decimal("0.3")
    assert "base64" not in str(WrittenTasks().row_of(again)[-1]).split('"mark"')[1]
