"""The certificates to trust. Imports no httpcore, so that they can be read while httpcore is imported."""

from __future__ import annotations

import os
import ssl
import threading
from contextlib import suppress
from importlib.machinery import PathFinder
from pathlib import Path

from openclaw_fal.core.errors import ConfigError


class Certificates:
    """Trusts SSL_CERT_FILE, else SSL_CERT_DIR, else certifi's list, and then the system's certificates.

    OpenSSL reads a list in 30 ms, without holding the interpreter's lock. The system's are read only for a server that
    certifi's list does not know, such as the proxy of a company that opens TLS.
    """

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None
        self._error: OSError | None = None
        self._thread: threading.Thread | None = None
        self._has_system_certificates = False

    def read_ahead(self) -> None:
        """Begin to read the certificates in a thread."""
        if self._thread is None:
            # Found here and not in the thread, where `lean_httpcore` could hide certifi at the same time.
            file, folder = _file_and_folder()
            self._thread = threading.Thread(target=self._read, args=(file, folder), daemon=True)
            self._thread.start()

    def context(self) -> ssl.SSLContext:
        """Return a context with the certificates. Raises `ConfigError` if they can't be loaded."""
        self.read_ahead()
        if self._thread is not None:
            self._thread.join()
        if self._context is None:
            reason = (self._error and self._error.strerror) or str(self._error)
            raise ConfigError(
                f"Can't load the certificates that SSL_CERT_FILE or SSL_CERT_DIR names: {reason}",
                code="certificates_invalid",
            ) from self._error
        return self._context

    def add_system_certificates(self) -> bool:
        """Trust the system's certificates as well, and return whether that changes anything."""
        if self._has_system_certificates or os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
            return False
        self._has_system_certificates = True
        with suppress(OSError, ValueError):  # on macOS, Python may know of none
            self.context().load_default_certs()
        return True

    def _read(self, file: str | None, folder: str | None) -> None:
        try:
            self._context = ssl.create_default_context(cafile=file, capath=folder)
        except OSError as error:
            self._error = error


def _file_and_folder() -> tuple[str | None, str | None]:
    """Return the file or the folder with the certificates; the other is ``None``."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file or folder:
        return (file, None) if file else (None, folder)
    return _list_of_certifi(), None


def _list_of_certifi() -> str:
    """Return the path of certifi's list, which is in its folder. Importing certifi and asking it takes 15 ms."""
    package = PathFinder.find_spec("certifi")
    if package and package.origin and os.path.isfile(found := Path(package.origin).with_name("cacert.pem")):
        return str(found)
    import certifi  # noqa: PLC0415 - one that keeps its list elsewhere

    return certifi.where()
