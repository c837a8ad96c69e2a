"""A subscriber: a web server on this machine that remembers what it is sent, and answers as it is told."""

import json
import threading
import urllib.request
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from server import PATIENCE, wait_until


@dataclass(frozen=True)
class Sent:
    """A request that came."""

    path: str
    headers: dict
    body: str

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return self.headers["x-amz-sns-message-type"]


class Webhook:
    def __init__(self, port: int = 0):
        self.got: list[Sent] = []
        self.answers: deque[int] = deque()
        """Statuses of the next answers; then 200."""
        self.closed = False
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                if webhook.closed:  # On a connection from before.
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                webhook.got.append(Sent(self.path, headers, body))
                status = webhook.answers.popleft() if webhook.answers else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{webhook.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self.closed = True
        self.server.shutdown()
        self.server.server_close()

    def of_type(self, kind: str) -> list[Sent]:
        return [sent for sent in self.got if sent.type == kind]

    def wait_for(self, kind: str, count: int = 1) -> list[Sent]:
        return wait_until(
            lambda: found if len(found := self.of_type(kind)) >= count else None, f"{count} of type {kind}"
        )

    def messages(self, count: int) -> list[str]:
        """The texts of the first notifications, once there are so many."""
        return [sent.json["Message"] for sent in self.wait_for("Notification", count)]


@contextmanager
def webhook(port: int = 0):
    made = Webhook(port)
    try:
        yield made
    finally:
        made.close()


def visit(url: str) -> int:
    """Opens a link as people and programs do, unsigned; its status."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
