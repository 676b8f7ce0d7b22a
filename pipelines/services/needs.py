"""What a service needs before it can be built: a key, or packages that are optional."""

from importlib.util import find_spec

from pydantic import SecretStr

from pipelines.services.errors import MissingExtraError, MissingKeyError
from pipelines.settings import Settings


def key(settings: Settings, name: str) -> str:
    """The secret called `name` in the settings, e.g. "deepgram_api_key".

    Raises:
        MissingKeyError: it is not set.
    """
    secret: SecretStr | None = getattr(settings, name)
    if secret is None:
        raise MissingKeyError(f"{name.upper()} is not set")
    return secret.get_secret_value()


def extra(name: str, *packages: str) -> None:
    """Make sure that the packages of the optional dependency `name` can be imported.

    Raises:
        MissingExtraError: one of them cannot.
    """
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise MissingExtraError(
            f"{name} needs the package {', '.join(missing)}, which is not installed; "
            f"install it with `uv sync --extra {name}`"
        )
