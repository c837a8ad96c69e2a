//! A store that says what the test lets it say.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    sync::mpsc,
    thread,
};

use super::*;

/// Answers one request a connection with each of these, in turn; and what was asked, without signatures.
fn store(answers: &[&str]) -> (Arc<Outer>, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/bucket/pre/fix", listener.local_addr().expect("an address"));
    let (tell, told) = mpsc::channel();
    let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(&stream);
            let (mut first, mut length, mut range) = (String::new(), 0, String::new());
            reader.read_line(&mut first).expect("a request");
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a head");
                match line.trim_end().split_once(": ") {
                    Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                        length = value.parse().expect("a number");
                    }
                    Some((name, value)) if name.eq_ignore_ascii_case("range") => range = format!(" {value}"),
                    Some(_) => {}
                    None => break,
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let asked = first.trim_end().trim_end_matches(" HTTP/1.1");
            tell.send(format!("{asked}{range} {length}")).expect("a test");
            (&stream).write_all(answer.as_bytes()).expect("a reader");
        }
    });
    let credentials = Credentials {
        access_key_id: "id".to_owned(),
        secret_access_key: "secret".to_owned().into(),
        session_token: None,
    };
    (Arc::new(Outer::new(OuterStore::new(&url, credentials).expect("a URL"), "me".to_owned())), told)
}

fn answer(status: u16, length: usize, body: &str) -> String {
    format!("HTTP/1.1 {status} \r\nConnection: close\r\nETag: \"e\"\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn ok(body: &str) -> String {
    answer(200, body.len(), body)
}

fn asked(told: &mpsc::Receiver<String>) -> Vec<String> {
    told.iter().collect()
}

#[test]
fn what_may_help_is_tried_again_and_nothing_else() {
    let busy = answer(503, 0, "");
    let (outer, told) = store(&[&busy, "", &ok("")]);
    let mut sending = Sending::new(Arc::clone(&outer), "1/1");
    sending.write(b"abc").expect("room");
    sending.finish().expect("the third attempt is taken");
    assert_eq!(asked(&told), ["PUT /bucket/pre/fix/me/1/1 3"; 3]);

    let (outer, told) = store(&[&busy, &busy, &busy]);
    assert!(matches!(outer.remove("1/1"), Err(Error::Unavailable(_))));
    assert_eq!(asked(&told).len(), 3);

    let (outer, told) = store(&[&answer(403, 40, "<Error><Code>AccessDenied</Code></Error>")]);
    assert!(matches!(outer.remove("1/1"), Err(Error::Unavailable(why)) if why.contains("403 AccessDenied")));
    assert_eq!(asked(&told), ["DELETE /bucket/pre/fix/me/1/1 0"]);
}

#[test]
fn what_is_long_goes_in_parts_and_a_late_no_is_a_no() {
    let begun = ok("<InitiateMultipartUploadResult><UploadId>a-b+c</UploadId></InitiateMultipartUploadResult>");
    let late = ok("<Error><Code>InternalError</Code></Error>");
    let (outer, told) = store(&[&begun, &ok(""), &ok(""), &late, &ok("")]);
    let mut sending = Sending::new(outer, "1/1");
    sending.write(&vec![1; 5 * 1024 * 1024]).expect("room");
    sending.write(b"abc").expect("room");
    assert!(matches!(sending.finish(), Err(Error::Unavailable(why)) if why.contains("InternalError")));
    let asked = asked(&told);
    assert_eq!(
        asked[..3],
        [
            "POST /bucket/pre/fix/me/1/1?uploads 0",
            "PUT /bucket/pre/fix/me/1/1?partNumber=1&uploadId=a-b%2Bc 5242880",
            "PUT /bucket/pre/fix/me/1/1?partNumber=2&uploadId=a-b%2Bc 3",
        ]
    );
    assert!(asked[3].starts_with("POST /bucket/pre/fix/me/1/1?uploadId=a-b%2Bc "));
    assert_eq!(asked[4], "DELETE /bucket/pre/fix/me/1/1?uploadId=a-b%2Bc 0");
}

#[test]
fn what_breaks_off_goes_on_from_there() {
    let (outer, told) = store(&[&answer(206, 6, "ab"), &answer(206, 4, "cdef")]);
    let mut text = String::new();
    Stream::new(outer, "1/1", 10, 6).read_to_string(&mut text).expect("all of it");
    assert_eq!(text, "abcdef");
    let range = |from| format!("GET /bucket/pre/fix/me/1/1 bytes={from}-15 0");
    assert_eq!(asked(&told), [range(10), range(12)]);

    let (outer, told) = store(&[&answer(206, 6, ""), &answer(206, 6, ""), &answer(206, 6, "")]);
    let error = Stream::new(outer, "1/1", 10, 6).read_to_string(&mut text).expect_err("it brings nothing");
    assert!(matches!(error.into(), Error::Unavailable(_)));
    assert_eq!(asked(&told).len(), 3);
}

#[test]
fn other_bytes_than_were_asked_for_are_refused() {
    for other in [ok("abcdefgh"), answer(206, 5, "abcde"), answer(301, 0, "")] {
        let (outer, _told) = store(&[&other]);
        assert!(matches!(Stream::new(outer, "1/1", 2, 4).ask(), Err(Error::Unavailable(_))), "{other}");
    }
    let (outer, _told) = store(&[&answer(404, 0, "")]);
    assert!(matches!(Stream::new(outer, "1/1", 2, 4).ask(), Err(Error::Unmet)));
}

#[test]
fn only_the_url_of_a_bucket_is_taken() {
    let location = |url: &str| url.parse::<location::Location>();
    let taken = location("https://example.com:9000/bucket/a/b/?region=eu-west-1").expect("a URL");
    assert_eq!((taken.endpoint.as_str(), taken.host.as_str()), ("https://example.com:9000", "example.com:9000"));
    assert_eq!((taken.bucket.as_str(), taken.prefix.as_str(), taken.region.as_str()), ("bucket", "a/b/", "eu-west-1"));
    assert_eq!(location("http://[::1]/b").expect("a URL").prefix, "");
    for (url, why) in [
        ("", "is none"),
        ("bucket", "must begin with"),
        ("s3://bucket/a", "must begin with"),
        ("https://id:hidden@example.com/bucket", "must not hold credentials"),
        ("https://example.com", "must name a bucket"),
        ("https://example.com/", "must name a bucket"),
        ("https://example.com/bucket//a", "in its path"),
        ("https://example.com/bucket/../a", "in its path"),
        ("https://example.com/bucket/%61", "in its path"),
        ("https://example.com/bucket?region=", "?region=REGION"),
        ("https://example.com/bucket?region=a&b=c", "?region=REGION"),
        ("https://example.com/bucket?versioning", "?region=REGION"),
    ] {
        let error = location(url).expect_err(url).to_string();
        assert!(error.contains(why) && !error.contains("hidden"), "{url}: {error}");
    }
}
