//! XML, as far as the Query protocol writes it: elements, text, one namespace.

/// Opens an element. Names come from models and are never input.
pub fn open(out: &mut Vec<u8>, name: &str) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

/// Opens the outermost element, with its default namespace.
pub fn open_in(out: &mut Vec<u8>, name: &str, suffix: &str, namespace: &str) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(suffix.as_bytes());
    out.extend_from_slice(b" xmlns=\"");
    text(out, namespace);
    out.extend_from_slice(b"\">");
}

/// Closes an element.
pub fn close(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

/// Writes an element that holds text.
pub fn element(out: &mut Vec<u8>, name: &str, content: &str) {
    open(out, name);
    text(out, content);
    close(out, name);
}

/// Writes text so that it reads back as it was. Characters that XML 1.0 cannot hold in any way
/// ([section 2.2](https://www.w3.org/TR/xml/#charsets)) become U+FFFD.
pub fn text(out: &mut Vec<u8>, text: &str) {
    // Without a way out in the middle, so that many bytes are looked at at once.
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let mut plain_from = 0;
    for (position, letter) in text.char_indices() {
        if let Some(written) = escaped(letter) {
            copy(out, text, plain_from, position);
            out.extend_from_slice(written.as_bytes());
            plain_from = position + letter.len_utf8();
        }
    }
    copy(out, text, plain_from, text.len());
}

/// Whether a byte begins nothing that is escaped; most texts have no other bytes. 0xEF may begin U+FFFE.
const fn is_plain(byte: u8) -> bool {
    byte >= b' ' && !matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xEF)
}

fn copy(out: &mut Vec<u8>, text: &str, from: usize, to: usize) {
    if let Some(plain) = text.as_bytes().get(from..to) {
        out.extend_from_slice(plain);
    }
}

const fn escaped(letter: char) -> Option<&'static str> {
    match letter {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        // A reader would turn a bare carriage return into a line feed.
        '\r' => Some("&#xD;"),
        '\t' | '\n' => None,
        '\0'..='\x1F' | '\u{FFFE}' | '\u{FFFF}' => Some("\u{FFFD}"),
        _ => None,
    }
}
