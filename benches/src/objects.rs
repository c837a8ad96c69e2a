//! Objects put and got beside s3s-fs. Both answer signed requests whose body's hash is signed. Ours are on the disk when they are
//! acknowledged; s3s-fs leaves that to the system.

use crate::{
    Failure, interleaved, load, ratio,
    report::{Goal, Report},
    requests::Wording,
    server::{Bartizan, Directory, Peer},
    world::{self, World},
};

/// What is measured: the size in words, bytes, and over how many connections.
const SIZES: [(&str, usize, &[usize]); 2] = [("64 kB", 64_000, &[1, 8, 64]), ("100 MB", 100_000_000, &[1])];

/// All figures.
pub fn measure(report: &mut Report) -> Result<(), Failure> {
    let directory = Directory::new()?;
    world::furnish(&directory, World::SMALL)?;
    let (server, peer) = (Bartizan::start(&directory)?, Peer::start()?);
    let words = Wording::new(server.address(), peer.address())?;
    load::once(&words.object(false, "PUT", "/bucket", b"")?)?;
    for (size, bytes, connections) in SIZES {
        let body: Vec<u8> = (0..bytes).map(|index| (index * 7_919 >> 3) as u8).collect();
        let put = |to_peer| words.object(to_peer, "PUT", &format!("/bucket/{bytes}"), &body);
        let get = |to_peer| words.object(to_peer, "GET", &format!("/bucket/{bytes}"), b"");
        for connections in connections {
            for (what, ours, theirs) in [("PUT", put(false)?, put(true)?), ("GET", get(false)?, get(true)?)] {
                let (our_name, their_name) = (format!("{what} of {size}"), format!("{what} of {size}, s3s-fs"));
                let cases = [(our_name.as_str(), ours), (their_name.as_str(), theirs)];
                let measured = interleaved(&cases, *connections, report)?;
                let [ours, theirs] = &measured[..] else { return Err("cases".into()) };
                let name = format!("{what} of {size} / s3s-fs at {connections}");
                report.goal(&name, Goal::AtLeast(1.0, "×"), ratio(ours, theirs));
            }
        }
    }
    Ok(())
}
