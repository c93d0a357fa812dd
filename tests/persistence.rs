//! A server that is killed at any moment and comes back (`c-tests/persist/server.c`): its observers are notified by
//! a process that has never heard from them, with numbers that do not go back; resources that requests made are
//! there.
#![forbid(unsafe_code)]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    net::UdpSocket,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::{Duration, Instant},
};
use support::{
    Program,
    library::Library,
    process::{Finished, Running},
    udp,
};

const LIMIT: Duration = Duration::from_secs(30);
const OBSERVE: u16 = 6;
const URI_PATH: u16 = 11;

/// A place for the files of one server, which listens at one port in all its lives.
struct Place {
    directory: PathBuf,
    port: u16,
    library: Library,
    program: Program,
}

impl Place {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("persistence-{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&directory).unwrap();
        let library = Library::ours();
        let program = Program::compile("c-tests/persist/server.c", &library);
        Self { directory, port: udp::free_port(), library, program }
    }

    fn arguments<'a>(&'a self, port: &'a str, end: &'a str) -> [&'a str; 3] {
        [port, self.directory.to_str().unwrap(), end]
    }

    /// Starts the server, and waits until it is ready. Also returns what it printed until then.
    fn start(&self, end: &str) -> (Running, String) {
        let port = self.port.to_string();
        self.ready(self.program.start(&self.library, &self.arguments(&port, end)))
    }

    fn start_checked(&self, end: &str) -> (Running, String) {
        let port = self.port.to_string();
        self.ready(self.program.start_checked(&self.library, &self.arguments(&port, end)))
    }

    fn ready(&self, mut server: Running) -> (Running, String) {
        let lines = std::cell::RefCell::new(String::new());
        server.wait_for_line(LIMIT, |line| {
            lines.borrow_mut().push_str(line);
            line == "ready\n"
        });
        (server, lines.into_inner())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// A client of one socket. It acknowledges what is confirmable, and knows messages that come twice.
struct Client {
    socket: UdpSocket,
    mid: u16,
    /// By token: the numbers and states of what was notified, in the order in which it came.
    notified: BTreeMap<u8, Vec<(u32, String)>>,
}

/// What the client looks at in a message.
struct Message {
    kind: u8,
    code: u8,
    mid: [u8; 2],
    token: Vec<u8>,
    observe: Option<u32>,
    payload: String,
}

impl Client {
    fn new(port: u16) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        Self { socket, mid: 0, notified: BTreeMap::new() }
    }

    /// Asks, again until there is an answer; its code and payload.
    fn ask(&mut self, code: u8, token: u8, path: &str, observe: Option<u8>, payload: &str) -> (u8, String) {
        self.mid += 1;
        let request = encode(code, self.mid, token, path, observe, payload);
        let end = Instant::now() + LIMIT;
        while Instant::now() < end {
            if let Some(answer) = self.try_once(&request) {
                return answer;
            }
        }
        panic!("no answer to {path}");
    }

    /// Sends a request and waits for its answer, for half a second.
    fn try_once(&mut self, request: &[u8]) -> Option<(u8, String)> {
        let _ = self.socket.send(request); // the port may be closed still
        let end = Instant::now() + Duration::from_millis(500);
        while Instant::now() < end {
            if let Some(message) = self.receive().filter(|it| it.kind == 2 && it.mid == request[2..4]) {
                return Some((message.code, message.payload));
            }
        }
        None
    }

    /// Whatever comes within a moment. Notifications are noted and acknowledged.
    fn receive(&mut self) -> Option<Message> {
        let mut bytes = [0; 2048];
        let length = self.socket.recv(&mut bytes).ok()?;
        let message = Message::parse(&bytes[..length])?;
        if message.kind == 0 {
            self.socket.send(&[0x60, 0, message.mid[0], message.mid[1]]).unwrap();
        }
        if let (Some(number), [token]) = (message.observe, &message.token[..]) {
            self.notified.entry(*token).or_default().push((number, message.payload.clone()));
        }
        Some(message)
    }

    /// Waits until a notification with this state has come.
    fn wait_for(&mut self, token: u8, state: &str) {
        let end = Instant::now() + LIMIT;
        while !self.notified.get(&token).is_some_and(|seen| seen.iter().any(|(_, it)| it == state)) {
            assert!(Instant::now() < end, "{state} did not come for {token}: {:?}", self.notified);
            self.receive();
        }
    }

    /// The numbers of an observation never go back. (They are far from wrapping here.)
    fn assert_in_order(&self) {
        for (token, seen) in &self.notified {
            assert!(seen.is_sorted_by_key(|(number, _)| *number), "{token}: {seen:?}");
        }
    }
}

