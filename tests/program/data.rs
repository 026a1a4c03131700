//! `microlearners data`, against a server on this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

/// What the server does with a request for a file.
#[derive(Clone, Copy)]
enum Manner {
    /// Sends the file.
    Whole,
    /// Promises it and breaks off after a third.
    BrokenOff,
    /// Sends other bytes.
    Wrong,
}

/// A server of the four files; it ends with the test's process.
fn server(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, manner);
        }
    });
    address
}

fn answer(mut stream: TcpStream, manner: Manner) {
    let mut request = [0; 4096];
    let length = stream.read(&mut request).unwrap_or(0);
    let text = String::from_utf8_lossy(&request[..length]).into_owned();
    let name = text.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
    let file = std::fs::read(Path::new("datasets/mnist").join(&name)).unwrap_or_default();
    let file = if matches!(manner, Manner::Wrong) { vec![7; file.len()] } else { file };
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        file.len()
    );
    let sent = if matches!(manner, Manner::BrokenOff) { file.len() / 3 } else { file.len() };
    let _ = stream.write_all(&file[..sent]);
}

fn fetch(cache: &Path, addresses: &[&str]) -> Output {
    fetch_named("mnist", cache, addresses)
}

fn fetch_named(name: &str, cache: &Path, addresses: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_microlearners"));
    command.args(["data", name]).env("XDG_CACHE_HOME", cache).env_remove("MICROLEARNERS_CACHE");
    // A proxy does not know this machine's own addresses.
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    for address in addresses {
        command.args(["--from", address]);
    }
    command.output().unwrap()
}

fn files(cache: &Path) -> Vec<String> {
    let folder = cache.join("microlearners/data/mnist");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn mnist_is_downloaded_once_and_checked() {
    let cache = tempfile::tempdir().unwrap();
    let done = fetch(cache.path(), &[&server(Manner::Wrong), &server(Manner::Whole)]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(files(cache.path()).len(), 4);
    let folder = cache.path().join("microlearners/data/mnist");
    assert_eq!(microlearners::data::Dataset::mnist_from(&folder).unwrap().train().len(), 60_000);
    // Files that are there and right are kept; a damaged one is fetched again.
    assert!(fetch(cache.path(), &["http://127.0.0.1:9/"]).status.success());
    std::fs::write(folder.join("t10k-labels-idx1-ubyte.gz"), b"damaged").unwrap();
    assert!(!fetch(cache.path(), &["http://127.0.0.1:9/"]).status.success());
    assert!(fetch(cache.path(), &[&server(Manner::Whole)]).status.success());
    assert!(microlearners::data::Dataset::mnist_from(&folder).is_ok());
}

#[test]
fn what_cannot_be_downloaded_is_told_in_one_sentence_and_leaves_nothing() {
    for (addresses, part) in [
        (vec![server(Manner::BrokenOff)], "bytes"),
        (vec![server(Manner::Wrong)], "not gzip"),
        (vec!["http://127.0.0.1:9/".to_owned()], "connect"),
        (vec![server(Manner::Wrong), "http://127.0.0.1:9/".to_owned()], "connect"),
    ] {
        let cache = tempfile::tempdir().unwrap();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let done = fetch(cache.path(), &addresses);
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "{told}");
        assert_eq!(told.trim_end().lines().count(), 1, "{told}");
        assert!(told.contains(part) && told.contains("--from"), "{told}");
        assert_eq!(files(cache.path()), Vec::<String>::new());
    }
}

#[test]
fn an_archive_that_is_not_the_spoken_digits_is_told_in_one_sentence() {
    let cache = tempfile::tempdir().unwrap();
    let done = fetch_named("fsdd", cache.path(), &[&server(Manner::Whole)]);
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{told}");
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    assert!(told.contains("what came is not the file") && told.contains("--from"), "{told}");
    let left = std::fs::read_dir(cache.path().join("microlearners/data/fsdd")).unwrap().count();
    assert_eq!(left, 0);
}
