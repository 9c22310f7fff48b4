"""Which endpoint the text of ``--model`` means: a ref, an id, a page of fal.ai, an alias or a short name.

Also the models that are used if none is named or configured.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import NOTHING_SENT, UsageError
from openclaw_fal.core.program import command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.models.catalog import ListedModel
    from openclaw_fal.models.schema import OutputKind

    ListModels = Callable[[], Iterable[ListedModel]]

DEFAULT_IMAGE_MODEL = "fal-ai/flux/dev"
DEFAULT_VIDEO_MODEL = "fal-ai/minimax/video-01-live"
DEFAULT_MUSIC_MODEL = "fal-ai/minimax-music/v2.6"
DEFAULT_MODELS: Mapping[Kind, str] = {
    "image": DEFAULT_IMAGE_MODEL,
    "video": DEFAULT_VIDEO_MODEL,
    "music": DEFAULT_MUSIC_MODEL,
}
FAL_OWNER = "fal-ai/"  # of most models
MAX_CANDIDATES = 9  # of a short name, in a message
MAX_CLOSEST = 3
_CLOSE = 0.4  # how alike a suggestion must be, from 0 to 1
# Patterns are compiled when they are first used: a ref that is written out needs none.
_PAGE = r"(?i)(?:https?://)?(?:(?:www\.)?fal\.ai(?:/models)?|(?:queue\.)?fal\.run)/([^?#\s]+)(?:[?#]\S*)?"
_PAGE_PARTS = {"api", "playground", "examples", "requests", "llms.txt"}  # below a model's page
_SHORT_NAME = r"(?a)[\w.-]*[a-zA-Z0-9][\w.-]*"
# OpenClaw's other providers. Some own endpoints at fal, too; their ids need fal/ in front.
OTHER_PROVIDERS = frozenset(
    """
    alibaba amazon-bedrock anthropic azure azure-openai byteplus chutes codex comfy deepgram deepinfra deepseek
    elevenlabs github-copilot google google-vertex groq huggingface litellm lmstudio microsoft minimax minimax-portal
    mistral moonshot nvidia ollama openai openai-codex openrouter perplexity qwen replicate runway stability together
    venice vercel-ai-gateway volcengine vydra xai zai
    """.split()  # noqa: SIM905 - a word on each line would fill a page
)


def model_ref(endpoint_id: str) -> str:
    return f"fal/{endpoint_id}"


def is_of_another_provider(ref: str) -> bool:
    """Return whether a model ref names one of OpenClaw's other providers."""
    first, _, rest = ref.strip().partition("/")
    return first in OTHER_PROVIDERS and bool(rest)


def parse_model_ref(text: str) -> str:
    """Return the endpoint id of ``fal/<endpoint id>``; ``fal/`` may be left out if OpenClaw has no such provider.

    Raises `UsageError` for another provider's model, and for anything that is not an endpoint id.
    """
    first, _, rest = text.strip().partition("/")
    if is_of_another_provider(text):
        raise UsageError(
            f"{text.strip()!r} is a model of {first!r}. openclaw-fal uses fal only.",
            hint=f"fal's endpoint of that name: {model_ref(text.strip())}\n"
            f"All of fal's models: {command('models list --all')}",
        )
    endpoint_id = rest if first == "fal" else text.strip()
    if not re.fullmatch(r"(?!\.+(?:/|$))[\w.-]+(?:/(?!\.+(?:/|$))[\w.-]+)+", endpoint_id, re.ASCII):
        raise UsageError(
            f"{text.strip()!r} is not a model. Give fal/<endpoint id>, such as {model_ref(DEFAULT_IMAGE_MODEL)}.",
            hint=f"List the models: {command('models list')}",
        )
    return endpoint_id