/// A confirmable request.
fn encode(code: u8, mid: u16, token: u8, path: &str, observe: Option<u8>, payload: &str) -> Vec<u8> {
    let [high, low] = mid.to_be_bytes();
    let mut request = vec![0x41, code, high, low, token];
    let mut last = 0;
    let mut option = |number: u16, value: &[u8]| {
        request.push(((number - last) as u8) << 4 | value.len() as u8);
        request.extend_from_slice(value);
        last = number;
    };
    if let Some(action) = observe {
        option(OBSERVE, if action == 0 { &[] } else { std::slice::from_ref(&action) });
    }
    option(URI_PATH, path.as_bytes());
    if !payload.is_empty() {
        request.push(0xff);
        request.extend_from_slice(payload.as_bytes());
    }
    request
}

impl Message {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let [first, code, high, low, rest @ ..] = bytes else { return None };
        let (token, mut rest) = rest.split_at_checked(usize::from(first & 15))?;
        let (mut number, mut observe) = (0, None);
        while let [head, behind @ ..] = rest {
            if *head == 0xff {
                rest = behind;
                break;
            }
            // The server's options are short.
            number += u16::from(head >> 4);
            let (value, behind) = behind.split_at_checked(usize::from(head & 15))?;
            if number == OBSERVE {
                observe = Some(value.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)));
            }
            rest = behind;
        }
        let payload = String::from_utf8_lossy(rest).into_owned();
        let (kind, mid, token) = (first >> 4 & 3, [*high, *low], token.to_vec());
        Some(Self { kind, code: *code, mid, token, observe, payload })
    }
}

const GET: u8 = 1;
const PUT: u8 = 3;
const DELETE: u8 = 4;
const REGISTER: Option<u8> = Some(0);
const DEREGISTER: Option<u8> = Some(1);

#[test]
fn observers_resources_and_numbers_survive_a_kill() {
    let place = Place::new();
    let (server, _) = place.start("");
    let (mut watcher, mut writer) = (Client::new(place.port), Client::new(place.port));
    assert_eq!(writer.ask(PUT, 9, "made", None, "first").0, 0x41);
    assert_eq!(watcher.ask(GET, 1, "time", REGISTER, ""), (0x45, String::new()));
    assert_eq!(watcher.ask(GET, 2, "made", REGISTER, ""), (0x45, "first".into()));
    assert_eq!(watcher.ask(GET, 3, "none", REGISTER, "").0, 0x84);
    let mut life_before = Some(server);
    for life in 1..=4 {
        drop(life_before.take()); // SIGKILL
        let (server, lines) = place.start("");
        assert_eq!(lines, "made made\nstarted: 1\nready\n");
        life_before = Some(server);
        for change in 0..7 {
            let state = format!("{life}.{change}");
            writer.ask(PUT, 9, "time", None, &state);
            watcher.wait_for(1, &state);
        }
        let state = format!("made {life}");
        writer.ask(PUT, 9, "made", None, &state);
        watcher.wait_for(2, &state);
        watcher.assert_in_order();
    }
    assert_eq!(watcher.ask(GET, 1, "time", DEREGISTER, "").0, 0x45);
    assert_eq!(writer.ask(DELETE, 9, "made", None, "").0, 0x42);
    drop(life_before);
    let (_server, lines) = place.start("");
    assert_eq!(lines, "started: 1\nready\n", "what was deleted stays so");
    watcher.notified.clear();
    writer.ask(PUT, 9, "time", None, "alone");
    for _ in 0..3 {
        watcher.receive();
    }
    assert!(watcher.notified.is_empty(), "who has ended its observation stays away: {:?}", watcher.notified);
}

