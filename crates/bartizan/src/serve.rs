//! `bartizan serve`.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

use bartizan_gate::{Config as GateConfig, Gate, Outbound};
use bartizan_lookoutmetrics::{Clock, Worker};
use bartizan_objects::Objects;
use bartizan_sns::Deliverer;
use bartizan_store::Store;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

use crate::{
    Failure,
    bootstrap::{self, Home},
    config::{Arguments, Config},
    services::SERVICES,
};

/// Threads that alerts tell on: an endpoint that is slow must not keep the others waiting.
const TELLERS: usize = 4;

/// Serves until SIGTERM or SIGINT.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let began = Instant::now();
    let mut config = arguments.resolve()?;
    let filter = EnvFilter::try_from_env("BARTIZAN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(io::stderr).init();
    let store = Store::open(&config.data_dir, config.master_key_file.as_deref())?;
    let home = bootstrap::home(&store, config.account_id)?;
    bootstrap::bring_bucket_policies_to_ids(&store)?;
    let objects = Objects::open(&config.data_dir.join("objects"), config.object_store.take())?;
    let gate_config = GateConfig {
        quotas: config.quotas.clone(),
        outbound: Outbound::new(&config.deliver_to_internal),
        sends_mail: config.mail.is_some(),
        functions: config.functions.clone(),
    };
    let gate = Arc::new(Gate::new(store, SERVICES, gate_config).with_objects(objects));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(gate, config, &home, began))
}

async fn serve(gate: Arc<Gate>, config: Config, home: &Home, began: Instant) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    let address = listener.local_addr()?;
    greet(&address.to_string(), home)?;
    tracing::info!(%address, account = %home.account, milliseconds = began.elapsed().as_millis(), "listening");
    let ended = Arc::new(AtomicBool::new(false));
    let mut threads = work(&gate, config.clock, &ended)?;
    threads.push(deliver(&gate, config, address, &ended)?);
    let store = Arc::clone(&gate);
    bartizan_gate::serve(gate, listener, async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
    .await?;
    ended.store(true, Ordering::Release);
    store.store().wake_workers();
    for thread in threads {
        let _ = thread.join();
    }
    tracing::info!("stopped");
    Ok(())
}

/// Does what detectors do by themselves, on threads of their own, until `ended`.
fn work(gate: &Arc<Gate>, clock: Clock, ended: &Arc<AtomicBool>) -> Result<Vec<thread::JoinHandle<()>>, Failure> {
    let worker = Arc::new(Worker::new(Arc::clone(gate), clock)?);
    // One that is long at work must not keep the others waiting.
    let count = thread::available_parallelism().map_or(2, |count| count.get().max(2));
    let spawn = |place: usize| {
        let (worker, ended) = (Arc::clone(&worker), Arc::clone(ended));
        let tells = place >= count;
        let thread = thread::Builder::new().name(if tells { "alerts" } else { "detection" }.to_owned());
        thread.spawn(move || if tells { worker.tell(&ended) } else { worker.detect(&ended) })
    };
    Ok((0..count + TELLERS).map(spawn).collect::<Result<_, _>>()?)
}

/// Delivers what is published, on a thread of its own, until `ended`.
fn deliver(
    gate: &Arc<Gate>,
    config: Config,
    address: SocketAddr,
    ended: &Arc<AtomicBool>,
) -> io::Result<thread::JoinHandle<()>> {
    let public_url = config.public_url.unwrap_or_else(|| format!("http://{address}"));
    let deliverer = Arc::new(Deliverer { gate: Arc::clone(gate), mail: config.mail, public_url });
    let ended = Arc::clone(ended);
    thread::Builder::new().name("deliverer".to_owned()).spawn(move || deliverer.run(&ended))
}

/// Says where it listens, and shows a key that was made: this once and never again.
fn greet(address: &str, home: &Home) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Bartizan is listening on http://{address} for account {}.", home.account)?;
    if let Some(key) = &home.new_key {
        writeln!(
            out,
            "\nThis is the root user's access key. It is shown this once; keep it.\nFor the AWS CLI and SDKs, paste:\n\n  \
             export AWS_ENDPOINT_URL=http://{address}\n  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n  \
             export AWS_ACCESS_KEY_ID={}\n  export AWS_SECRET_ACCESS_KEY={}\n",
            key.access_key_id,
            key.secret.expose()
        )?;
    }
    out.flush()
}
