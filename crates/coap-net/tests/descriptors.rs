//! A node without descriptors. It takes them from its whole process, so it has one of its own.
use coap_net::{Node, Operation};
use coap_proto::{engine::Config, wire::Protocol};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::{
    fs::File,
    io::Read,
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// One turn of an application that looks at no event.
fn turn(node: &mut Node, wait: Duration) -> Result {
    node.run_once(Some(wait))?;
    while node.engine.poll_event().is_some() {}
    Ok(())
}

/// What the node sends first on a new connection: its CSM.
fn is_greeted(node: &mut Node, peer: &mut TcpStream) -> Result<bool> {
    peer.set_read_timeout(Some(Duration::from_millis(50)))?;
    for _ in 0..5 {
        turn(node, Duration::from_millis(10))?;
    }
    Ok(peer.read(&mut [0; 64]).is_ok_and(|length| length > 0))
}

#[test]
fn it_does_not_run_in_circles_and_goes_on_when_there_is_one() -> Result {
    let mut node = Node::new(Config::default(), Instant::now(), [7; 32])?;
    let endpoint = node.listen(SocketAddr::from(([127, 0, 0, 1], 0)), Protocol::Tcp)?;
    let at = node.engine.endpoint(endpoint).and_then(|endpoint| endpoint.local().ip()).ok_or("no address")?;
    let mut first = TcpStream::connect(at)?;
    assert!(is_greeted(&mut node, &mut first)?);
    let mut second = TcpStream::connect(at)?;

    let (limit, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, limit.min(64), most)?;
    let taken: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    assert!(!is_greeted(&mut node, &mut second)?);
    let notice = node.poll_notice().ok_or("nothing for the log")?;
    assert_eq!(notice.operation, Operation::Accept);

    // It tries again once a second, not at once.
    let (begin, mut turns) = (Instant::now(), 0);
    while begin.elapsed() < Duration::from_millis(900) {
        turn(&mut node, Duration::from_millis(900).saturating_sub(begin.elapsed()))?;
        turns += 1;
    }
    assert!(turns < 10, "{turns} turns of nothing");

    // A connection of its own that ends makes room at once.
    drop(first);
    assert!(is_greeted(&mut node, &mut second)?);
    let mut third = TcpStream::connect(at)?;
    assert!(!is_greeted(&mut node, &mut third)?);
    drop(taken);
    let begin = Instant::now();
    while !is_greeted(&mut node, &mut third)? {
        assert!(begin.elapsed() < Duration::from_secs(10), "it has forgotten the third");
    }
    Ok(())
}