def resolve_model(
    text: str, aliases: Mapping[str, str], list_models: ListModels, makes: OutputKind | None = None
) -> str:
    """Return the endpoint id that a text means.

    ``aliases`` come from the configuration. ``list_models`` is called only for what is not in the facts; its
    models that make ``makes`` are preferred. An id of the form owner/name is returned whether or not it is known,
    because it may be a user's own app, unless its owner is the name of a family. Raises `UsageError` for a model of
    another provider, for a name that is unknown (code ``model_unknown``) or has several meanings
    (``model_ambiguous``), and for text that can be no model.
    """
    text = text.strip().rstrip("/")
    if alias := _aliased(text, aliases):
        return parse_model_ref(alias)
    ref = _with_small_scheme(_without_page(text))
    name = ref.removeprefix("fal/")
    if "/" in name:
        return _with_owner(parse_model_ref(ref), list_models)
    if name.casefold() == "fal" or not re.fullmatch(_SHORT_NAME, name):
        return _titled(name, list_models, makes) or parse_model_ref(ref)
    return _resolve_name(name, tuple(list_models()), makes)


def _titled(name: str, list_models: ListModels, makes: OutputKind | None) -> str | None:
    """Return the model that a title means, such as ``FLUX.1 [dev]``; ``None`` when no model has that title."""
    title = name.casefold()
    models = [model for model in list_models() if title and model.name.casefold() == title]
    return _resolve_name(name, models, makes) if models else None


def _with_owner(endpoint_id: str, list_models: ListModels) -> str:
    """Return an endpoint id as fal writes it, with its owner if that was left out.

    ``flux/dev`` and ``FAL-AI/Flux/Dev`` are ``fal-ai/flux/dev``. A user's own app is in no list. An id is only refused
    if its first part is the name of a family of listed models.
    """
    wanted = endpoint_id.casefold()
    if endpoint_id.startswith(FAL_OWNER) and endpoint_id == wanted:
        return endpoint_id
    from openclaw_fal.models.facts import find_schema  # noqa: PLC0415 - most ids are written out

    if find_schema(endpoint_id):
        return endpoint_id
    models = [model for model in list_models() if not model.is_gone]
    ids = [model.endpoint_id for model in models]
    if found := next((each for each in ids if each.casefold() == wanted), None):
        return found
    first = endpoint_id.partition("/")[0]
    if any(each.startswith(f"{first}/") for each in ids):
        return endpoint_id
    if found := next((each for each in ids if each.partition("/")[2].casefold() == wanted), None):
        return found
    if any(f"/{first.casefold()}/" in each.casefold() for each in ids):
        raise unknown_model(endpoint_id, models, "There is no such model.")
    return endpoint_id


def unknown_model(endpoint_id: str, models: Iterable[ListedModel], reason: str) -> UsageError:
    """Return the error for a model that does not exist, with the closest ones. ``reason`` is one sentence."""
    close = closest_models(endpoint_id, models)
    return _refusal(f"{model_ref(endpoint_id)}: {reason}", close, "model_unknown", consequence=NOTHING_SENT)


def closest_models(text: str, models: Iterable[ListedModel]) -> list[str]:
    """Return the ids that are most like a text, the closest first, at most `MAX_CLOSEST`."""
    import difflib  # noqa: PLC0415 - needed for mistakes only

    names: dict[str, str] = {}
    for model in models:
        if not model.is_gone:
            names.setdefault(model.endpoint_id.casefold(), model.endpoint_id)
            # Most owners are the same, and people leave them out.
            names.setdefault(model.endpoint_id.partition("/")[2].casefold(), model.endpoint_id)
    found = difflib.get_close_matches(text.casefold(), names, MAX_CLOSEST * 2, _CLOSE)
    return list(dict.fromkeys(names[name] for name in found))[:MAX_CLOSEST]


def _aliased(text: str, aliases: Mapping[str, str]) -> str | None:
    """Return the ref that the configuration gives this name, in any letter case."""
    return {name.casefold(): ref for name, ref in aliases.items()}.get(text.casefold()) if aliases else None


