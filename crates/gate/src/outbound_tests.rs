use super::*;

#[test]
fn what_is_not_the_internets_is_internal() {
    for internal in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.1.1",
        "198.19.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
    ] {
        assert!(is_internal(internal.parse().unwrap()), "{internal}");
    }
    for global in
        ["1.1.1.1", "100.63.255.255", "172.32.0.1", "192.167.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"]
    {
        assert!(!is_internal(global.parse().unwrap()), "{global}");
    }
}

#[test]
fn what_is_allowed_is_reached_and_nothing_beside_it() {
    let outbound = Outbound::new(&"10.1.0.0/16, ::1,192.168.7.7".parse().unwrap());
    for host in ["10.1.2.3", "[::1]", "192.168.7.7", "[::ffff:10.1.0.1]", "8.8.8.8", "example.com"] {
        assert!(outbound.may_reach(host), "{host}");
    }
    for host in ["10.2.0.1", "192.168.7.8", "127.0.0.1", "[::2]", "localhost", "LocalHost.", "a.localhost"] {
        assert!(!outbound.may_reach(host), "{host}");
    }
    assert!(Outbound::new(&"127.0.0.0/8".parse().unwrap()).may_reach("localhost"));
}

#[test]
fn what_is_no_network_is_refused_and_named() {
    for bad in ["10.0.0.0/33", "example.com", "10", "10.0.0.0/8/8", "::/200"] {
        let refusal = format!("127.0.0.1, {bad}").parse::<Networks>().unwrap_err();
        assert_eq!(refusal, InvalidNetwork(bad.to_owned()));
    }
    assert_eq!(" , ".parse(), Ok(Networks::default()));
}

#[test]
fn a_host_is_resolved_to_what_may_be_reached() {
    let allowed = Outbound::new(&"127.0.0.0/8, ::1".parse().unwrap());
    for (host, address) in [("127.0.0.1", "127.0.0.1:5432"), ("::1", "[::1]:5432")] {
        let found = allowed.resolve(host, 5432).unwrap();
        assert_eq!(found, Resolved { addresses: vec![address.parse().unwrap()], is_internal: true });
    }
    assert!(!allowed.resolve("8.8.8.8", 5432).unwrap().is_internal);
    for host in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "10.0.0.1"] {
        assert!(matches!(Outbound::default().resolve(host, 5432), Err(Unreached::Internal(_))), "{host}");
    }
    for host in ["", "a b", "8.8.8.8/x", "x@8.8.8.8", "8.8.8.8:80", "8.8.8.8#", "8.8.8.8?", "[::1]x"] {
        assert!(matches!(Outbound::default().resolve(host, 5432), Err(Unreached::Failed(_))), "{host}");
    }
}

#[test]
fn no_request_goes_to_an_internal_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "127.1"] {
        let refused = Outbound::default().post(&format!("http://{host}:{port}/"), &[], b"").unwrap_err();
        // Another resolver may not know the odd spellings.
        assert!(matches!(refused, Unreached::Internal(_) | Unreached::Failed(_)), "{host}: {refused}");
        assert!(listener.accept().is_err(), "{host} was reached");
    }
}
