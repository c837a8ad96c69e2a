//! The processes that are measured.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    ops::Deref,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use crate::{
    Failure,
    world::{ACCOUNT, ROOT_ACCESS_KEY_ID, SECRET},
};

/// A directory that goes away with its owner.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Result<Self, Failure> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bartizan-bench-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Deref for Directory {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The binary that is measured.
pub fn binary() -> PathBuf {
    match env::var_os("BARTIZAN") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/bartizan"),
    }
}

/// A `bartizan serve`, ended with this.
pub struct Bartizan {
    process: Process,
    /// From the start of the process to its first answer.
    pub took: Duration,
}

impl Bartizan {
    /// Starts it on a store, and waits for its first answer.
    pub fn start(directory: &Path) -> Result<Self, Failure> {
        Self::start_with(directory, &[])
    }

    /// Starts it with these variables.
    pub fn start_with(directory: &Path, variables: &[(&str, &str)]) -> Result<Self, Failure> {
        let binary = binary();
        let began = Instant::now();
        let mut command = Command::new(&binary);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--quotas", "users=200000,roles=20000", "--data-dir"])
            .arg(directory)
            .env("BARTIZAN_ACCOUNT_ID", ACCOUNT)
            .env("BARTIZAN_ROOT_ACCESS_KEY_ID", ROOT_ACCESS_KEY_ID)
            .env("BARTIZAN_ROOT_SECRET_ACCESS_KEY", SECRET)
            .envs(variables.iter().copied());
        let process = Process::start(&mut command).map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut stream = TcpStream::connect(&process.address)?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        let took = began.elapsed();
        if &answer != b"HTTP/1.1 200" {
            return Err("the server is not well".into());
        }
        Ok(Self { process, took })
    }

    pub fn address(&self) -> &str {
        &self.process.address
    }

    pub fn id(&self) -> u32 {
        self.process.child.id()
    }

    pub fn resident_kilobytes(&self) -> Result<f64, Failure> {
        resident_kilobytes(self.id())
    }

    /// The most that was resident.
    pub fn peak_kilobytes(&self) -> Result<f64, Failure> {
        status_kilobytes(self.id(), "VmHWM:")
    }
}

/// `VmRSS` of a process.
pub fn resident_kilobytes(process: u32) -> Result<f64, Failure> {
    status_kilobytes(process, "VmRSS:")
}

fn status_kilobytes(process: u32, name: &str) -> Result<f64, Failure> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(|| format!("no {name}"))?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1.024)
}

/// s3s-fs with one object, ended with this.
pub struct Peer {
    process: Process,
    _directory: Directory,
}

impl Peer {
    pub fn start() -> Result<Self, Failure> {
        let directory = Directory::new()?;
        fs::create_dir(directory.join("bucket"))?;
        fs::write(directory.join("bucket/key"), b"tiny".get(..3).unwrap_or_default())?;
        let process = Process::start(Command::new(env::current_exe()?).arg("peer").arg(&*directory))?;
        Ok(Self { process, _directory: directory })
    }

    pub fn address(&self) -> &str {
        &self.process.address
    }
}

/// A server that tells its address in the first line of its output.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(command: &mut Command) -> Result<Self, Failure> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .env("BARTIZAN_LOG", "error")
            .spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line);
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split_whitespace().next());
        match (read, address) {
            (Ok(_), Some(address)) => Ok(Self { address: address.trim_end_matches('.').to_owned(), child }),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                Err(format!("the server did not tell its address: {line:?}").into())
            }
        }
    }
}

impl Drop for Process {
    /// In order, so that the store is whole for the next start.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
