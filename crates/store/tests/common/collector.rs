//! A server that answers requests as it is told, and keeps them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Collector {
    /// One that speaks TLS.
    pub(crate) fn with_tls(config: ServerConfig, answer: fn(usize, &Request) -> u16) -> Self {
        let config = Arc::new(config);
        Self::accepting(move |stream, kept| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            serve(StreamOwned::new(connection, stream), kept, &answer);
        })
    }

    /// `answer` gets the number of the request and says the status; 0 is silence.
    pub(crate) fn start(answer: impl Fn(usize, &Request) -> u16 + Send + Sync + 'static) -> Self {
        Self::accepting(move |stream, kept| serve(stream, kept, &answer))
    }

    fn accepting(serve: impl Fn(TcpStream, &Mutex<Vec<Request>>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, serve) = (Arc::clone(&requests), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (kept, serve) = (Arc::clone(&kept), Arc::clone(&serve));
                thread::spawn(move || serve(stream.unwrap(), &kept));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(mut stream: impl Read + Write, kept: &Mutex<Vec<Request>>, answer: &dyn Fn(usize, &Request) -> u16) {
    while let Some(request) = read(&mut stream) {
        let number = {
            let mut kept = kept.lock().unwrap();
            kept.push(request.clone());
            kept.len() - 1
        };
        let status = answer(number, &request);
        if status == 0 {
            thread::sleep(Duration::from_secs(60));
            return;
        }
        let answer = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: 5\r\n\r\nsaid\n");
        let answer = if status == 204 { "HTTP/1.1 204 No Content\r\n\r\n".to_owned() } else { answer };
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().split('\r').next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Request { head, body: String::from_utf8(body).unwrap() })
}