#[test]
fn whatever_was_answered_before_a_kill_is_there_after_it() {
    let place = Place::new();
    let mut random = 17u64;
    let mut expected = BTreeMap::new();
    let mut clients: Vec<_> = (0..4).map(|_| Client::new(place.port)).collect();
    for life in 0..12 {
        let (server, lines) = place.start("");
        assert!(lines.contains("started: 1\n"), "{lines}");
        for _ in 0..=life {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (client, token) = ((random >> 33) as usize % 4, (random >> 40) as u8 % 8);
            if random >> 62 == 0 {
                clients[client].ask(GET, token, "time", DEREGISTER, "");
                expected.remove(&(client, token));
            } else {
                // Another token of the same client takes the place of the one before.
                clients[client].ask(GET, token, "time", REGISTER, "");
                expected.retain(|&(other, _), ()| other != client);
                expected.insert((client, token), ());
            }
        }
        drop(server); // SIGKILL
    }
    let (_server, _) = place.start("");
    let mut writer = Client::new(place.port);
    clients.iter_mut().for_each(|client| client.notified.clear());
    writer.ask(PUT, 1, "time", None, "news");
    for &(client, token) in expected.keys() {
        clients[client].wait_for(token, "news");
    }
    for (number, client) in clients.iter_mut().enumerate() {
        client.receive();
        let seen: Vec<_> = client.notified.keys().copied().collect();
        let meant: Vec<_> = expected.keys().filter(|key| key.0 == number).map(|key| key.1).collect();
        assert_eq!(seen, meant, "client {number}");
    }
    assert!(!expected.is_empty());
}

/// Killed while it works as fast as it can, also while its files are written anew.
#[test]
fn a_kill_in_the_middle_of_work_takes_nothing_that_was_answered() {
    let place = Place::new();
    let (mut restless, mut steady) = (Client::new(place.port), Client::new(place.port));
    let mut written_anew = false;
    for life in 0..10u64 {
        let (server, _) = place.start("");
        steady.ask(GET, 1, "time", REGISTER, "");
        let file = place.file("observers");
        let inode = move || fs::metadata(&file).map(|file| file.ino()).unwrap();
        let before = inode();
        // Where in its work it is by then is left to chance, but for the last lives: those end when the file has been
        // written anew, however long the disk takes for it.
        let killer = std::thread::spawn(move || {
            let moment = Duration::from_millis(life * 127 % 401);
            let end = Instant::now() + if life < 8 { moment } else { LIMIT };
            while Instant::now() < end && (life < 8 || inode() == before) {
                std::thread::sleep(Duration::from_millis(1));
            }
            drop(server);
            inode() != before
        });
        // Each registration ends the one before: two records.
        let mut answered = None;
        let tried = loop {
            restless.mid = restless.mid.wrapping_add(1);
            let token = (restless.mid % 251) as u8;
            let request = encode(GET, restless.mid, token, "time", REGISTER, "");
            if killer.is_finished() || restless.try_once(&request).is_none() {
                break token;
            }
            answered = Some(token);
        };
        written_anew = killer.join().unwrap();

        let (_server, lines) = place.start("");
        assert!(lines.ends_with("started: 1\nready\n"), "{lines}");
        restless.notified.clear();
        let state = format!("life {life}");
        Client::new(place.port).ask(PUT, 1, "time", None, &state);
        steady.wait_for(1, &state);
        // Whether the last request was served before the kill is not known.
        let end = Instant::now() + LIMIT;
        while restless.notified.is_empty() && answered.is_some() && Instant::now() < end {
            restless.receive();
        }
        let notified: Vec<_> = restless.notified.keys().copied().collect();
        let possible = [answered, Some(tried)].map(|token| token.into_iter().collect::<Vec<_>>());
        assert!(possible.contains(&notified), "{notified:?} of {possible:?}");
    }
    assert!(written_anew, "the file was not written anew");
}

