"""Where a request comes from, as far as it can be believed."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from corpus.errors import Invalid

Network = IPv4Network | IPv6Network

_SITE_BITS = 64
"""Whoever has one IPv6 address has as many as this leaves."""


class BadNetwork(Invalid):
    def __init__(self, said: str) -> None:
        super().__init__(
            f"“{said}” is no address or network. Write 10.0.0.7 or 10.0.0.0/8 in GROUNDWORK_TRUSTED_PROXIES."
        )


def networks_of(said: Sequence[str]) -> tuple[Network, ...]:
    """Raises `BadNetwork`."""
    return tuple(map(_network, said))


def client_address(peer: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """The peer, or for whom trusted proxies say that they ask: the last address before theirs.

    `forwarded` are the values of `X-Forwarded-For` in order. Everything left of that address is what anybody may write.
    """
    address = _parsed(peer)
    if not _is_among(address, proxies):
        return peer if address is None else str(address)
    for said in reversed(",".join(forwarded).split(",")):
        before = _parsed(_without_port(said.strip()))
        if before is None:
            break
        address = before
        if not _is_among(address, proxies):
            break
    return str(address)


def address_key(address: str) -> str:
    """What is counted together: one IPv4 address, or the IPv6 network that one site has."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed) >> _SITE_BITS << _SITE_BITS, _SITE_BITS)))
    return address


def _network(said: str) -> Network:
    try:
        return ip_network(said.strip(), strict=False)
    except ValueError as error:
        raise BadNetwork(said) from error


def _parsed(said: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(said.partition("%")[0])
    except ValueError:
        return None
    # An IPv4 client of a socket that listens for both.
    return getattr(address, "ipv4_mapped", None) or address


def _is_among(address: IPv4Address | IPv6Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _without_port(said: str) -> str:
    if said.startswith("["):
        return said[1:].partition("]")[0]
    return said.partition(":")[0] if said.count(":") == 1 else said
