use super::*;

#[test]
fn numbers_compare_exactly() {
    let ascending = [
        "-1e30",
        "-12",
        "-1.5",
        "-1.4999999999999999999999",
        "-0.001",
        "0",
        "1e-20",
        "0.1",
        "0.10000000000000000001",
        "1",
        "9007199254740992",
        "9007199254740993",
        "1e30",
        "99999999999999999999999999999999999999",
    ];
    for (index, left) in ascending.iter().enumerate() {
        for (other, right) in ascending.iter().enumerate() {
            let (left, right) = (Number::parse(left).expect(left), Number::parse(right).expect(right));
            assert_eq!(left.cmp(&right), index.cmp(&other), "{left:?} {right:?}");
        }
    }
    for (left, right) in [("1", "1.0"), ("100", "1e2"), ("-0", "0.00"), ("0.5", "5e-1"), ("+7", "007"), ("0e9", "0")] {
        assert_eq!(Number::parse(left), Number::parse(right), "{left} {right}");
        assert!(Number::parse(left).is_some(), "{left}");
    }
}

#[test]
fn what_is_no_number() {
    let too_long = "1".repeat(39);
    for text in
        ["", " 1", "1 ", "1.", ".5", "-", "1e", "1e+", "0x1", "1,5", "--1", "1e99999", "NaN", "${a:b}", &too_long]
    {
        assert_eq!(Number::parse(text), None, "{text}");
    }
}

/// The formats of the W3C's note, with the same instant as epoch seconds.
#[test]
fn dates_in_all_formats() {
    let same = [
        ("2020", "1577836800"),
        ("2020-02", "1580515200"),
        ("2020-02-29", "1582934400"),
        ("2020-02-29T12:30Z", "1582979400"),
        ("2020-02-29T12:30:15Z", "1582979415"),
        ("2020-02-29T12:30:15.25Z", "1582979415.25"),
        ("2020-02-29T12:30:15+05:30", "1582959615"),
        ("2020-02-29T12:30:15-01:00", "1582983015"),
        ("1969-12-31T23:59:59.5Z", "-0.5"),
        ("1970-01-01T00:00:00Z", "0"),
        ("1970-01-01T00:00:20Z", "20"),
        ("1970-01-01T00:00:01.5Z", "1.50"),
    ];
    for (date, epoch) in same {
        assert!(parse_date(date).is_some(), "{date}");
        assert_eq!(parse_date(date), parse_date(epoch), "{date}");
    }
}

#[test]
fn what_is_no_date() {
    let texts = [
        "",
        "2020-13",
        "2021-02-29",
        "2020-1-1",
        "2020-01-01T",
        "2020-01-01T00Z",
        "2020-01-01T00:00:00",
        "2020-01-01T24:00Z",
        "2020-01-01T00:60Z",
        "2020-01-01 00:00:00Z",
        "2020-01-01T00:00:00+0100",
        "01/02/2020",
        "2020-01-01T00:00:00.Z",
        "2020-01-01T00:00:00Zx",
        "now",
        "1e9",
        "üü",
        "éé-éé",
        "20*",
        "+2020",
    ];
    for text in texts {
        assert_eq!(parse_date(text), None, "{text}");
    }
}

#[test]
fn networks_and_addresses() {
    let cases = [
        ("203.0.113.0/24", "203.0.113.255", true),
        ("203.0.113.0/24", "203.0.114.0", false),
        ("203.0.113.7", "203.0.113.7", true),
        ("203.0.113.7", "203.0.113.8", false),
        ("203.0.113.7/24", "203.0.113.9", true),
        ("0.0.0.0/0", "255.255.255.255", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "203.0.113.7", false),
        ("::/0", "2001:db8::1", true),
        ("2001:DB8:1234:5678::/64", "2001:0db8:1234:5678:0:0:0:1", true),
        ("2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", false),
        ("2001:db8::1", "2001:0DB8:0000::0001", true),
        ("203.0.113.0/24", "::ffff:203.0.113.9", true),
        ("::ffff:203.0.113.0/120", "203.0.113.9", true),
    ];
    for (network, address, expected) in cases {
        let network = parse_network(network).expect(network);
        let address = parse_address(address).expect(address);
        assert_eq!(network.contains(&address), expected, "{network} {address}");
    }
    for text in [
        "",
        "203.0.113",
        "203.0.113.0/33",
        "203.0.113.0/",
        "::/129",
        "10.0.0.0/255.0.0.0",
        "010.0.0.1",
        "1.2.3.4 ",
        "*",
    ] {
        assert_eq!(parse_network(text), None, "{text}");
    }
}

/// The vectors of RFC 4648, section 10.
#[test]
fn base64() {
    let vectors = [
        ("", ""),
        ("Zg==", "f"),
        ("Zm8=", "fo"),
        ("Zm9v", "foo"),
        ("Zm9vYg==", "foob"),
        ("Zm9vYmE=", "fooba"),
        ("Zm9vYmFy", "foobar"),
        ("QmluYXJ5VmFsdWVJbkJhc2U2NA==", "BinaryValueInBase64"),
    ];
    for (encoded, decoded) in vectors {
        assert_eq!(parse_base64(encoded).as_deref(), Some(decoded.as_bytes()), "{encoded}");
    }
    assert_eq!(parse_base64("++//").as_deref(), Some(&[0xfb, 0xef, 0xff][..]));
    for text in ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9v", "Zm9v\n", "-_-_"] {
        assert_eq!(parse_base64(text), None, "{text}");
    }
}

#[test]
fn numbers_are_written_in_full() {
    for (read, written) in [
        ("10", "10"),
        ("-0.50", "-0.5"),
        ("1e3", "1000"),
        ("0.0012", "0.0012"),
        ("-12.5e-1", "-1.25"),
        ("0", "0"),
        ("1e99", "1e99"),
    ] {
        assert_eq!(Number::parse(read).expect(read).to_string(), written);
    }
}

#[test]
fn base64_that_is_written_is_read_alike() {
    for bytes in [&b""[..], b"f", b"fo", b"foo", b"\x00\xff\xfe\xfd"] {
        assert_eq!(parse_base64(&write_base64(bytes)).expect("base64"), bytes);
    }
    assert_eq!(write_base64(b"fo"), "Zm8=");
}
