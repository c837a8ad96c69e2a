//! Patterns as the models have them.

use super::Pattern;

#[test]
fn patterns_mean_what_java_means() {
    for (pattern, matching, other) in [
        (r"[\w+=,.@-]+", &["a.B-c_9@+=,"][..], &["", "é", "a b", "a\n"][..]),
        (r"\w+", &["abc"], &["é", "٣"]),
        (r"[^\w]+", &["é"], &["a"]),
        (r"\d{12}", &["123456789012"], &["1234567890123", "12345678901", "١٢٣٤٥٦٧٨٩٠١٢"]),
        (r"[\s\S]*", &["", "a\nb"], &[]),
        (r"[^\s@]+@[^\s@]+\.[^\s@]+", &["a@b.c"], &["a b@c.d", "a@b"]),
        (r".*\S.*", &["a", " a "], &["", "  ", "a\n"]),
        (r"\s", &[" ", "\t"], &["\u{a0}"]),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", &["", "né 9", "١"], &["a;"]),
        (r"[\u0020-\u00FF]+", &["ÿ "], &["Ā", "\t"]),
        (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", &["/", "/a/b/"], &["", "//a", "a/"]),
        (r"^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4})$", &["r-abcd", "123456789012"], &["r-abcd!", "x123456789012"]),
        (
            r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*",
            &["a", "😀", "\t", "\u{10FFFF}"],
            &["\n", "\u{FFFE}"],
        ),
        (r"[a-zA-Z0-9][\w!@#.-]+", &["a!", "a-"], &["a", "-a"]),
        (r"[!--z~~]", &["!", "#", "-", "z", "~"], &["b", "."]),
        (r"((/[A-Za-z0-9\.,\+@=_-]+)*)/", &["/", "/a/b/"], &["/a"]),
        (r"^([12]\d{3})(\[[[:alnum:]\/\_]+\])?$", &["2001", "2001[a/_]"], &["2001[]", "3001"]),
    ] {
        let pattern = Pattern::new(pattern);
        assert!(pattern.check().is_ok(), "{:?}", pattern.check());
        for text in matching {
            assert!(pattern.matches(text), "{text:?} should match {}", pattern.source());
        }
        for text in other {
            assert!(!pattern.matches(text), "{text:?} should not match {}", pattern.source());
        }
    }
}

#[test]
fn look_around_is_rewritten() {
    let shown = r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$";
    assert!(Pattern::new(shown).check().is_err());
    let pattern = Pattern::rewritten(shown, "[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", Some("--"));
    assert_eq!(pattern.source(), shown);
    assert!(pattern.matches("my-alias"));
    assert!(!pattern.matches("my--alias"));
    assert!(!pattern.matches("-my"));
}

#[test]
fn what_cannot_be_compiled_matches_nothing() {
    for pattern in ["(", r"\u12", r"\uD800x", r"a(?!b)", "\\"] {
        let pattern = Pattern::new(pattern);
        assert!(pattern.check().is_err());
        assert!(!pattern.matches(""));
        assert!(!pattern.matches("a"));
    }
}
