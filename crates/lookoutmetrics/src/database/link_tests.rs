use std::{net::SocketAddr, thread};

use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

use super::*;

/// What a server says when it is asked for TLS.
#[derive(Clone, Copy)]
enum Says {
    Yes,
    No,
    Nonsense,
}

/// A server at an address of its own, which after the greeting says one byte.
fn server(says: Says) -> SocketAddr {
    let (send, receive) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 8];
            stream.read_exact(&mut asked).await.unwrap();
            assert_eq!(asked, SSL_REQUEST);
            match says {
                Says::Nonsense => stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap(),
                Says::No => stream.write_all(b"N").await.unwrap(),
                Says::Yes => {
                    stream.write_all(b"S").await.unwrap();
                    // Whom it does not convince hangs up.
                    if let Ok(mut stream) = TlsAcceptor::from(Arc::new(own_word())).accept(stream).await {
                        let _ = stream.write_all(b"Z").await;
                        let _ = stream.shutdown().await;
                    }
                }
            }
        });
    });
    receive.recv().unwrap()
}

/// A certificate that nobody vouches for.
fn own_word() -> ServerConfig {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap()
}

fn greeted(says: Says, is_internal: bool) -> Result<(), Unread> {
    let addresses = [server(says)];
    let server = Server { host: "localhost", addresses: &addresses, is_internal, database: "db" };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(open(&server)).map(drop)
}

#[test]
fn a_server_of_the_internet_proves_who_it_is() {
    assert_eq!(greeted(Says::No, false), Err(Unread::Insecure));
    assert!(matches!(greeted(Says::Yes, false), Err(Unread::Untrusted(_))));
}

#[test]
fn an_internal_one_may_do_without() {
    assert_eq!(greeted(Says::No, true), Ok(()));
    assert_eq!(greeted(Says::Yes, true), Ok(()));
}

#[test]
fn what_speaks_otherwise_is_no_database() {
    for is_internal in [true, false] {
        assert!(matches!(greeted(Says::Nonsense, is_internal), Err(Unread::Unreachable(_))));
    }
}

#[test]
fn nothing_is_connected_to_but_the_addresses() {
    let server = Server { host: "localhost", addresses: &[], is_internal: true, database: "db" };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(matches!(runtime.block_on(open(&server)).map(drop), Err(Unread::Unreachable(_))));
}

#[test]
fn messages_are_followed_however_they_are_cut() {
    let message = |kind: u8, body: usize| {
        let length = u32::try_from(body + 4).unwrap().to_be_bytes();
        [&[kind][..], &length, &vec![7; body]].concat()
    };
    let bytes = [message(b'D', 0), message(b'D', 1), message(b'T', 300), message(b'Z', 5)].concat();
    for step in [1, 2, 3, 5, 7, 64, bytes.len()] {
        let mut messages = Messages::default();
        for part in bytes.chunks(step) {
            messages.follow(part).unwrap();
        }
        assert!(messages.body == 0 && messages.head.is_empty(), "{step}");
    }
}

#[test]
fn a_server_talks_little_besides_rows() {
    let head = |kind: u8, body: u32| [&[kind][..], &(body + 4).to_be_bytes()].concat();
    let body = vec![7; 1024 * 1024];
    for (kind, endless) in [(b'D', true), (b'S', false), (b'N', false)] {
        let mut messages = Messages::default();
        let outcome = (0..100).try_for_each(|_| {
            messages.follow(&head(kind, 1024 * 1024))?;
            messages.follow(&body)
        });
        assert_eq!(outcome.is_ok(), endless, "{kind}");
    }
}

#[test]
fn no_message_is_too_long() {
    for (length, is_taken) in
        [(4, true), (MAX_MESSAGE, true), (MAX_MESSAGE + 1, false), (u32::MAX, false), (3, false), (0, false)]
    {
        let head = [&[b'D'][..], &length.to_be_bytes()].concat();
        assert_eq!(Messages::default().follow(&head).is_ok(), is_taken, "{length}");
    }
}
