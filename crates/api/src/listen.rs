//! Connections, before there is a request: so many at once and no more, and TLS.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Takes connections, each as soon as it can be talked to.
pub(crate) struct Listener {
    address: SocketAddr,
    ready: mpsc::Receiver<(Connection, SocketAddr)>,
}

/// A connection, which counts until it is dropped.
pub(crate) struct Connection {
    io: Box<dyn Io>,
    _slot: Slot,
}

/// Whose connection it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// How many connections there are, by whom.
#[derive(Debug, Default)]
pub(crate) struct Slots(Mutex<HashMap<IpAddr, usize>>);

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// Connections in all: files and captures need descriptors, too.
const MOST: usize = 512;
/// Connections of one address, or of one IPv6 /64.
const MOST_OF_ONE: usize = 64;
/// How long a client may take to agree on TLS.
const PATIENCE: Duration = Duration::from_secs(10);
/// First byte of a TLS handshake (RFC 8446 s5.1).
const HANDSHAKE: u8 = 22;

const NO_TLS: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\
    Content-Length: 45\r\n\r\nThis port speaks TLS: use https:// instead.\r\n";

impl Listener {
    /// Must be called within the runtime that is to do the work.
    pub(crate) fn new(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        slots: Arc<Slots>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(16);
        tokio::spawn(take_all(listener, tls, slots, sender));
        Ok(Self { address, ready })
    }
}

async fn take_all(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    slots: Arc<Slots>,
    ready: mpsc::Sender<(Connection, SocketAddr)>,
) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Descriptors may have run out; there will be some again.
                tracing::warn!("a connection cannot be taken: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let Some(slot) = Slots::take(&slots, peer.ip()) else {
            tracing::debug!("{peer}: too many connections");
            continue;
        };
        let _ = stream.set_nodelay(true);
        let Some(tls) = tls.clone() else {
            let connection = Connection { io: Box::new(stream), _slot: slot };
            if ready.send((connection, peer)).await.is_err() {
                return;
            }
            continue;
        };
        let ready = ready.clone();
        tokio::spawn(async move {
            match timeout(PATIENCE, shake(stream, &tls)).await {
                Ok(Ok(Some(io))) => {
                    let _ = ready.send((Connection { io, _slot: slot }, peer)).await;
                }
                Ok(Ok(None)) | Err(_) => {}
                Ok(Err(error)) => tracing::debug!("{peer}: TLS: {error}"),
            }
        });
    }
}

/// Agrees on TLS; `None` if the client speaks something else, and has been told.
async fn shake(mut stream: TcpStream, tls: &TlsAcceptor) -> io::Result<Option<Box<dyn Io>>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first != [HANDSHAKE] {
        stream.write_all(NO_TLS.as_bytes()).await?;
        stream.shutdown().await?;
        return Ok(None);
    }
    Ok(Some(Box::new(tls.accept(stream).await?)))
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // Only at the end of the runtime is nobody left to take connections.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, Listener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// One of the connections of an address.
#[derive(Debug)]
struct Slot {
    slots: Arc<Slots>,
    owner: IpAddr,
}

impl Slots {
    fn take(slots: &Arc<Self>, from: IpAddr) -> Option<Slot> {
        let owner = owner(from);
        let mut all = slots.locked();
        let sum: usize = all.values().sum();
        let here = all.get(&owner).copied().unwrap_or_default();
        if sum >= MOST || (here >= MOST_OF_ONE && !owner.is_loopback()) {
            return None;
        }
        all.insert(owner, here + 1);
        Some(Slot { slots: Arc::clone(slots), owner })
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut all = self.slots.locked();
        if let Some(count) = all.get_mut(&self.owner) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                all.remove(&self.owner);
            }
        }
    }
}

/// Who counts as one: a host has a /64 for itself (RFC 4291 s2.5.1).
pub(crate) fn owner(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(slots: &Arc<Slots>, from: &str) -> Option<Slot> {
        Slots::take(slots, from.parse().unwrap())
    }

    #[test]
    fn one_address_does_not_take_all_connections() {
        let slots = Arc::<Slots>::default();
        let held: Vec<_> = (0..100).filter_map(|n| take(&slots, &format!("2001:db8::{n:x}"))).collect();
        assert_eq!(held.len(), MOST_OF_ONE);
        assert!(take(&slots, "2001:db8:0:1::1").is_some());
        drop(held);
        assert!(take(&slots, "2001:db8::1").is_some());
        assert!(slots.locked().is_empty());
    }

    #[test]
    fn all_addresses_do_not_take_all_descriptors() {
        let slots = Arc::<Slots>::default();
        let held: Vec<_> =
            (0..1000).filter_map(|n| take(&slots, &format!("10.0.{}.{}", n / 256, n % 256))).collect();
        assert_eq!(held.len(), MOST);
        assert!(take(&slots, "127.0.0.1").is_none());
    }

    #[test]
    fn the_length_of_the_refusal_is_right() {
        let body = NO_TLS.split_once("\r\n\r\n").unwrap().1;
        assert!(NO_TLS.contains(&format!("Content-Length: {}\r\n", body.len())), "{}", body.len());
    }
}