#[test]
fn an_end_with_coap_persist_stop_is_as_a_kill_and_one_without_forgets() {
    let place = Place::new();
    let mut watcher = Client::new(place.port);
    let (mut server, _) = place.start_checked("stop");
    watcher.ask(PUT, 9, "made", None, "first");
    watcher.ask(GET, 1, "made", REGISTER, "");
    server.close_input();
    assert_clean(&server.finish(LIMIT));
    let (mut server, lines) = place.start_checked("free");
    assert_eq!(lines, "made made\nstarted: 1\nready\n");
    watcher.ask(PUT, 9, "made", None, "second");
    watcher.wait_for(1, "second");
    server.close_input();
    assert_clean(&server.finish(LIMIT));
    // The PUT's answer may come twice, if it took so long that it was asked for again.
    let gone =
        std::iter::repeat_with(|| watcher.receive()).take(50).flatten().find(|it| it.token != [9]).unwrap();
    assert_eq!((gone.code, gone.token), (0x84, vec![1]), "it is told");
    let (_server, lines) = place.start("");
    assert_eq!(lines, "started: 1\nready\n");
    assert_eq!(watcher.ask(GET, 1, "made", None, "").0, 0x84);
}

#[test]
fn a_bad_file_is_refused_and_the_others_are_read() {
    let place = Place::new();
    let mut client = Client::new(place.port);
    let (server, _) = place.start("");
    client.ask(PUT, 9, "made", None, "first");
    client.ask(GET, 1, "made", REGISTER, "");
    drop(server);
    fs::write(place.file("observers"), "not ours").unwrap();
    let (server, lines) = place.start("");
    let line = format!("{}: not a file of kept state: refused, kept as", place.file("observers").display());
    assert!(lines.contains(&line) && lines.ends_with("made made\nstarted: 1\nready\n"), "{lines}");
    drop(server);
    assert_eq!(fs::read(place.file("observers.rejected")).unwrap(), b"not ours");
    fs::remove_file(place.file("numbers")).unwrap();
    fs::create_dir(place.file("numbers")).unwrap();
    let (_server, lines) = place.start("");
    let line = format!("{}: not a regular file: nothing is kept there", place.file("numbers").display());
    assert!(lines.contains(&line) && lines.ends_with("made made\nstarted: 0\nready\n"), "{lines}");
}

/// Debian's client observes a server of ours over a kill.
#[test]
fn debians_client_is_notified_by_the_next_process() {
    let place = Place::new();
    let mut writer = Client::new(place.port);
    let (server, _) = place.start("");
    writer.ask(PUT, 9, "made", None, "before the kill\n");
    let mut command = Command::new("coap-client-notls");
    command.args(["-s", "20", "-B", "20", &format!("coap://127.0.0.1:{}/made", place.port)]);
    let mut client = Running::start(command);
    client.wait_for_line(LIMIT, |line| line == "before the kill\n");
    drop(server);
    let (_server, _) = place.start("");
    writer.ask(PUT, 9, "made", None, "after the kill\n");
    client.wait_for_line(LIMIT, |line| line == "after the kill\n");
}

fn assert_clean(finished: &Finished) {
    assert!(finished.status.success(), "{}\n{}{}", finished.status, finished.stdout, finished.stderr);
    assert!(finished.stdout.ends_with("ended\n"), "{}", finished.stdout);
}
