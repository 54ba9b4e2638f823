"""Webhooks: addresses that are told how deployments ended, and what is said to each kind of them. Pure.

Signs: https://open.dingtalk.com/document/robots/customize-robot-security-settings, and of Feishu
https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot; ours is `sha256=` and the HMAC of `TIMESTAMP.BODY`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from buildpacks.errors import Refused
from buildsvc.model.deployment import Deployment

KINDS = ("json", "dingtalk", "wecom", "feishu")
_KEYS = {"url", "kind", "secret", "applications"}


@dataclass(frozen=True)
class Webhook:
    """`secret` signs what is sent, empty: nothing does. `applications` empty: all of them."""

    name: str
    url: str
    kind: str = "json"
    secret: str = ""
    applications: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """What may be shown of the address: the rest of it is a secret with some."""
        return urlsplit(self.url).hostname or ""

    def wants(self, deployment: Deployment) -> bool:
        return not self.applications or deployment.application in self.applications


@dataclass(frozen=True)
class Sending:
    """One request, ready to be sent."""

    url: str
    body: bytes
    headers: Mapping[str, str]


def read(document: Mapping[str, Any]) -> tuple[Webhook, ...]:
    """Read tables of TOML, one a webhook, by its name. Raises Refused `bad-webhook`."""
    return tuple(_one(name, table) for name, table in document.items())


def sending(hook: Webhook, ended: Deployment, text: str, seconds: int) -> Sending:
    """Put together what `hook` is sent of a deployment: `text` in words, `seconds` is now, since 1970."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    told: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
    url = hook.url
    if hook.kind == "dingtalk" and hook.secret:
        stamp = str(seconds * 1000)
        sign = base64.b64encode(_hmac(hook.secret.encode(), f"{stamp}\n{hook.secret}".encode())).decode()
        url = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode({'timestamp': stamp, 'sign': sign})}"
    if hook.kind == "feishu":
        told = {"msg_type": "text", "content": {"text": text}}
        if hook.secret:
            sign = base64.b64encode(_hmac(f"{seconds}\n{hook.secret}".encode(), b"")).decode()
            told |= {"timestamp": str(seconds), "sign": sign}
    if hook.kind == "json":
        told = _facts(ended) | {"text": text}
    body = json.dumps(told, ensure_ascii=False).encode()
    if hook.kind == "json" and hook.secret:
        signed = _hmac(hook.secret.encode(), f"{seconds}.".encode() + body).hex()
        headers |= {"X-Buildsvc-Timestamp": str(seconds), "X-Buildsvc-Signature": f"sha256={signed}"}
    return Sending(url, body, headers)


def was_taken(hook: Webhook, status: int, answer: bytes) -> bool:
    """Whether it was taken: some answer 200 to what they refuse, and say so in their answer."""
    if not 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls successful
        return False
    if hook.kind == "json":
        return True
    try:
        told = json.loads(answer)
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("errcode", told.get("code", told.get("StatusCode"))) == 0


def _facts(ended: Deployment) -> dict[str, Any]:
    return {
        "deployment": ended.id,
        "application": ended.application,
        "component": ended.component,
        "cause": ended.cause,
        "phase": ended.phase,
        "release": ended.release,
        "actor": ended.actor,
        "created": ended.created.isoformat(),
        "ended": ended.ended.isoformat() if ended.ended else None,
        "error": ended.error_code,
        "message": ended.error_message,
    }


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _one(name: str, table: Any) -> Webhook:
    if not isinstance(table, Mapping) or not set(table) <= _KEYS:
        raise Refused("bad-webhook", name=name, keys=sorted(_KEYS))
    kind, url, applications = table.get("kind", "json"), table.get("url", ""), table.get("applications", ())
    secret = table.get("secret", "")
    if kind not in KINDS:
        raise Refused("bad-webhook.kind", name=name, kinds=list(KINDS))
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise Refused("bad-webhook.url", name=name)
    texts = [secret, *applications] if isinstance(applications, list | tuple) else [None]
    if not all(isinstance(one, str) for one in texts):
        raise Refused("bad-webhook", name=name, keys=sorted(_KEYS))
    return Webhook(name, url, kind, secret, tuple(applications))
