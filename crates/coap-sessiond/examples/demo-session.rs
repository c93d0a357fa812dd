//! `make demo-session`: starts `coap-sessiond demo`, opens listeners by its REST interface as any client does, sends
//! data through them, and says what came back and how fast.
//!
//! demo-session PROGRAM
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    collections::HashMap,
    error::Error,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream, UdpSocket},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Whoever waits longer for something waits in vain.
const PATIENCE: Duration = Duration::from_secs(60);
/// For so long bytes are sent through a connection, to come back.
const WHILE: Duration =
    if cfg!(debug_assertions) { Duration::from_millis(200) } else { Duration::from_secs(2) };
/// Datagrams sent one after the other.
const DATAGRAMS: u32 = 2000;

/// The nodes, and what they have said about themselves.
struct Demo {
    child: Child,
    facts: HashMap<String, String>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Demo {
    fn start(program: &str) -> Result<Self> {
        let mut child = Command::new(program).arg("demo").stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut demo = Self { child, facts: HashMap::new() };
        for line in BufReader::new(output).lines() {
            let line = line?;
            if let Some((name, value)) = line.split_once('=')
                && name.bytes().all(|byte| byte.is_ascii_uppercase())
            {
                demo.facts.insert(name.to_owned(), value.to_owned());
            }
            if line.starts_with("It ends") {
                return Ok(demo);
            }
        }
        Err("the demonstration has ended".into())
    }

    fn fact(&self, name: &str) -> Result<&str> {
        Ok(self.facts.get(name).ok_or_else(|| format!("{name} was not said"))?)
    }

    /// A request to the REST interface: status and body of the answer.
    fn call(&self, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
        let host = self.fact("URL")?.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "{method} /api/v3{path} HTTP/1.1\r\nHost: {host}\r\nX-Auth-Token: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.fact("TOKEN")?,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        Ok((status, body.to_owned()))
    }

    /// Opens a listener, and says where it is.
    fn open(&self, transport: &str, hops: usize) -> Result<SocketAddr> {
        let (exit, target) = (self.fact("EXIT")?, self.fact("TARGET")?);
        let body = format!(
            r#"{{"destination": "{exit}", "path": {{"Hops": {hops}}}, "target": {{"Plain": "{target}"}}}}"#
        );
        let (status, answer) = self.call("POST", &format!("/session/{transport}"), &body)?;
        let way = if hops == 0 { "straight to the exit" } else { "over the relay" };
        println!("POST /api/v3/session/{transport}, {way}: {status} {answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer)?;
        let port = answer["port"].as_u64().ok_or("no port")?;
        Ok(SocketAddr::from(([127, 0, 0, 1], u16::try_from(port)?)))
    }
}

fn main() -> Result {
    let program = std::env::args().nth(1).ok_or("usage: demo-session PROGRAM")?;
    let mut demo = Demo::start(&program)?;
    println!("entry, relay and exit are running; the entry's REST interface is at {}\n", demo.fact("URL")?);
    for hops in [1, 0] {
        let tcp = demo.open("tcp", hops)?;
        talk(tcp)?;
        measure(tcp)?;
        println!();
    }
    let udp = demo.open("udp", 1)?;
    datagrams(udp)?;
    for (transport, at) in [("tcp", 0), ("udp", udp.port())] {
        let (status, _) = demo.call("DELETE", &format!("/session/{transport}/127.0.0.1/{at}"), "")?;
        println!("DELETE /api/v3/session/{transport}/127.0.0.1/{at}: {status}");
    }
    kill(Pid::from_raw(i32::try_from(demo.child.id())?), Signal::SIGTERM)?;
    let ended = demo.child.wait()?;
    if ended.success() { Ok(()) } else { Err(format!("the nodes ended with {ended}").into()) }
}

fn connect(at: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Says something, ends its own direction, and prints what came back.
fn talk(at: SocketAddr) -> Result {
    let mut stream = connect(at)?;
    stream.write_all(b"Hello from the other end of a CoAP session!")?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    println!("TCP: came back: {answer:?}");
    Ok(())
}

/// Sends for a while, and looks at what comes back.
fn measure(at: SocketAddr) -> Result {
    let piece: Vec<u8> = (0..65_536_u32).map(|at| (at * 7 + at / 251) as u8).collect();
    let mut stream = connect(at)?;
    let mut writer = stream.try_clone()?;
    let (begin, sent) = (Instant::now(), piece.clone());
    let sending = thread::spawn(move || -> Result<usize> {
        let mut count = 0;
        while begin.elapsed() < WHILE {
            writer.write_all(&sent)?;
            count += sent.len();
        }
        writer.shutdown(Shutdown::Write)?;
        Ok(count)
    });
    let (mut buffer, mut count) = (vec![0; piece.len()], 0);
    loop {
        let at = count % piece.len();
        let read = stream.read(&mut buffer[at..])?;
        if read == 0 {
            break;
        }
        if buffer[at..at + read] != piece[at..at + read] {
            return Err("what came back is not what was sent".into());
        }
        count += read;
    }
    if sending.join().map_err(|_| "the sender has panicked")?? != count {
        return Err("not everything came back".into());
    }
    let (seconds, megabytes) = (begin.elapsed().as_secs_f64(), count as f64 / 1e6);
    println!(
        "TCP: {megabytes:.1} MB there and back, as they were, in {seconds:.2} s: {:.1} MB/s",
        megabytes / seconds
    );
    Ok(())
}

/// Sends datagrams, each when the one before has come back.
fn datagrams(at: SocketAddr) -> Result {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    socket.connect(at)?;
    socket.send(b"Hello in a datagram!")?;
    let mut buffer = [0; 2000];
    let count = socket.recv(&mut buffer)?;
    println!("UDP: came back: {:?}", String::from_utf8_lossy(&buffer[..count]));
    let (begin, mut lost) = (Instant::now(), 0);
    for number in 0..DATAGRAMS {
        let sent = number.to_be_bytes().repeat(100);
        socket.send(&sent)?;
        match socket.recv(&mut buffer) {
            Ok(count) if buffer[..count] == sent => {}
            _ => lost += 1,
        }
    }
    let each = begin.elapsed() / DATAGRAMS;
    println!("UDP: {DATAGRAMS} datagrams there and back, {lost} lost, {each:.0?} each");
    Ok(())
}
