//! Addresses of accounts.

/// Whether an address is one that an account can have. The model has asked for one `@`, and no white space, before.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html>, `Email`
pub fn is_valid(address: &str) -> bool {
    address
        .split_once('@')
        .is_some_and(|(local, domain)| address.is_ascii() && is_local_name(local) && is_domain_name(domain))
}

fn is_local_name(name: &str) -> bool {
    const EXCLUDED: &str = "\"'()<>[]:;,\\|%&@";
    !name.is_empty()
        && !name.starts_with('.')
        && !name.contains(|letter: char| {
            letter.is_ascii_whitespace() || letter.is_ascii_control() || EXCLUDED.contains(letter)
        })
}

fn is_domain_name(name: &str) -> bool {
    let at_an_end = |letter| name.starts_with(letter) || name.ends_with(letter);
    name.contains('.')
        && !at_an_end('-')
        && !at_an_end('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_the_page_hold() {
        for good in ["a@b.c", "first.last+tag@example.com", "A_B-1@sub.Example-1.org", "a.@b.c"] {
            assert!(is_valid(good), "{good}");
        }
        for bad in [
            "",
            "@",
            "a@",
            "@b.c",
            "a.b.c",
            "a@b",
            "a@b@c.d",
            ".a@b.c",
            "a b@c.d",
            "a\u{7f}@b.c",
            "é@b.c",
            "a@é.c",
            "a@-b.c",
            "a@b.c-",
            "a@.b.c",
            "a@b.c.",
            "a@b_c.d",
            "a\"@b.c",
            "a'@b.c",
            "a(@b.c",
            "a)@b.c",
            "a<@b.c",
            "a>@b.c",
            "a[@b.c",
            "a]@b.c",
            "a:@b.c",
            "a;@b.c",
            "a,@b.c",
            "a\\@b.c",
            "a|@b.c",
            "a%@b.c",
            "a&@b.c",
        ] {
            assert!(!is_valid(bad), "{bad:?}");
        }
    }
}
