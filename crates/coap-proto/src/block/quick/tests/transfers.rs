use crate::block::quick::{
    Asked, Progress, QuickArrival, QuickDownload, QuickIntake, QuickOffer, QuickUpload, Said, Step,
};
use crate::block::{BadBlock, Body};
use crate::wire::{BlockValue, Code, MessageType, Pdu, missing_blocks, option, uint};
use std::sync::Arc;
use std::time::Instant;

const LENGTH: usize = 16 * 25;

fn content() -> Vec<u8> {
    (0..LENGTH).map(|at| at as u8).collect()
}

fn message(code: Code, options: &[(u16, &[u8])], payload: &[u8]) -> Pdu {
    let mut pdu = Pdu::new(MessageType::Non, code, 1, 0);
    for (number, value) in options {
        pdu.insert_option(*number, value).unwrap();
    }
    pdu.set_payload(payload).unwrap();
    pdu
}

fn block(num: u32) -> BlockValue {
    BlockValue { num, more: num < 24, szx: 0 }
}

fn part(num: u32) -> Vec<u8> {
    content()[block(num).offset()..][..16].to_vec()
}

fn response(num: u32, etag: &[u8]) -> Pdu {
    let size = uint::encode(LENGTH as u64);
    message(Code::CONTENT, &[(option::ETAG, etag), (option::SIZE2, &size)], &part(num))
}

fn numbers(pdu: &Pdu) -> Vec<(u32, bool)> {
    let options = pdu.options().filter(|option| option.number == option::Q_BLOCK2);
    options.map(|option| BlockValue::decode(option.value).unwrap()).map(|it| (it.num, it.more)).collect()
}

#[test]
fn an_upload_takes_the_server_s_word() {
    let mut upload = QuickUpload::new(Body::new(Arc::new(content()), 1), 0, Some(10));
    let next = |upload: &mut QuickUpload| upload.pace().take().map(|(block, _)| block.num);
    while next(&mut upload).is_some() {}
    let last = BlockValue { num: 9, more: true, szx: 0 }.encode();
    assert_eq!(upload.answer(&message(Code::CONTINUE, &[(option::Q_BLOCK1, &last)], b"")), Said::Progress);
    assert_eq!(next(&mut upload), Some(10));
    let list = |list: &[u8]| {
        let format = uint::encode(missing_blocks::CONTENT_FORMAT.into());
        message(Code::INCOMPLETE, &[(option::CONTENT_FORMAT, &format)], list)
    };
    assert_eq!(upload.answer(&list(&[3, 7])), Said::Progress);
    assert_eq!(next(&mut upload), Some(3));
    assert_eq!(upload.answer(&list(b"")), Said::Nothing);
    assert_eq!(
        upload.answer(&message(Code::INCOMPLETE, &[], b"text")),
        Said::Final,
        "RFC 7959 section 2.9.2"
    );
    assert_eq!(upload.answer(&message(Code::CHANGED, &[], b"")), Said::Final);
}

#[test]
fn an_intake_says_what_it_lacks_as_far_as_there_is_room() {
    let size = uint::encode(LENGTH as u64);
    let request =
        |num| message(Code::PUT, &[(option::SIZE1, &size), (option::REQUEST_TAG, b"t")], &part(num));
    let mut intake = QuickIntake::new(&request(0), block(0), LENGTH, 10);
    assert_eq!(QuickIntake::check(&request(0), block(0)), Ok(LENGTH));
    assert_eq!(intake.take(&request(0), block(0), LENGTH), Ok(Progress::Partial(Step::Wait)));
    assert_eq!(intake.take(&request(12), block(12), LENGTH), Ok(Progress::Partial(Step::Ask)));
    let mut response = Pdu::new(MessageType::Non, Code::EMPTY, 1, 0);
    intake.ask(&mut response, false).unwrap();
    assert_eq!(missing_blocks::decode(response.payload(), 99).unwrap(), (1..10).collect::<Vec<_>>());
    let mut small = Pdu::new(MessageType::Non, Code::EMPTY, 1, 16);
    intake.ask(&mut small, false).unwrap();
    assert_eq!(missing_blocks::decode(small.payload(), 99).unwrap(), [1, 2, 3, 4, 5]);
    for num in (1..25).filter(|num| *num != 12 && *num != 5) {
        intake.take(&request(num), block(num), LENGTH).unwrap();
    }
    assert_eq!(intake.take(&request(5), block(5), LENGTH), Ok(Progress::Whole));
    let mut whole = request(5);
    intake.complete(&mut whole);
    assert_eq!(whole.payload(), content());
}

