//! A web service of std::net: GET / answers a friendly line, GET /health answers ok.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const SIGTERM: i32 = 15;
const HEAD_LIMIT: u64 = 16 * 1024;

// The C library is linked in any case, and std has no signals. The first process of a container has no default action for them.
extern "C" {
    fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
    fn _exit(code: i32) -> !;
}

extern "C" fn end(_: i32) {
    unsafe { _exit(0) }
}

fn main() -> io::Result<()> {
    unsafe { signal(SIGTERM, end) };
    let port: u16 = env::var("PORT").ok().and_then(|text| text.parse().ok()).unwrap_or(8081);
    let host = env::var("HOST").unwrap_or_else(|_| "0.0.0.0".to_string());
    let listener = TcpListener::bind((host.as_str(), port))?;
    println!("listening on port {port}");
    for connection in listener.incoming() {
        let connection = connection?;
        thread::spawn(move || {
            if let Err(error) = serve(connection) {
                println!("a connection ended: {error}");
            }
        });
    }
    Ok(())
}

fn serve(mut connection: TcpStream) -> io::Result<()> {
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(connection.try_clone()?).take(HEAD_LIMIT).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = request.split(' ').nth(1).unwrap_or("");
    let (status, text) = match path {
        "/" => ("200 OK", "Hello from Rust!\n"),
        "/health" => ("200 OK", "ok\n"),
        _ => ("404 Not Found", "There is nothing here.\n"),
    };
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )?;
    println!("{} {request} {status}", connection.peer_addr()?);
    Ok(())
}
