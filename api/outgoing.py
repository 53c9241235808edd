"""Which machines may be asked: names are resolved here, and the result is checked before anything connects."""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from ingestion.web_client import SCHEMES, NotAllowed, NotReached

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], list[str]]

_EMBEDDING_IPV4 = IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class OutgoingRules:
    """`hosts`: names, or `.example.org` for all below; None where any public host may be asked.

    `private`: hosts and networks (`wiki.corp`, `10.1.0.0/16`) that may be asked although they are not public.
    """

    hosts: frozenset[str] | None = None
    private: frozenset[str] = frozenset()
    resolve: Resolve = resolve

    def allows_host(self, host: str) -> bool:
        host = host.lower().rstrip(".")
        if self.hosts is None:
            return True
        return any(host == name or (name.startswith(".") and host.endswith(name)) for name in self.hosts)

    def checked_address(self, address: str, scheme: str, host: str | None, port: int) -> str:
        """The network address to connect to. All that a name resolves to must be allowed, and the first is taken.

        Raises `NotAllowed` or `NotReached`; `address` is what they name.
        """
        if scheme not in SCHEMES:
            raise NotAllowed(address, f"only {' and '.join(sorted(SCHEMES))} are.")
        if not host:
            raise NotAllowed(address, "it names no host.")
        if not self.allows_host(host):
            raise NotAllowed(address, f"the host {host} is not one of those allowed.")
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NotReached(address, f"the name {host} is not known.") from error
        if not found:
            raise NotReached(address, f"the name {host} has no address.")
        for resolved in found:
            if not self._allows_address(host, ip_address(resolved.partition("%")[0])):
                raise NotAllowed(
                    address,
                    f"{host} is on this machine or in a private network. GROUNDWORK_OUTGOING_PRIVATE can allow that.",
                )
        return found[0]

    def _allows_address(self, host: str, address: Address) -> bool:
        return is_public(address) or host.lower().rstrip(".") in self.private or _in_any(address, self.private)


def is_public(address: Address) -> bool:
    """Whether an address is one that anybody may reach, also where it hides in an IPv6 one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None or address.teredo is not None:
            return False
        if address in _EMBEDDING_IPV4:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast


def _in_any(address: Address, allowed: Sequence[str] | frozenset[str]) -> bool:
    plain = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
    for name in allowed:
        try:
            network = ip_network(name, strict=False)
        except ValueError:
            continue  # the name of a host
        if plain.version == network.version and plain in network:
            return True
    return False