#[test]
fn a_download_asks_in_the_shortest_way() {
    let mut download = QuickDownload::new(10);
    for num in [0, 1, 2, 4] {
        download.take(&response(num, b"e"), block(num), (LENGTH, false)).unwrap();
    }
    let asked = |download: &QuickDownload, with_m| {
        let mut request = message(Code::GET, &[(option::REQUEST_TAG, b"t")], b"");
        download.ask(&mut request, None, with_m).unwrap();
        numbers(&request)
    };
    let each = [3, 5, 6, 7, 8, 9].map(|num| (num, false));
    assert_eq!(asked(&download, false), each);
    assert_eq!(asked(&download, true), each, "4 is there: the rest of the set is not what is missing");
    download.take(&response(3, b"e"), block(3), (LENGTH, false)).unwrap();
    assert_eq!(asked(&download, true), [(5, true)]);
    for num in 5..9 {
        download.take(&response(num, b"e"), block(num), (LENGTH, false)).unwrap();
    }
    let last = download.take(&response(9, b"e"), block(9), (LENGTH, false));
    assert_eq!(last, Ok(QuickArrival::Partial(Step::Continue(10))));
}

#[test]
fn blocks_of_one_body_have_one_content_format() {
    let of = |num, format: &[u8]| message(Code::CONTENT, &[(option::CONTENT_FORMAT, format)], &part(num));
    let mut download = QuickDownload::new(10);
    let mut take = |num, format: &[u8]| download.take(&of(num, format), block(num), (LENGTH, false));
    assert!(matches!(take(0, &[60]), Ok(QuickArrival::Partial(_))));
    for other in [&[50][..], &[]] {
        assert_eq!(take(1, other), Err(BadBlock::ContentFormat));
    }
    assert!(matches!(take(1, &[60]), Ok(QuickArrival::Partial(_))));
}

#[test]
fn a_body_that_changes_is_fetched_anew_and_what_is_late_of_the_old_one_is_ignored() {
    let mut download = QuickDownload::new(10);
    let mut take = |num, etag: &[u8]| download.take(&response(num, etag), block(num), (LENGTH, false));
    take(0, b"old").unwrap();
    assert_eq!(take(1, b"new"), Ok(QuickArrival::Changed));
    assert_eq!(take(2, b"old"), Ok(QuickArrival::Useless));
    for num in 0..24 {
        assert!(matches!(take(num, b"new"), Ok(QuickArrival::Partial(_))));
    }
    assert_eq!(take(3, b"new"), Ok(QuickArrival::Useless), "it is there");
    assert_eq!(take(24, b"new"), Ok(QuickArrival::Whole));
    assert_eq!(download.take_bytes(), content());
    let mut restless = QuickDownload::new(10);
    let mut changes = 0;
    let end =
        (0..100u8).find_map(|etag| match restless.take(&response(0, &[etag]), block(0), (LENGTH, false)) {
            Ok(arrival) => {
                changes += usize::from(arrival == QuickArrival::Changed);
                None
            }
            Err(reason) => Some(reason),
        });
    assert_eq!((end, changes), (Some(BadBlock::Restless), 8));
}

