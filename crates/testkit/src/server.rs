//! An HTTP server on this machine that answers as a script says, and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest body that a client may send.
const LARGEST: usize = 8 << 20;

/// A server for as long as this value lives. It gives one answer a request, in the order of its script;
/// whoever asks for more gets the status 500 and a line that says so.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    is_over: Arc<AtomicBool>,
    worker: Option<JoinHandle<()>>,
}

/// What a client asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path with its query, as it came.
    pub target: String,
    /// The headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// As many bytes as its `Content-Length` says, and at most a few million.
    pub body: Vec<u8>,
}

/// What the server says to one request.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    length: Length,
    pause: Option<(usize, Duration)>,
    ending: Ending,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug)]
enum Ending {
    /// With its body.
    Body,
    /// Never: the body comes again and again.
    Never,
    /// Before its first word.
    AtOnce,
}

/// What an answer says of its length.
#[derive(Clone, Copy, Debug)]
enum Length {
    /// That of its body.
    Own,
    /// Another.
    Declared(usize),
    /// Nothing: it ends where the connection does.
    Unsaid,
}

impl Answer {
    /// A status and a body, with its length.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let (length, ending) = (Length::Own, Ending::Body);
        Self { status, headers: Vec::new(), body, length, pause: None, ending }
    }

    /// None: the connection ends without a word.
    pub fn none() -> Self {
        Self { ending: Ending::AtOnce, ..Self::new(200, "") }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With another length than the body has: the connection ends before or after it.
    #[must_use]
    pub fn declared(mut self, length: usize) -> Self {
        self.length = Length::Declared(length);
        self
    }

    /// Without a word on the length.
    #[must_use]
    pub fn unmeasured(mut self) -> Self {
        self.length = Length::Unsaid;
        self
    }

    /// With the body again and again, until the client hangs up, and without a word on the length.
    #[must_use]
    pub fn endless(self) -> Self {
        Self { ending: Ending::Never, ..self.unmeasured() }
    }

    /// With a pause after every `bytes` bytes of the body.
    #[must_use]
    pub fn slowly(mut self, bytes: usize, pause: Duration) -> Self {
        self.pause = Some((bytes, pause));
        self
    }

    /// What goes over the line before the body.
    fn head(&self) -> String {
        let length = match self.length {
            Length::Own => Some(self.body.len()),
            Length::Declared(length) => Some(length),
            Length::Unsaid => None,
        };
        let length = length.map(|length| ("Content-Length".to_owned(), length.to_string()));
        let lines =
            self.headers.iter().chain(&length).map(|(name, value)| format!("{name}: {value}\r\n"));
        let lines: String = lines.collect();
        format!("HTTP/1.1 {} Scripted\r\nConnection: close\r\n{lines}\r\n", self.status)
    }
}

impl Server {
    /// A server that gives these answers.
    ///
    /// # Panics
    /// When the system gives no port.
    pub fn new(script: impl IntoIterator<Item = Answer>) -> Self {
        let mut script = script.into_iter().collect::<Vec<_>>().into_iter();
        Self::replying(move |_| {
            script.next().unwrap_or_else(|| Answer::new(500, "not in the script"))
        })
    }

    /// A server that answers what it is asked, one request after the other.
    ///
    /// # Panics
    /// When the system gives no port.
    pub fn replying(mut reply: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .unwrap_or_else(|error| panic!("no port on this machine: {error}"));
        let address =
            listener.local_addr().unwrap_or_else(|error| panic!("the port has no number: {error}"));
        let (seen, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, over) = (Arc::clone(&seen), Arc::clone(&is_over));
        let worker = thread::spawn(move || {
            for connection in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let Some((request, stream)) = connection.ok().and_then(asked) else { continue };
                let answer = reply(&request);
                log.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                // A client may hang up whenever it likes; a slow answer does not hold up the next.
                thread::spawn(move || drop(say(stream, &answer)));
            }
        });
        Self { address, seen, is_over, worker: Some(worker) }
    }

    /// Its address, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the worker, which waits for the next connection.
        drop(TcpStream::connect(self.address));
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

/// The request that a client makes; nothing where it makes none.
fn asked(stream: TcpStream) -> Option<(Request, TcpStream)> {
    // Whoever connects and says nothing does not hold up a test.
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut lines = reader.by_ref().lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let line = lines.next()?.ok()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.filter(|length| *length <= LARGEST).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((Request { method, target, headers, body }, stream))
}

fn say(mut stream: TcpStream, answer: &Answer) -> std::io::Result<()> {
    match answer.ending {
        Ending::AtOnce => return Ok(()),
        Ending::Body => stream.write_all(answer.head().as_bytes())?,
        Ending::Never => {
            stream.write_all(answer.head().as_bytes())?;
            loop {
                stream.write_all(&answer.body)?;
            }
        }
    }
    match answer.pause {
        None => stream.write_all(&answer.body),
        Some((bytes, pause)) => {
            for part in answer.body.chunks(bytes.max(1)) {
                stream.write_all(part)?;
                thread::sleep(pause);
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &Server, target: &str) -> String {
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: x\r\nX-Odd:  a:b \r\n\r\n").unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        said
    }

    #[test]
    fn answers_come_in_the_order_of_the_script() {
        let script = [Answer::new(200, "one"), Answer::new(404, "two").header("A", "b")];
        let server = Server::new(script);
        let first = ask(&server, "/a?b=c");
        assert!(first.starts_with("HTTP/1.1 200 ") && first.ends_with("\r\n\r\none"), "{first}");
        let second = ask(&server, "/");
        assert!(second.contains(" 404 ") && second.contains("\r\nA: b\r\n"), "{second}");
        assert!(ask(&server, "/").contains(" 500 "));
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        assert_eq!((requests[0].method.as_str(), requests[0].target.as_str()), ("GET", "/a?b=c"));
        assert_eq!(requests[0].headers["x-odd"], "a:b");
    }

    #[test]
    fn a_request_has_its_body_and_may_decide_the_answer() {
        let server = Server::replying(|request| Answer::new(200, request.body.clone()));
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(stream, "PUT /a HTTP/1.1\r\nContent-Length: 4\r\n\r\na\r\nb").unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert!(said.ends_with("\r\n\r\na\r\nb"), "{said:?}");
        assert_eq!(server.requests()[0].body, b"a\r\nb");
    }

    #[test]
    fn an_answer_may_have_no_end_or_no_beginning() {
        let server = Server::new([Answer::none(), Answer::new(200, "abc").endless()]);
        assert_eq!(ask(&server, "/"), "");
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(stream, "GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut said = vec![0; 100_000];
        stream.read_exact(&mut said).unwrap();
    }

    #[test]
    fn an_answer_may_be_cut_or_slow() {
        let slow = Answer::new(200, "abc").declared(9).slowly(1, Duration::from_millis(1));
        let said = ask(&Server::new([slow]), "/");
        assert!(said.contains("Content-Length: 9\r\n") && said.ends_with("abc"), "{said}");
    }
}
