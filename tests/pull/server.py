"""Web servers that answer as told, on this machine only."""

import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Server(ThreadingHTTPServer):
    """One that lets many wait."""

    daemon_threads = True
    request_queue_size = 128


@contextmanager
def serving(handler, certificate=None):
    """Serve with a handler's class; what was asked is in ``asked`` of what is yielded."""
    server = Server(("127.0.0.1", 0), handler)
    server.asked = []
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def of_folder(folder):
    """Return a handler that hands a folder out, and takes what is put there."""

    class Handler(SimpleHTTPRequestHandler):
        fail_after = 0

        def __init__(self, *arguments, **more):
            super().__init__(*arguments, directory=str(folder), **more)

        def do_GET(self):
            self.server.asked.append(f"GET {self.path}")
            super().do_GET()

        def do_PUT(self):
            self.server.asked.append(f"PUT {self.path}")
            path = folder / self.path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            failed = len([one for one in self.server.asked if one.startswith("PUT")]) <= type(self).fail_after
            self.send_response(500 if failed else 201)
            self.end_headers()

        def log_message(self, *_words):
            pass

    return Handler


def answering(answer):
    """Return a handler that answers everything by a function of itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            answer(self)

        def do_CONNECT(self):
            self.server.asked.append(f"CONNECT {self.path}")
            answer(self)

        def log_message(self, *_words):
            pass

    return Handler


def certificate(folder):
    """Return a file with a certificate for 127.0.0.1, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM))
    return path