def _without_page(text: str) -> str:
    """Return the ref of an address, such as https://fal.ai/models/fal-ai/flux/dev/api; other text as it is."""
    host = text.casefold()
    page = re.fullmatch(_PAGE, text) if "fal.ai/" in host or "fal.run/" in host else None
    if page is None:
        return text
    parts = page[1].strip("/").split("/")
    if "requests" in parts[2:]:
        parts = parts[: parts.index("requests", 2)]  # what follows is the id of one request
    while len(parts) > 2 and parts[-1].lower() in _PAGE_PARTS:
        parts.pop()
    return model_ref("/".join(parts))


def _with_small_scheme(ref: str) -> str:
    first, slash, rest = ref.partition("/")
    return f"fal/{rest}" if slash and first.casefold() == "fal" else ref


def _resolve_name(name: str, models: Sequence[ListedModel], makes: OutputKind | None) -> str:
    current = [model for model in models if not model.is_gone]
    found = _models_named(name, current)
    if makes:
        found = [model for model in found if model.category.endswith(f"-to-{makes}")] or found
    ids = sorted((model.endpoint_id for model in found), key=lambda each: (each.count("/"), each))
    if len(ids) == 1:
        ids += _others_with_word(name, ids[0], current)
    if len(ids) == 1:
        return ids[0]
    if ids:
        message = f"{name!r} names {len(ids)} models, so it is not clear which one is meant."
        raise _refusal(message, ids, "model_ambiguous", search=name, consequence=NOTHING_SENT)
    message = f"{name!r} is not a model. Give fal/<endpoint id>, such as {model_ref(DEFAULT_IMAGE_MODEL)}."
    alike = [model for model in current if _slug(name) in _slug(model.endpoint_id)]
    if makes:
        alike = [model for model in alike if model.category.endswith(f"-to-{makes}")] or alike
    raise _refusal(message, closest_models(name, alike or current), "model_unknown", search=name if alike else "")


def _models_named(name: str, models: Iterable[ListedModel]) -> list[ListedModel]:
    """Return the models with a short name, by the first of these that gives any.

    The id without its owner; the title; the last part of the id; the first part after the owner, if several share it.
    """
    slug = _slug(name)
    words = slug.split("-")
    # Most models are passed over before a pattern is applied to them.
    alike = (model for model in models if all(word in f"{model.endpoint_id} {model.name}".casefold() for word in words))
    rows = [(model, model.endpoint_id.split("/")[1:]) for model in alike]
    rules: tuple[Callable[[ListedModel, list[str]], str], ...] = (
        lambda _model, parts: _slug("-".join(parts)),
        lambda model, _parts: _slug(model.name),
        lambda _model, parts: _slug(parts[-1]),
        lambda _model, parts: _slug(parts[0]),
    )
    for rule in rules:
        found = [model for model, parts in rows if parts and rule(model, parts) == slug]
        # The first part names a family; a model is not chosen because it is alone there.
        if found and (rule is not rules[-1] or len(found) > 1):
            return found
    return []


def _others_with_word(name: str, found: str, models: Iterable[ListedModel]) -> list[str]:
    """Return the other models that a word may mean which only says what a model does, such as ``upscale`` or ``tts``.

    A word that is the whole id after the owner names that model.
    """
    word = _slug(name)
    if "-" in word or _slug(found.partition("/")[2]) == word:
        return []
    ids = (model.endpoint_id for model in models)
    return [each for each in ids if each != found and word in _slug(each.partition("/")[2]).split("-")]


def _slug(text: str) -> str:
    """Return a name in small letters, with one hyphen for anything but letters, digits and dots."""
    return re.sub(r"[^a-z0-9.]+", "-", text.casefold()).strip("-")


def _refusal(message: str, ids: Sequence[str], code: str, *, search: str = "", consequence: str = "") -> UsageError:
    """Return an error whose hint has a model on each line, or how to find one."""
    shown = [model_ref(each) for each in ids[:MAX_CANDIDATES]]
    is_cut = len(shown) < len(ids) or not shown or bool(search and code == "model_unknown")
    find = [command("models list --search", search) if search else command("models list")] if is_cut else []
    return UsageError(message, consequence=consequence, hint="\n".join([*shown, *find]), code=code)