#[test]
fn nothing_is_held_beyond_the_limit() {
    let mut download = QuickDownload::new(10);
    let taken = download.take(&response(0, b"e"), block(0), (LENGTH - 1, false));
    assert_eq!(taken, Err(BadBlock::TooLarge(LENGTH - 1)), "Size2 says so");
}

#[test]
fn requests_for_blocks_are_read_as_rfc_9177_section_4_4_says() {
    let asked = |blocks: &[(u32, bool)]| {
        let mut request = message(Code::GET, &[], b"");
        for (num, more) in blocks {
            let value = BlockValue { num: *num, more: *more, szx: 0 }.encode();
            request.add_option(option::Q_BLOCK2, &value).unwrap();
        }
        Asked::of(&request, 10).map(|asked| asked.map(|(asked, _)| asked))
    };
    let blocks = |numbers: &[u32]| Ok(Some(Asked::Blocks(numbers.to_vec())));
    assert_eq!(asked(&[]), Ok(None));
    assert_eq!(asked(&[(0, true)]), Ok(Some(Asked::All)));
    assert_eq!(asked(&[(0, false)]), blocks(&[0]));
    assert_eq!(asked(&[(20, true)]), Ok(Some(Asked::Continue(20))));
    assert_eq!(asked(&[(17, true)]), blocks(&[17, 18, 19]));
    assert_eq!(asked(&[(1, false), (9, false)]), blocks(&[1, 9]));
    assert_eq!(asked(&[(7, true), (8, false)]), blocks(&[7, 8, 9]), "each once");
    assert!(asked(&[(9, false), (1, false)]).is_err());
    assert!(asked(&[(1, false), (1, false)]).is_err());
}

#[test]
fn an_offer_repeats_for_who_asks_and_goes_on_for_the_one_who_asked_first() {
    let first = BlockValue { num: 0, more: true, szx: 0 }.encode();
    let options = [(option::ETAG, &b"e"[..]), (option::OBSERVE, &[9]), (option::Q_BLOCK2, &first)];
    let mut response = message(Code::CONTENT, &options, b"");
    response.update_token(b"first").unwrap();
    let mut offer = QuickOffer::new(Body::new(Arc::new(content()), 1), &response, None, 10);
    let sent = |offer: &mut QuickOffer| {
        let payload = offer.take()?;
        let mut pdu = Pdu::new(MessageType::Non, Code::EMPTY, 2, 0);
        offer.write(payload, &mut pdu, Instant::now()).unwrap();
        assert_eq!(pdu.payload(), part(numbers(&pdu)[0].0));
        Some((numbers(&pdu)[0].0, pdu.token().to_vec(), pdu.option(option::OBSERVE).is_some()))
    };
    let mut set: Vec<_> = std::iter::from_fn(|| sent(&mut offer)).collect();
    assert_eq!(set.len(), 9, "the first one is in the response");
    assert!(set.iter().all(|(_, token, observe)| token == b"first" && *observe));
    offer.ask(&Asked::Blocks(vec![2, 99]), 0, b"again").unwrap();
    set = std::iter::from_fn(|| sent(&mut offer)).collect();
    assert_eq!(set, [(2, b"again".to_vec(), false)]);
    offer.ask(&Asked::Continue(10), 0, b"next").unwrap();
    set = std::iter::from_fn(|| sent(&mut offer)).collect();
    assert_eq!((set.len(), &set[0]), (10, &(10, b"first".to_vec(), true)));
    offer.ask(&Asked::Continue(10), 0, b"next").unwrap();
    assert_eq!(std::iter::from_fn(|| sent(&mut offer)).count(), 10, "it was lost");
    assert!(offer.ask(&Asked::Blocks(vec![99]), 0, b"again").is_err());
    assert!(offer.ask(&Asked::Continue(30), 0, b"next").is_err());
    assert!(offer.ask(&Asked::Blocks(vec![2]), 1, b"again").is_err(), "blocks of another size");
}
