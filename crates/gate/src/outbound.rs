//! The way out: requests to addresses that others name.
//!
//! Whoever may subscribe an endpoint must not reach through us what is ours: the machine itself, its network, the
//! metadata of a cloud's instance. So a name is resolved once, each of its addresses is looked at, and the connection goes
//! to one of those; nothing is redirected, no proxy of the environment is asked, and no answer is read without end.
//!
//! <https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html>

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use ureq::{
    Agent, Timeout,
    config::Config,
    http::Uri,
    tls::TlsConfig,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout, time},
    },
};

/// How long a request may take, from the name's resolution to the answer's end; as long as SNS waits.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-prepare-https-endpoint.html>
const PATIENCE: Duration = Duration::from_secs(15);

/// How much of an answer is read. Nobody looks at it; what is read to the end leaves the connection fit for the next one.
const MAX_ANSWER: u64 = 64 * 1024;

/// IPv4 networks that are nobody's on the Internet.
///
/// <https://www.iana.org/assignments/iana-ipv4-special-registry/>
const INTERNAL_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// The one IPv6 network that is the Internet's, and those within it that are not, or that stand for IPv4 addresses.
///
/// <https://www.iana.org/assignments/iana-ipv6-special-registry/>
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0], 3);
const INTERNAL_V6: [Ipv6Net; 4] =
    [v6([0x2001, 0], 23), v6([0x2001, 0xdb8], 32), v6([0x2002, 0], 16), v6([0x3fff, 0], 20)];

const fn v4(address: [u8; 4], length: u8) -> Ipv4Net {
    let [a, b, c, d] = address;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(start: [u16; 2], length: u8) -> Ipv6Net {
    let [a, b] = start;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

/// What may be reached from here, and how.
#[derive(Debug, Clone)]
pub struct Outbound {
    agent: Agent,
    reachable: Reachable,
}

/// Why an endpoint was not reached, or did not take what it was sent.
#[derive(Debug)]
pub enum Unreached {
    /// Its address, or one of its name's, is internal and not allowed.
    Internal(IpAddr),
    /// It was not there, or not in time, or no HTTP server.
    Failed(String),
    /// It answered, and not with success.
    Status(u16),
}

/// Not a network like `10.1.0.0/16` or an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidNetwork(String);

/// Which addresses may be reached: the Internet's, and internal ones that are allowed.
#[derive(Debug, Clone, Default)]
struct Reachable {
    allowed: Arc<[IpNet]>,
}

impl Reachable {
    fn holds(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        !is_internal(address) || self.allowed.iter().any(|network| network.contains(&address))
    }
}

/// Whether an address is not the Internet's. An IPv4 address written as an IPv6 one is an IPv4 address.
fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => INTERNAL_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => {
            !GLOBAL_V6.contains(&address) || INTERNAL_V6.iter().any(|network| network.contains(&address))
        }
    }
}

/// Resolves a name for one connection, and refuses it if any of its addresses must not be reached.
#[derive(Debug)]
struct CheckingResolver(Reachable);

impl Resolver for CheckingResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        match found.iter().find(|found| !self.0.holds(found.ip())) {
            Some(refused) => Err(ureq::Error::Other(Box::new(Unreached::Internal(refused.ip())))),
            None => Ok(found),
        }
    }
}

impl Outbound {
    /// A way out to the Internet, and to these internal networks.
    #[must_use]
    pub fn new(allowed: &Networks) -> Self {
        let reachable = Reachable { allowed: allowed.0.as_slice().into() };
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent("Amazon Simple Notification Service Agent")
            .build();
        let resolver = CheckingResolver(reachable.clone());
        Self { agent: Agent::with_parts(config, DefaultConnector::default(), resolver), reachable }
    }

    /// A way out to wherever the installation itself says, its own network included.
    #[must_use]
    pub fn everywhere() -> Self {
        let all = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
        Self::new(&Networks(all.into_iter().filter_map(|start| IpNet::new(start, 0).ok()).collect()))
    }

    /// Whether the host of a URL may be reached, as far as it says so by itself: an address does, a name does not (but
    /// for the machine's own).
    #[must_use]
    pub fn may_reach(&self, host: &str) -> bool {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        match bare.parse() {
            Ok(address) => self.reachable.holds(address),
            Err(_) => {
                let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
                let local = name == "localhost" || name.ends_with(".localhost");
                !local || self.reachable.holds(Ipv4Addr::LOCALHOST.into())
            }
        }
    }

    /// Where a host is, for those that speak something else than HTTP: looked up once and looked at as for a request.
    /// Connect to these addresses, and to nothing else.
    ///
    /// # Errors
    /// If there is no such host, or any of its addresses must not be reached.
    pub fn resolve(&self, host: &str, port: u16) -> Result<Resolved, Unreached> {
        let written = if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() };
        let uri = format!("http://{written}:{port}/").parse::<Uri>().ok();
        // A host that has more in it than a host would be resolved as another one.
        let uri = uri.filter(|uri| uri.host() == Some(&written) && uri.port_u16() == Some(port));
        let uri = uri.ok_or_else(|| Unreached::Failed(format!("{host} is no host")))?;
        let patience =
            NextTimeout { after: time::Duration::Exact(PATIENCE), reason: Timeout::Resolve, ..NextTimeout::default() };
        let resolver = CheckingResolver(self.reachable.clone());
        let found = resolver.resolve(&uri, self.agent.config(), patience).map_err(Unreached::of)?;
        let is_internal = found.iter().any(|address| is_internal(address.ip()));
        Ok(Resolved { addresses: found.to_vec(), is_internal })
    }

    /// Posts a body, and is content with any status of success.
    ///
    /// # Errors
    /// If the URL must not be reached, is not reached, or answers otherwise.
    pub fn post(&self, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<(), Unreached> {
        let mut request = self.agent.post(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = request.send(body).map_err(Unreached::of)?;
        let _ = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            status => Err(Unreached::Status(status)),
        }
    }
}

impl Default for Outbound {
    fn default() -> Self {
        Self::new(&Networks::default())
    }
}

/// Where a host is, and may be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Its addresses.
    pub addresses: Vec<SocketAddr>,
    /// Whether any of them is not the Internet's, but one that this installation allows.
    pub is_internal: bool,
}

/// Networks as a configuration names them: `10.1.0.0/16,::1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl FromStr for Networks {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| match part.parse::<IpNet>() {
            Ok(network) => Ok(network),
            Err(_) => part.parse::<IpAddr>().map(IpNet::from).map_err(|_| InvalidNetwork(part.to_owned())),
        };
        Ok(Self(parts.map(network).collect::<Result<_, _>>()?))
    }
}

impl Unreached {
    fn of(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Other(other) => match other.downcast::<Self>() {
                Ok(refused) => *refused,
                Err(other) => Self::Failed(other.to_string()),
            },
            other => Self::Failed(other.to_string()),
        }
    }

    /// Whether trying again may help. An endpoint that says that the request is wrong will not think better of it.
    ///
    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Internal(_) => false,
            Self::Failed(_) => true,
            Self::Status(status) => *status == 429 || *status >= 500 || *status < 200,
        }
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(address) => write!(f, "{address} is an internal address"),
            Self::Failed(why) => f.write_str(why),
            Self::Status(status) => write!(f, "it answered with status {status}"),
        }
    }
}

impl std::error::Error for Unreached {}

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is neither a network, such as 10.1.0.0/16, nor an address", self.0)
    }
}

impl std::error::Error for InvalidNetwork {}

#[cfg(test)]
#[path = "outbound_tests.rs"]
mod tests;
