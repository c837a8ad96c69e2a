//! Networks in conditions.
//!
//! RFCs: <https://www.rfc-editor.org/rfc/rfc1918>, <https://www.rfc-editor.org/rfc/rfc4193>,
//! <https://www.rfc-editor.org/rfc/rfc3927>.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::place::Found;
use super::view::View;
use crate::condition::operators::Test;
use crate::condition::values::parse_network;

const V4: fn(u8, u8) -> IpAddr = |one, two| IpAddr::V4(Ipv4Addr::new(one, two, 0, 0));
const V6: fn(u16) -> IpAddr = |one| IpAddr::V6(Ipv6Addr::new(one, 0, 0, 0, 0, 0, 0, 0));

/// Whether no address of the network is one of the Internet's.
fn is_private(network: &IpNet) -> bool {
    let private = [
        (V4(10, 0), 8),
        (V4(172, 16), 12),
        (V4(192, 168), 16),
        (V4(169, 254), 16),
        (V4(127, 0), 8),
        (V6(0xfc00), 7),
        (V6(0xfe80), 10),
    ];
    private
        .into_iter()
        .any(|(address, length)| IpNet::new(address, length).is_ok_and(|private| private.contains(network)))
}

/// Where the networks of `aws:SourceIp` are private: all of them, or some; under `IpAddress`, or `NotIpAddress`.
pub(super) fn private(view: &View, found: &mut Found, negated: bool, all: bool) {
    for (_, asked) in view.asked().filter(|(_, asked)| asked.is("aws:SourceIp")) {
        let of_operator = |wanted: bool| {
            asked.parsed.is_some_and(|(_, operator, _)| operator.test == Test::InNetwork && operator.negated == wanted)
        };
        if !of_operator(negated) {
            continue;
        }
        let networks = || asked.values.iter().filter_map(|text| Some((text.at, parse_network(text.text)?)));
        let places: Vec<usize> = networks().filter(|(_, network)| is_private(network)).map(|(at, _)| at).collect();
        let only = places.len() == networks().count();
        let details = match (all, negated) {
            (true, false) => "These addresses are private, and aws:SourceIp is never one: the condition never holds.",
            (true, true) => "These addresses are private, and aws:SourceIp is never one: the condition always holds.",
            (false, _) => {
                "Some of the addresses are private, and aws:SourceIp is never one. Use aws:VpcSourceIp for them."
            }
        };
        if !places.is_empty() && only == all {
            found.at_all(places, details);
        }
    }
}

/// Bits behind the mask.
pub(super) fn improve_range(view: &View, found: &mut Found) {
    let under = view.asked().map(|(_, asked)| asked);
    let under = under.filter(|asked| asked.parsed.is_some_and(|(_, operator, _)| operator.test == Test::InNetwork));
    for text in under.flat_map(|asked| &asked.values).filter(|text| text.text.contains('/')) {
        if let Some(network) = parse_network(text.text)
            && network.addr() != network.network()
        {
            found.at(text.at, format!("The bits behind the mask count for nothing. Write {}.", network.trunc()));
        }
    }
}
