use std::fmt::{Debug, Display};

use bartizan_sigv4::SigningKey;

#[test]
fn a_signing_key_cannot_be_shown_or_compared() {
    // No Rust as soon as `SigningKey` has one of the traits: which `IsNot` is meant would be ambiguous.
    trait IsNot<Trait> {
        fn holds() -> bool {
            true
        }
    }
    struct Shown;
    struct Written;
    struct Compared;
    impl<T> IsNot<()> for T {}
    impl<T: Debug> IsNot<Shown> for T {}
    impl<T: Display> IsNot<Written> for T {}
    impl<T: PartialEq> IsNot<Compared> for T {}
    assert!(<SigningKey as IsNot<_>>::holds());
}
