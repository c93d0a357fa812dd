//! One message of an example, as text and as it is on the wire.
use crate::content;
use coap_proto::wire::{BlockValue, Code, MessageType, Pdu, missing_blocks, option, uint};

/// A message of an example, and the names of its token and its message ID.
pub(crate) struct Line {
    pub(crate) pdu: Pdu,
    pub(crate) token: String,
    pub(crate) mid: String,
    pub(crate) lost: bool,
}

/// Blocks of the request's body, and of the response's: for the options that examples do not show.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) up: usize,
    pub(crate) down: usize,
}

/// What a message says that examples show, but for its token, its message ID and the value of Request-Tag.
pub(crate) fn describe(pdu: &Pdu) -> String {
    let kind = match pdu.kind() {
        MessageType::Con => "CON",
        MessageType::Non => "NON",
        MessageType::Ack => "ACK",
        MessageType::Rst => "RST",
    };
    let code = match pdu.code() {
        Code::GET => "GET".to_owned(),
        Code::PUT => "PUT".to_owned(),
        Code::FETCH => "FETCH".to_owned(),
        code => code.to_string(),
    };
    let mut words = vec![kind.to_owned(), code];
    for option in pdu.options() {
        let number = option.uint().unwrap_or_default();
        let block = BlockValue::decode(option.value).unwrap_or(BlockValue { num: 0, more: false, szx: 0 });
        let block = format!("{}/{}/{}", block.num, u8::from(block.more), block.size());
        match option.number {
            option::URI_PATH => words.push(format!("/{}", String::from_utf8_lossy(option.value))),
            option::OBSERVE => words.push(format!("O:{number}")),
            option::REQUEST_TAG => words.push("RT".to_owned()),
            option::ETAG => words.push(format!("ET:{number}")),
            option::Q_BLOCK1 => words.push(format!("1:{block}")),
            option::Q_BLOCK2 => words.push(format!("2:{block}")),
            option::SIZE1 | option::SIZE2 | option::CONTENT_FORMAT => {}
            other => words.push(format!("option {other}")),
        }
    }
    if pdu.code() == Code::INCOMPLETE {
        words.push(format!("{:?}", missing_blocks::decode(pdu.payload(), 99).unwrap()).replace(' ', ""));
    }
    words.sort();
    words.join(" ")
}

/// Reads a line.
pub(crate) fn read(line: &str, sizes: Sizes) -> Line {
    let mut words = line.split_whitespace();
    let lost = words.next().unwrap().starts_with('x');
    let kind = match words.next().unwrap() {
        "CON" => MessageType::Con,
        "NON" => MessageType::Non,
        "ACK" => MessageType::Ack,
        other => panic!("{other}"),
    };
    let code = match words.next().unwrap() {
        "GET" => Code::GET,
        "PUT" => Code::PUT,
        "FETCH" => Code::FETCH,
        code => Code::new(code[..1].parse().unwrap(), code[2..].parse().unwrap()),
    };
    let mut line = Line { pdu: Pdu::new(kind, code, 0, 0), token: String::new(), mid: String::new(), lost };
    if code == Code::FETCH {
        line.pdu.insert_option(option::CONTENT_FORMAT, &[]).unwrap();
    }
    for word in words {
        let (name, value) = word.split_once(':').unwrap_or((word, ""));
        match name {
            "T" => line.token = value.to_owned(),
            "M" => line.mid = value.to_owned(),
            "1" | "2" => insert_block(&mut line.pdu, name == "1", value, sizes),
            "RT" => insert_number(&mut line.pdu, option::REQUEST_TAG, value),
            "ET" => insert_number(&mut line.pdu, option::ETAG, value),
            "O" => insert_number(&mut line.pdu, option::OBSERVE, value),
            path if path.starts_with('/') => {
                line.pdu.insert_option(option::URI_PATH, &path.as_bytes()[1..]).unwrap();
            }
            list => insert_missing(&mut line.pdu, list),
        }
    }
    line
}

fn insert_number(pdu: &mut Pdu, option: u16, value: &str) {
    pdu.insert_option(option, &uint::encode(value.parse().unwrap())).unwrap();
}

/// Of a body, its block comes along.
fn insert_block(pdu: &mut Pdu, up: bool, value: &str, sizes: Sizes) {
    let parts: Vec<usize> = value.split('/').map(|part| part.parse().unwrap()).collect();
    let szx = BlockValue::szx_for(parts[2]).unwrap();
    let block = BlockValue { num: parts[0] as u32, more: parts[1] == 1, szx };
    let number = if up { option::Q_BLOCK1 } else { option::Q_BLOCK2 };
    pdu.insert_option(number, &block.encode()).unwrap();
    if pdu.code().is_request() == up && pdu.code() != Code::CONTINUE {
        let (size, blocks) = if up { (option::SIZE1, sizes.up) } else { (option::SIZE2, sizes.down) };
        pdu.insert_option(size, &uint::encode(blocks as u64 * 1024)).unwrap();
        pdu.set_payload(&content(parts[0] + 1)[block.offset()..][..block.size()]).unwrap();
    }
}

fn insert_missing(pdu: &mut Pdu, list: &str) {
    let numbers = list.trim_matches(['[', ']']).split(',').map(|number| number.parse().unwrap());
    pdu.set_payload(&missing_blocks::encode(numbers, 1000)).unwrap();
    let format = uint::encode(missing_blocks::CONTENT_FORMAT.into());
    pdu.insert_option(option::CONTENT_FORMAT, &format).unwrap();
}
