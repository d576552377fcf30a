"""A server that answers as it is told, byte for byte: what stands at the port of a laptop that has no WinRM, or a broken one."""

import contextlib
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

RESET = object()
HOLD = object()


class Scripted:
    """Listens on a port of its own; each request gets the next answer: bytes, RESET, or HOLD for silence."""

    def __init__(self, *answers, certificate=None, last=None):
        self.answers, self.last, self.requests = list(answers), last, []
        self.ended = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _serve(self):
        while not self.ended.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with contextlib.suppress(OSError), connection:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            while request := self._request(connection):
                self.requests.append(request)
                answer = self.answers.pop(0) if self.answers else self.last
                if answer is RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return
                if answer is HOLD or answer is None:
                    self.ended.wait(20)
                    return
                for piece in answer if isinstance(answer, list) else [answer]:
                    connection.sendall(piece)
                    if isinstance(answer, list) and self.ended.wait(0.05):
                        return
                if not isinstance(answer, list) and b"close" in answer[:300].lower():
                    return

    def _request(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            if not (piece := connection.recv(65536)):
                return data
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(fields.get(b"content-length", 0)):
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


def http(status, body=b"", *headers, length=None):
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


_SOAP = 'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"'
_FAULT = 'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"'
_WMI = 'xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/microsoft/windows/management/MSFT_WmiError"'


def fault(code, text="no"):
    """A fault in the form that most have."""
    detail = f'<f:WSManFault {_FAULT} Code="{code}" Machine="x"><f:Message>{text}</f:Message></f:WSManFault>'
    return _fault("s:Receiver", "w:InternalError", text, detail)


def quota(code, text="The maximum number of concurrent shells for this user has been exceeded."):
    """A fault in the other form, that of quotas."""
    fields = {
        "CIMStatusCode": 27,
        "Message": text,
        "MessageID": f"HRESULT 0x{code:08x}",
        "error_Category": 30,
        "error_Code": code,
    }
    inside = "".join(f"<p:{name}>{value}</p:{name}>" for name, value in fields.items())
    return _fault("s:Sender", "w:QuotaLimit", "quota", f"<p:MSFT_WmiError {_WMI}>{inside}</p:MSFT_WmiError>")


def _fault(side, subcode, text, detail):
    code = f"<s:Code><s:Value>{side}</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
    body = f'<s:Fault>{code}<s:Reason><s:Text xml:lang="">{text}</s:Text></s:Reason><s:Detail>{detail}</s:Detail></s:Fault>'
    return f"<s:Envelope {_SOAP}><s:Header/><s:Body>{body}</s:Body></s:Envelope>".encode()


def certificate(folder, name="127.0.0.1", common="LT-1", days=(-1, 1), spoilt=None):
    """Write a certificate that vouches for itself, with its key, some bytes of it spoilt; return its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = datetime.now(UTC)
    alternative = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{time.monotonic_ns()}.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    der = made.public_bytes(serialization.Encoding.DER)
    if spoilt:
        assert spoilt[0] in der
        der = der.replace(*spoilt)
    path.write_bytes(ssl.DER_cert_to_PEM_cert(der).encode() + private)
    return path
