//! s3s-fs 0.14.1, served by this very program as a process of its own, as its own `main` serves it.

use std::{
    io::{self, Write},
    path::Path,
};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

use crate::{Failure, world};

/// Serves the directory until the process is ended; tells its address on standard output.
pub fn serve(directory: &Path) -> Result<(), Failure> {
    let files = FileSystem::new(directory).map_err(|error| format!("{error:?}"))?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(world::ACCESS_KEY_ID, world::SECRET));
    let service = builder.build();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
        let server = Builder::new(TokioExecutor::new());
        loop {
            let (stream, _) = listener.accept().await?;
            // As Bartizan does; without it small answers wait.
            stream.set_nodelay(true)?;
            let connection = server.serve_connection(TokioIo::new(stream), service.clone()).into_owned();
            tokio::spawn(async move {
                let _ = connection.await;
            });
        }
    })
}
