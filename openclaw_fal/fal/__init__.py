"""fal's HTTP protocol. This is everything that the program relies on; the code needs no other document.

Hosts (`origins`)
-----------------
- ``https://fal.run`` runs a model and keeps the connection open until the result is there.
- ``https://queue.fal.run`` takes jobs, reports their status and returns their results.
- ``https://rest.fal.ai`` issues upload URLs.
- ``https://api.fal.ai/v1`` is the Platform API. It lists models, prices, bills and past requests.
- ``https://fal.ai`` publishes the OpenAPI documents of the models.
- CDN hosts such as ``v3b.fal.media`` serve files. Their URLs are opaque and public.

The first four get the header ``Authorization: Key <id>:<secret>``. The site, the CDN, signed upload URLs and targets of
redirects never get it. Header names are case-insensitive.

A model's address is its endpoint id, ``owner/app`` or ``owner/app/path``. Its slashes are not escaped in URLs.

Running a model (`submission`)
------------------------------
``POST https://fal.run/<endpoint id>`` takes the model's input as JSON and answers with its output, both without a
wrapper. If the connection breaks, the result is lost and may be charged.

The queue (`submission`, `queue`, `following`)
----------------------------------------------
- Submit: ``POST https://queue.fal.run/<endpoint id>`` with the same input. The answer holds ``request_id``,
  ``status_url``, ``response_url``, ``cancel_url`` and often ``queue_position``. The header ``X-Fal-Queue-Priority``
  (``normal`` is the default) is only valid here, so a server that is both the queue and the synchronous service can
  distinguish them by it. Most models check their input later; a bad one becomes a completed job whose result is 422.
- Status: ``GET <status_url>?logs=1`` answers 202 or 200 with ``status`` ``IN_QUEUE`` (``queue_position`` counts the
  jobs ahead), ``IN_PROGRESS`` or ``COMPLETED``. ``logs`` is null or a list of all entries so far, each with ``message``
  and often ``timestamp`` and ``level``. ``metrics.inference_time`` is in seconds. ``error`` and ``error_type`` appear
  when fal's own machines failed, but not when the model did.
- Status stream: ``GET <status_url>/stream?logs=1`` sends the same objects as server-sent events, with new log entries
  only, comments as pings, and the end of the stream after ``COMPLETED``. Some servers answer 404 or 405, and gateways
  cut it.
- Result: ``GET <response_url>`` answers as the model did: its status and body are the outcome of the job, whatever the
  job's status said. 400 with "Request is still in progress" comes before the end, 499 after a cancellation. fal keeps
  a result for an hour, or for six minutes if it is large and its account stores no payloads.
- Cancel: ``PUT <cancel_url>`` answers 202 or 200 when fal takes the request, 400 (``ALREADY_COMPLETED``) when it comes
  too late. Many models finish anyway, and are charged.
- A job that the queue does not know is 404 with ``{"status": "NOT_FOUND"}``, for all of these.

The three URLs hold ``owner/app`` without the path of the endpoint id, or three segments after ``workflows`` and
``comfy``: ``<queue>/<owner>/<app>/requests/<request_id>`` is the result, with ``/status`` and ``/cancel`` after it.

Files in outputs (`parse`)
--------------------------
A file is an object with ``url`` and, if known, ``content_type``, ``file_name``, ``file_size``, ``width``, ``height``.
They are under ``images``, ``image``, ``video``, ``videos`` or ``audio``, or deeper. ``video_url`` and ``audio_url`` are
plain strings. A URL may be a ``data:`` URI. Old answers wrap the output as ``{"status", "logs", "response"}``. ``seed``
may exceed 2**53. ``has_nsfw_concepts`` has one boolean for each image.

Response headers
----------------
- ``x-fal-request-id`` is in every answer of fal's own, errors included. An answer without it comes from a gateway.
- ``x-fal-billable-units`` is a decimal number: the cost of a result is this number times the price of a unit.
- ``x-fal-error-type`` is the machine-readable type of an error.
- ``x-fal-retryable`` or ``x-fal-needs-retry`` (``true``, ``false``, ``1`` or ``0``) says whether retrying may help.
- ``x-fal-request-timeout-type: user`` on a 504 says that the job did not start in time and was dropped.
- ``retry-after``, seconds or a date, may be on any answer.

Errors (`failures`)
-------------------
The HTTP status decides; texts differ between routes. Bodies have these shapes:

- ``{"detail": "text"}``, with ``error_type`` if fal's own machines failed;
- ``{"detail": [{"loc": ["body", "prompt"], "msg": …, "type": …, "ctx": {"expected": …}}]}``, mostly with 422;
- ``{"status": "NOT_FOUND"}`` from the queue;
- ``{"error": {"type": …, "message": …}}`` from the Platform API;
- an HTML page from a gateway.

401 is a bad key. 403 is a locked account ("User is locked. Reason: Exhausted balance. …") or a key without the needed
scope. 404 is an unknown model, 422 a refused input, 429 too many requests. A 422 of the type
``content_policy_violation`` is about the content. These types are failures on fal's side, whatever the
status: ``internal_server_error``, ``generation_timeout``, ``downstream_service_error``,
``downstream_service_unavailable``.

Uploads (`uploads`)
-------------------
``POST https://rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3`` with ``content_type`` and ``file_name``
answers with ``upload_url`` and ``file_url``. ``PUT <upload_url>`` takes the bytes, up to 90 MiB at once, with their
``Content-Type`` and without the key. Models then take ``file_url`` as an input.

Larger files begin with ``initiate-multipart``. ``PUT <upload_url>/<n>`` takes part ``n``, counted from 1, of 10 MiB,
and answers with its ``etag``; ``POST <upload_url>/complete`` with ``{"parts": [{"partNumber": 1, "etag": …}, …]}``
joins them. The added segment stands before the query of the URL.

Catalog and documents (`platform`)
----------------------------------
``GET https://api.fal.ai/v1/models?limit=…&cursor=…`` answers with ``models`` (each ``endpoint_id`` and ``metadata``:
``display_name``, ``category``, ``status``, ``tags``, all optional), ``next_cursor`` and ``has_more``. It works without
a key, at a lower rate.

``GET https://fal.ai/api/openapi/queue/openapi.json?endpoint_id=…`` answers with the OpenAPI document of a model, and
with 404 for an unknown one.

Prices and bills (`billing`)
----------------------------
``GET https://api.fal.ai/v1/models/pricing?endpoint_id=…`` takes up to 50 ids and answers with ``prices``, each with
``endpoint_id``, ``unit_price``, ``unit`` and ``currency``. The unit is free text. One unknown id makes all of the
answer 400 or 404.

``GET https://api.fal.ai/v1/models/billing-events?request_id=…`` takes up to 50 ids and needs a key with the scope
ADMIN. Each of ``billing_events`` has ``request_id``, ``cost_total`` or ``cost_estimate_nano_usd``, ``output_units``
and ``unit_price``. A request may have several. Its pages are those of the catalog.

Past requests (`history`)
-------------------------
``GET https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id=…&expand=payloads`` answers with ``items``: each has
``request_id``, ``endpoint_id``, ``sent_at``, ``started_at``, ``status_code``, ``json_input`` and ``json_output``.
``start`` or ``request_id`` narrows the list; ``limit`` is at most 100, and its pages are those of the catalog. A
request is listed once it has started. It has no ``status_code`` while it runs, and no payloads if its account stores
none.

Checking a key (`platform`)
---------------------------
Asking the queue for the status of a made-up request id checks a key for free: 404 means that it is valid, 401 that it
is not. A locked account does not show there.

Retries
-------
fal has no idempotency key: a submission that is sent twice can be charged twice. So a POST to a model is repeated only
if it surely was not accepted: the connection was never made, fal answered 429, or the gateway in front of fal answered
503 with its own page (of nginx, without a request id). Any other 503 may come after the request was passed on.
Everything else costs nothing and is repeated until its deadline: status, result, cancel, uploads, downloads, the
catalog.
"""
