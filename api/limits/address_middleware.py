"""Notes where each request comes from, and refuses what is too much from one address."""

from collections.abc import Callable, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from api.limits.address import Network, client_address
from api.limits.limiter import Limiter
from api.limits.refusal import Refusal

_UNKNOWN = "local"
"""A socket without an address is one of this machine."""

Refuse = Callable[[Scope, Refusal], ASGIApp]


class AddressLimit:
    """ASGI middleware. Routes find the address as `request.state.address`."""

    def __init__(self, app: ASGIApp, limiter: Limiter, proxies: Sequence[Network], refuse: Refuse) -> None:
        self._app = app
        self._limiter = limiter
        self._proxies = proxies
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = _address(scope, self._proxies)
        scope.setdefault("state", {})["address"] = address
        refusal = self._limiter.refuse_address(address)
        if refusal is not None:
            await self._refuse(scope, refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _address(scope: Scope, proxies: Sequence[Network]) -> str:
    peer = scope.get("client")
    if not peer:
        return _UNKNOWN
    if not proxies:
        return client_address(peer[0], (), ())
    forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return client_address(peer[0], forwarded, proxies)
