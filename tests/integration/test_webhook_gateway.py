# SPDX-License-Identifier: Apache-2.0
"""The public door: only what Shopify signed comes in, all of that is durable before it is answered, nobody blocks it.

If this fails, strangers write into the shop's orders, or an order is lost after Shopify was told 200, or one slow
client keeps the others out, or Shopify deletes the subscription because its good deliveries were refused.
"""
import base64
import hashlib
import hmac
import json
import signal
import socket
import ssl
import subprocess
import time

import httpx
import pytest
from harness import wait_until

SHOP_PATH = "/webhooks/acme"
ORDER = {"id": 5123456789012345, "admin_graphql_api_id": "gid://shopify/Order/5123456789012345", "name": "#1001"}
TRIGGERED = "2026-11-24T12:00:00.123456789Z"


def sign(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def headers(secret: str, body: bytes, topic: str = "orders/create", **more) -> dict:
    return {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": sign(secret, body),
            "X-Shopify-Shop-Domain": "acme.myshopify.com", "X-Shopify-API-Version": "2026-10",
            "X-Shopify-Webhook-Id": "w-1", "X-Shopify-Event-Id": "e-1", "X-Shopify-Triggered-At": TRIGGERED, **more}


@pytest.fixture(scope="module")
def gateway(stack):
    return stack.start("webhook-gateway", options={"webhook-gateway.deadline_ms": 1500,
                                                   "webhook-gateway.ack_timeout_ms": 1500,
                                                   "webhook-gateway.body_max": 100_000})


@pytest.fixture(scope="module")
def secret(stack) -> str:
    return (stack.instance.etc / "webhook-secret").read_text().strip()


@pytest.fixture(scope="module")
def url(stack, gateway) -> str:
    return f"http://127.0.0.1:{stack.webhook_port}"


def stored(stack) -> list:
    return stack.consume("shopify-webhooks")


def metric(service, name: str, **labels) -> float:
    """The value of one series, 0 when it has not been touched."""
    for line in httpx.get(f"http://127.0.0.1:{service.port}/metrics").text.split("\n"):
        if line.startswith(name + "{") and all(f'{k}="{v}"' in line for k, v in labels.items()):
            return float(line.rsplit(" ", 1)[1])
    return 0


def test_a_signed_delivery_is_durable_as_it_came_when_it_is_answered(stack, url, secret):
    body = json.dumps(ORDER).encode()
    answer = httpx.post(url + SHOP_PATH, content=body, headers=headers(secret, body))
    assert (answer.status_code, answer.content) == (200, b"")
    [record] = stored(stack)
    assert record.key == "acme/Order/5123456789012345" and record.value == body
    assert record.headers.pop("received_at").endswith("Z")
    assert record.headers == {
        "x-shopify-topic": "orders/create", "x-shopify-shop-domain": "acme.myshopify.com",
        "x-shopify-api-version": "2026-10", "x-shopify-webhook-id": "w-1", "x-shopify-event-id": "e-1",
        "x-shopify-triggered-at": TRIGGERED}


@pytest.mark.parametrize("body, topic, key", [
    (b"this is not JSON \xff\x00", "orders/create", "acme/w-1"),
    (b'{"id": 7}', "something/new", "acme/w-1"),
    (b'{"order_edit": {"order_id": 9}}', "orders/edited", "acme/Order/9"),
    (b"", "app/uninstalled", "acme/w-1"),
], ids=["not-json", "unknown-topic", "edit", "empty"])
def test_whatever_is_signed_is_stored(stack, url, secret, body, topic, key):
    """Refusing it would be counted by Shopify against the subscription; judging it is the consumers' work."""
    before = len(stored(stack))
    answer = httpx.post(url + SHOP_PATH, content=body, headers=headers(secret, body, topic))
    assert answer.status_code == 200
    after = stored(stack)
    assert len(after) == before + 1
    assert (key, body) in [(r.key, r.value or b"") for r in after]


def test_no_wrong_signature_passes_and_nothing_of_it_is_written(stack, gateway, url, secret):
    """All 256 single-bit flips of the digest, and what else a header can be."""
    body = json.dumps(ORDER).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    wrong = []
    for bit in range(256):
        flipped = bytearray(digest)
        flipped[bit // 8] ^= 1 << bit % 8
        wrong.append(base64.b64encode(flipped).decode())
    wrong += ["", "x", sign(secret + "x", body), sign(secret, body)[:-1], digest.hex(),
              base64.b64encode(digest + b"\0").decode(), base64.b64encode(digest[:31]).decode()]
    before = len(stored(stack))
    with httpx.Client(base_url=url) as client:
        for value in wrong:
            answer = client.post(SHOP_PATH, content=body,
                                 headers=headers(secret, body, **{"X-Shopify-Hmac-Sha256": value}))
            assert answer.status_code == 401, value
        bare = headers(secret, body)
        del bare["X-Shopify-Hmac-Sha256"]
        assert client.post(SHOP_PATH, content=body, headers=bare).status_code == 401
        assert client.post(SHOP_PATH, content=body + b" ", headers=headers(secret, body)).status_code == 401
    assert len(stored(stack)) == before
    refused = metric(gateway, "millrace_webhooks_total", shop="acme", outcome="bad_signature") + \
        metric(gateway, "millrace_webhooks_total", shop="acme", outcome="missing_signature")
    assert refused == len(wrong) + 2


def test_an_address_that_is_no_shop_is_not_found(stack, url, secret):
    body = b"{}"
    before = len(stored(stack))
    for path in ("/webhooks/other", "/webhooks/", "/webhooks/acme/x", "/"):
        assert httpx.post(url + path, content=body, headers=headers(secret, body)).status_code == 404, path
    assert httpx.get(url + SHOP_PATH).status_code in (404, 405)
    assert len(stored(stack)) == before


def test_too_large_is_refused_and_the_connection_closed(stack, url, secret):
    body = b"x" * 100_001
    before = len(stored(stack))
    answer = httpx.post(url + SHOP_PATH, content=body, headers=headers(secret, body))
    assert answer.status_code == 413
    assert answer.headers.get("connection", "").lower() == "close"
    assert len(stored(stack)) == before


def raw_head(secret: str, body: bytes) -> bytes:
    lines = [f"POST {SHOP_PATH} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
    lines += [f"{k}: {v}" for k, v in headers(secret, body).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def drip(stack, head: bytes, tail: bytes) -> float:
    """Sends head, then tail byte by byte; how long the server bears it."""
    with socket.create_connection(("127.0.0.1", stack.webhook_port)) as client:
        client.settimeout(0.2)
        client.sendall(head)
        began = time.monotonic()
        for byte in tail:
            try:
                client.sendall(bytes([byte]))
                answer = client.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
            assert answer == b"" or answer.startswith(b"HTTP/1.1 408"), answer
            break
        else:
            pytest.fail("the server waited for the last byte")
        return time.monotonic() - began


def test_a_client_that_drips_is_cut_at_an_absolute_deadline(stack, url, secret):
    """One byte every 200 ms resets any time-out of inactivity; neither in the headers nor in the body may it help."""
    body = b"x" * 1000
    assert drip(stack, b"", raw_head(secret, body)) < 4
    assert drip(stack, raw_head(secret, body), body) < 4
    assert httpx.post(url + SHOP_PATH, content=body, headers=headers(secret, body)).status_code == 200


def test_a_hundred_dripping_clients_keep_nobody_out(stack, url, secret):
    clients = [socket.create_connection(("127.0.0.1", stack.webhook_port)) for _ in range(100)]
    try:
        for client in clients:
            client.sendall(b"POST /webhooks/acme HTTP/1.1\r\nX-Slow: ")
        body = b"{}"
        with httpx.Client(base_url=url) as good:
            for _ in range(20):
                assert good.post(SHOP_PATH, content=body, headers=headers(secret, body)).status_code == 200
    finally:
        for client in clients:
            client.close()


@pytest.fixture
def second(stack):
    """A gateway of its own for one test, on its own port."""
    started = []

    def start(port: int, options: dict, config=None):
        normal = stack.config
        stack.config = config or normal
        try:
            started.append(stack.start("webhook-gateway", slot=len(started) + 1,
                                       options={"webhook-gateway.port": port, "group.instance": 0, **options}))
        finally:
            stack.config = normal
        return started[-1]
    yield start
    for service in started:
        if service.alive:
            assert service.stop() == 0


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_while_kafka_is_away_the_answer_is_503_in_time(stack, second, secret):
    """A 200 would lose the order; no answer within Shopify's 5 s would count as failure anyway."""
    config = stack.instance.etc / "no-kafka.ini"
    config.write_text(stack.config.read_text().replace(stack.address["kafka"],
                                                       f"127.0.0.1:{free_port()}\nmessage.timeout.ms = 2000"))
    port = free_port()
    service = second(port, {"webhook-gateway.ack_timeout_ms": 700}, config)
    body = json.dumps(ORDER).encode()
    began = time.monotonic()
    answer = httpx.post(f"http://127.0.0.1:{port}{SHOP_PATH}", content=body, headers=headers(secret, body))
    assert answer.status_code == 503
    assert 0.6 < time.monotonic() - began < 3
    assert metric(service, "millrace_webhooks_total", outcome="unacknowledged") == 1
    ready = f"http://127.0.0.1:{service.port}/readyz"
    assert httpx.get(ready).status_code == 503
    # unready for ever, it would never get the delivery that proves it well again
    wait_until(lambda: httpx.get(ready).status_code == 200, 10, "another chance")
    bad = headers(secret, body, **{"X-Shopify-Hmac-Sha256": sign("other", body)})
    assert httpx.post(f"http://127.0.0.1:{port}{SHOP_PATH}", content=body, headers=bad).status_code == 401


def test_both_secrets_are_good_while_one_is_being_replaced(stack, second, secret):
    previous = stack.instance.etc / "webhook-secret-previous"
    previous.write_text("the-old-one\n")
    port = free_port()
    second(port, {"shop.acme.webhook_secret_previous_file": previous})
    body = b"{}"
    for key, status in ((secret, 200), ("the-old-one", 200), ("the-old-one\n", 401), ("", 401)):
        answer = httpx.post(f"http://127.0.0.1:{port}{SHOP_PATH}", content=body, headers=headers(key, body))
        assert answer.status_code == status, key


def subscribe(stack, uri: str) -> None:
    query = '''mutation { webhookSubscriptionCreate(topic: PRODUCTS_UPDATE, webhookSubscription: { uri: "%s" }) {
        webhookSubscription { id } userErrors { message } } }''' % uri
    token = (stack.instance.etc / "token").read_text().strip()
    answer = httpx.post(f"http://127.0.0.1:{stack.sandbox_port}/admin/api/2026-10/graphql.json", json={"query": query},
                        headers={"X-Shopify-Access-Token": token}).json()
    assert answer["data"]["webhookSubscriptionCreate"]["userErrors"] == [], answer


def deliver(stack, product: dict, title: str) -> dict:
    """The shop changes a product; what became of its delivery."""
    known = {d["id"] for d in stack.sandbox.get("webhooks")["deliveries"]}
    answer = stack.sandbox._http.put(f"/control/products/{product['id']}", json={"title": title})
    assert answer.is_success, answer.text
    return wait_until(lambda: next((d for d in stack.sandbox.get("webhooks")["deliveries"] if d["id"] not in known
                                    and d["topic"] == "products/update" and d["last_status"]), None), 20, "an answer")


def test_a_shop_that_rotates_its_secret_loses_nothing(stack, second, secret):
    """Breaks when deliveries are refused while the secret changes: Shopify would delete the subscription."""
    stack.sandbox.post("seed", {"seed": 3, "products": 1, "locations": [{"name": "Online"}]})
    product = stack.sandbox.get("state")["products"][0]
    new, previous = stack.instance.etc / "webhook-secret-new", stack.instance.etc / "webhook-secret-before"
    new.write_text("the-new-one")
    previous.write_text(secret)
    port = free_port()
    subscribe(stack, f"http://127.0.0.1:{port}{SHOP_PATH}")
    both = {"shop.acme.webhook_secret_file": new, "shop.acme.webhook_secret_previous_file": previous}
    rotating = second(port, both)
    assert deliver(stack, product, "signed by the old secret")["last_status"] == 200
    stack.sandbox.post("secret", {"secret": "the-new-one"})
    assert deliver(stack, product, "signed by the new secret")["last_status"] == 200
    assert rotating.stop() == 0
    rotated = second(port, {"shop.acme.webhook_secret_file": new})
    stack.sandbox.post("secret", {"secret": secret})
    assert deliver(stack, product, "signed by the secret of before")["last_status"] == 401
    stack.sandbox.post("secret", {"secret": "the-new-one"})
    assert deliver(stack, product, "signed by the only secret")["last_status"] == 200
    assert metric(rotated, "millrace_webhooks_total", shop="acme", outcome="bad_signature") == 1
    titles = [r.json["title"] for r in stored(stack) if r.key == f"acme/Product/{product['id']}"]
    assert titles == ["signed by the old secret", "signed by the new secret", "signed by the only secret"]


def test_another_shop_of_the_same_app_is_not_let_in(stack, second, secret):
    """One app has one secret for all its shops; only the configured domain tells them apart."""
    port = free_port()
    second(port, {"shop.acme.domain": "acme.myshopify.com"})
    body = b"{}"
    address = f"http://127.0.0.1:{port}{SHOP_PATH}"
    assert httpx.post(address, content=body, headers=headers(secret, body)).status_code == 200
    before = len(stored(stack))
    other = headers(secret, body, **{"X-Shopify-Shop-Domain": "other.myshopify.com"})
    assert httpx.post(address, content=body, headers=other).status_code == 403
    assert len(stored(stack)) == before


def test_with_certificate_and_key_it_speaks_tls(stack, second, secret):
    key, certificate = stack.instance.etc / "tls.key", stack.instance.etc / "tls.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    port = free_port()
    second(port, {"webhook-gateway.tls_cert_file": certificate, "webhook-gateway.tls_key_file": key})
    body = b"{}"
    trusted = ssl.create_default_context(cafile=str(certificate))
    answer = httpx.post(f"https://127.0.0.1:{port}{SHOP_PATH}", content=body, headers=headers(secret, body),
                        verify=trusted)
    assert answer.status_code == 200


def test_asked_to_stop_it_finishes_what_has_begun(stack, second, secret):
    port = free_port()
    service = second(port, {})
    body = json.dumps(ORDER).encode()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(10)
        client.sendall(raw_head(secret, body) + body[:5])
        wait_until(lambda: metric(service, "process_start_time_seconds") >= 0, 5)
        time.sleep(0.3)
        service.kill(signal.SIGTERM)
        time.sleep(0.3)
        client.sendall(body[5:])
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
    assert service.wait(10) == 0
    service.stop()


def test_the_secret_is_nowhere_to_be_read(stack, gateway, secret):
    text = gateway.log.read_text() + httpx.get(f"http://127.0.0.1:{gateway.port}/metrics").text
    assert secret not in text and "#1001" not in text
