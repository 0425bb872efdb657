//! The client of a request, by address.
//!
//! The address is the peer's. Only if the peer is a proxy that the operator trusts does the one header
//! count that this proxy writes; the chain in it is read from its end, past further trusted proxies,
//! since whatever stands before may have been written by the client. The other header is not read at
//! all: a proxy that does not write it lets a client's own through.

use actix_web::HttpRequest;
use actix_web::dev::ServiceRequest;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// The header in which a proxy names the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies that are trusted.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Their addresses.
    pub trusted: Vec<IpNet>,
    /// The header that they write.
    pub header: ProxyHeader,
}

impl Proxies {
    /// Reads an address or a range of them, such as `10.0.0.0/8`.
    #[must_use]
    pub fn range(text: &str) -> Option<IpNet> {
        text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|range| range.contains(&address))
    }

    /// The client's address; the unspecified one if the connection has none.
    pub(crate) fn client(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
        let name = match self.header {
            ProxyHeader::XForwardedFor => "x-forwarded-for",
            ProxyHeader::Forwarded => "forwarded",
        };
        let lines = request.headers().get_all(name).filter_map(|value| value.to_str().ok());
        let chain: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        self.read(peer.to_canonical(), &chain)
    }

    fn read(&self, peer: IpAddr, chain: &[&str]) -> IpAddr {
        let mut found = peer;
        for step in chain.iter().rev() {
            if !self.trusts(found) {
                break;
            }
            let address = match self.header {
                ProxyHeader::XForwardedFor => address(step.trim()),
                ProxyHeader::Forwarded => step.split(';').find_map(|pair| {
                    let (name, value) = pair.split_once('=')?;
                    name.trim().eq_ignore_ascii_case("for").then(|| address(value.trim()))?
                }),
            };
            // Behind an entry that cannot be read, nothing is known of the entries before it.
            let Some(address) = address else { break };
            found = address.to_canonical();
        }
        found
    }
}

/// An address, with or without quotes, brackets and port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split(']').next()?.parse().ok();
    }
    text.parse().ok().or_else(|| text.rsplit_once(':')?.0.parse().ok())
}

/// Whether any header shows that a request came through a proxy.
pub(super) fn is_forwarded(request: &ServiceRequest) -> bool {
    let names = [
        "forwarded",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
    ];
    names.iter().any(|name| request.headers().contains_key(*name))
}

/// The address that one client is counted by: an IPv4 address, or the network that a household has of IPv6.
pub(crate) fn client_network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: ProxyHeader, peer: &str, chain: &str) -> Option<String> {
        let trusted = ["10.0.0.0/8", "::1"].into_iter().filter_map(Proxies::range).collect();
        let proxies = Proxies { trusted, header };
        let chain: Vec<&str> = chain.split(',').collect();
        Some(proxies.read(peer.parse().ok()?, &chain).to_string())
    }

    #[test]
    fn a_header_counts_only_from_a_trusted_proxy_and_from_its_end() {
        let (plain, full) = (ProxyHeader::XForwardedFor, ProxyHeader::Forwarded);
        for (header, peer, chain, client) in [
            (plain, "203.0.113.9", "198.51.100.1", "203.0.113.9"),
            (plain, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
            (plain, "10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
            (plain, "10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
            (plain, "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            (plain, "10.0.0.1", "1.1.1.1, rubbish", "10.0.0.1"),
            (plain, "10.0.0.1", "", "10.0.0.1"),
            (plain, "::1", "198.51.100.1:4711", "198.51.100.1"),
            (plain, "::1", "::ffff:198.51.100.1", "198.51.100.1"),
            (full, "10.0.0.1", "for=198.51.100.1;proto=https", "198.51.100.1"),
            (full, "10.0.0.1", "for=1.1.1.1, proto=https; For=\"[2001:db8::1]:80\"", "2001:db8::1"),
            (full, "10.0.0.1", "for=_hidden", "10.0.0.1"),
        ] {
            assert_eq!(read(header, peer, chain).as_deref(), Some(client), "{peer} {chain}");
        }
    }

    #[test]
    fn a_household_is_counted_once() {
        let of = |text: &str| text.parse().map(client_network).map(|a: IpAddr| a.to_string());
        assert_eq!(of("2001:db8:1:2:3::4").as_deref(), Ok("2001:db8:1:2::"));
        assert_eq!(of("198.51.100.1").as_deref(), Ok("198.51.100.1"));
    }
}
