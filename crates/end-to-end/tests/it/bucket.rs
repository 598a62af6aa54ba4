//! A bucket that speaks as much of S3 as the example does: put an object, get it, list by a prefix.
//!
//! Source: Amazon S3 API reference, `PutObject`, `GetObject`, `ListObjectsV2`. Signatures are not checked,
//! only that there is one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The objects, each with the number of its upload.
type Objects = Arc<Mutex<BTreeMap<String, (u64, Vec<u8>)>>>;

/// A bucket, for as long as the process lives.
pub(crate) struct Bucket {
    address: String,
    objects: Objects,
}

impl Bucket {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("http://{}/bucket", listener.local_addr().unwrap());
        let objects = Objects::default();
        let all = Arc::clone(&objects);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = answer(stream.unwrap(), &all);
            }
        });
        Self { address, objects }
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.address
    }

    /// The keys of its objects.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }
}

fn answer(stream: TcpStream, objects: &Objects) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut writer = stream;
    if headers.contains_key("expect") {
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let length = headers.get("content-length").map_or(0, |it| it.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (path, query) = words[1].split_once('?').unwrap_or((&words[1], ""));
    let key = decoded(path.strip_prefix("/bucket/").unwrap_or_default());
    let is_signed = headers.get("authorization").is_some_and(|it| it.contains("AWS4-HMAC-SHA256"));
    let mut objects = objects.lock().unwrap();
    let (status, body) = match words[0].as_str() {
        _ if !is_signed => ("403 Forbidden", Vec::new()),
        "PUT" => {
            let number = u64::try_from(objects.len()).unwrap();
            objects.insert(key, (number, body));
            ("200 OK", Vec::new())
        }
        "GET" if key.is_empty() => ("200 OK", listed(&objects, query).into_bytes()),
        "GET" => match objects.get(&key) {
            Some((_, body)) => ("200 OK", body.clone()),
            None => ("404 Not Found", Vec::new()),
        },
        _ => ("405 Method Not Allowed", Vec::new()),
    };
    let head =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    writer.write_all(head.as_bytes())?;
    writer.write_all(&body)
}

fn listed(objects: &BTreeMap<String, (u64, Vec<u8>)>, query: &str) -> String {
    let prefix = query.split('&').find_map(|it| it.strip_prefix("prefix=")).unwrap_or_default();
    let prefix = decoded(&prefix.replace('+', " "));
    let mut xml = "<?xml version=\"1.0\"?>\n<ListBucketResult>".to_owned();
    for (key, (number, _)) in objects.iter().filter(|(key, _)| key.starts_with(&prefix)) {
        let _ = write!(
            xml,
            "<Contents><Key>{key}</Key><LastModified>2026-11-22T00:00:{number:02}.000Z</LastModified></Contents>"
        );
    }
    xml + "</ListBucketResult>"
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        decoded.push(char::from(u8::from_str_radix(digits, 16).unwrap()));
        decoded.push_str(rest);
    }
    decoded
}
