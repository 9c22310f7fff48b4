"""Whom to trust. Does without httpx, so that it can begin before that is imported."""

from __future__ import annotations

import os
import ssl
import threading

from openclaw_fal.core.errors import ConfigError


class Certificates:
    """The authorities that may vouch for a server: SSL_CERT_FILE, else SSL_CERT_DIR, else httpx's own list.

    Reading them takes 14 ms, during which OpenSSL lets the interpreter run: time enough to import half of httpx.
    """

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None
        self._trouble: OSError | None = None
        self._thread: threading.Thread | None = None

    def read_ahead(self) -> None:
        """Begin to read, for whoever is going to need them."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._read, daemon=True)
            self._thread.start()

    def context(self) -> ssl.SSLContext:
        """Return the context; raise `ConfigError` when the certificates can't be read."""
        self.read_ahead()
        if self._thread is not None:
            self._thread.join()
        if self._context is None:
            reason = (self._trouble and self._trouble.strerror) or str(self._trouble)
            raise ConfigError(
                f"The certificates named by SSL_CERT_FILE or SSL_CERT_DIR can't be loaded: {reason}",
                code="certificates_invalid",
            ) from self._trouble
        return self._context

    def _read(self) -> None:
        try:
            file, folder = _chosen()
            self._context = ssl.create_default_context(cafile=file, capath=folder)
        except OSError as error:
            self._trouble = error


def _chosen() -> tuple[str | None, str | None]:
    """Return the file or the folder to read."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file or folder:
        return (file, None) if file else (None, folder)
    import certifi  # noqa: PLC0415 - who names certificates needs no list of them

    return certifi.where(), None
