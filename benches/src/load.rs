//! A load generator: connections that are kept alive, each with one request at a time, all on one thread.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime,
    task::LocalSet,
};

use crate::Failure;

/// The bytes of a request, sent again and again.
#[derive(Clone)]
pub struct Request {
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
    /// Whether its answer has no body whatever its head says.
    pub is_head: bool,
}

/// What came of one slice.
pub struct Measured {
    /// Microseconds from the first byte sent to the last byte received, in order.
    latencies: Vec<u32>,
    took: Duration,
}

impl Measured {
    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    /// Microseconds that this share of the requests did not exceed.
    pub fn quantile(&self, share: f64) -> f64 {
        let position = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(position.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or(0).into()
    }
}

/// Sends the request once.
pub fn once(request: &Request) -> Result<(), Failure> {
    drive(request, 1, Duration::ZERO).map(drop)
}

/// Sends the request once, and gives its answer's body. An answer that is not 200 is a failure.
pub fn ask(request: &Request) -> Result<Vec<u8>, Failure> {
    let mut stream = std::net::TcpStream::connect(request.to)?;
    stream.write_all(&request.bytes)?;
    let (mut reader, mut head) = (BufReader::new(stream), String::new());
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    let mut body = vec![0; content_length(&head).ok_or("an answer without a length")?];
    reader.read_exact(&mut body)?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(format!("{head}{}", String::from_utf8_lossy(&body)).into());
    }
    Ok(body)
}

/// Sends the request over this many connections for this long. An answer that is not 200 is a failure.
pub fn drive(request: &Request, connections: usize, time: Duration) -> Result<Measured, Failure> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut open = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(request.to).await?;
            stream.set_nodelay(true)?;
            open.push(Connection { stream, buffer: vec![0; 64 * 1024] });
        }
        let began = Instant::now();
        let tasks: Vec<_> = open
            .into_iter()
            .map(|connection| tokio::task::spawn_local(connection.repeat(request.clone(), began + time)))
            .collect();
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.append(&mut task.await??);
        }
        let took = began.elapsed();
        latencies.sort_unstable();
        Ok(Measured { latencies, took })
    })
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn repeat(mut self, request: Request, end: Instant) -> Result<Vec<u32>, Failure> {
        let mut latencies = Vec::with_capacity(16 * 1024);
        loop {
            let began = Instant::now();
            self.stream.write_all(&request.bytes).await?;
            self.answer(request.is_head).await?;
            latencies.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
            if Instant::now() >= end {
                return Ok(latencies);
            }
        }
    }

    /// Reads one whole answer.
    async fn answer(&mut self, is_head: bool) -> Result<(), Failure> {
        let mut filled = 0;
        loop {
            let free = self.buffer.get_mut(filled..).filter(|free| !free.is_empty()).ok_or("the answer is too long")?;
            let read = self.stream.read(free).await?;
            if read == 0 {
                return Err("the connection was closed".into());
            }
            filled += read;
            let received = &self.buffer[..filled];
            let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&received[..end])?;
            if !head.starts_with("HTTP/1.1 200") {
                return Err(String::from_utf8_lossy(received).into_owned().into());
            }
            let body = if is_head { 0 } else { content_length(head).ok_or("an answer without a length")? };
            let mut left = (end + 4 + body).saturating_sub(filled);
            while left > 0 {
                match self.stream.read(&mut self.buffer).await? {
                    0 => return Err("the connection was closed".into()),
                    read => left = left.saturating_sub(read),
                }
            }
            return Ok(());
        }
    }
}

fn content_length(head: &str) -> Option<usize> {
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
    lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?.1.trim().parse().ok()
}
