"""An HTTP server in Python that logs each request in memory.

    python3 server.py PORT leak|ring

leak: a list that only grows; ring: its twin, which fills once and is used again.
"""
import http.server
import sys

port, mode = int(sys.argv[1]), sys.argv[2]
SLOTS = 300
log = [None] * SLOTS if mode == "ring" else []
requests = 0


def record(text):
    global requests
    requests += 1
    if mode == "ring":
        log[requests % SLOTS] = text
    else:
        log.append(text)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # An answer in one piece: two of them would wait for each other on the wire.

    def do_GET(self):
        record(f"{requests} {self.path} {self.headers} ".ljust(4096))
        body = b"recorded\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
