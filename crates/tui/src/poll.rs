//! The thread that asks, again and again, what the screen shows.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use serde_json::Value;

use crate::client::{Client, Trouble, percent_encoded};
use crate::list::text;
use crate::page::{Ask, Wish};
use crate::state::Message;

/// Seconds before the next attempt, after so many that failed.
const BACK_OFF_S: [u64; 6] = [1, 2, 4, 8, 16, 30];

/// Asks until nobody wants answers any more.
pub(crate) fn start(client: Client, first: Wish, wishes: Receiver<Wish>, answers: Sender<Message>) {
    thread::spawn(move || {
        Poller { client, wish: first, wishes, answers, seconds: 0, failures: 0 }.run();
    });
}

struct Poller {
    client: Client,
    wish: Wish,
    wishes: Receiver<Wish>,
    answers: Sender<Message>,
    /// Rounds since the wish changed.
    seconds: u64,
    failures: usize,
}

/// The user interface is gone.
struct Gone;

impl Poller {
    fn run(mut self) {
        while self.round().is_ok() {}
    }

    fn round(&mut self) -> Result<(), Gone> {
        let pause_s = match self.ask()? {
            Ok(()) => {
                self.failures = 0;
                1
            }
            Err(reason) => {
                let pause_s = BACK_OFF_S.get(self.failures).or(BACK_OFF_S.last()).copied().unwrap_or(30);
                self.failures += 1;
                // After a gap everything is asked for at once.
                self.seconds = 0;
                self.answers.send(Message::Lost { reason, retry_s: pause_s }).map_err(|_| Gone)?;
                pause_s
            }
        };
        match self.wishes.recv_timeout(Duration::from_secs(pause_s)) {
            Ok(wish) => {
                // Only the latest counts.
                self.wish = self.wishes.try_iter().last().unwrap_or(wish);
                self.seconds = 0;
            }
            Err(RecvTimeoutError::Timeout) if self.failures == 0 => self.seconds += 1,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Gone),
        }
        Ok(())
    }

    /// Everything whose time has come; why the connection is lost, if it is.
    fn ask(&self) -> Result<Result<(), String>, Gone> {
        for (ask, path, every_s) in self.wish.questions() {
            if !self.seconds.is_multiple_of(every_s) {
                continue;
            }
            let result = match self.get(ask, &path) {
                Err(Trouble::Unreachable(reason)) => return Ok(Err(reason)),
                // Without an identity no question is answered, whatever it is.
                Err(Trouble::Refused { status: 401, detail, .. }) => {
                    return Ok(Err(format!(
                        "{detail} (a token is given with --token or in NETMONSEC_TOKEN)"
                    )));
                }
                // What has no history refuses what asks for it, and answers everything else.
                Err(Trouble::Refused { detail, .. }) if ask == Ask::Stats => return Ok(Err(detail)),
                result => result,
            };
            let turn = self.wish.turn;
            self.answers.send(Message::Answer { ask, turn, result }).map_err(|_| Gone)?;
            // What was asked for meanwhile goes first.
            if !self.wishes.is_empty() {
                break;
            }
        }
        Ok(Ok(()))
    }
}

impl Poller {
    /// One answer of all its pages. One that is gone, or a wish that changed, ends it with those before.
    fn get(&self, ask: Ask, path: &str) -> Result<Value, Trouble> {
        let mut whole = self.client.get(path)?;
        for _ in 1..self.wish.pages_of(ask) {
            let Some(cursor) = whole.get("next").and_then(Value::as_str).filter(|_| self.wishes.is_empty())
            else {
                break;
            };
            let more = self.client.get(&format!("{path}&cursor={}", percent_encoded(cursor)))?;
            append(&mut whole, more);
        }
        Ok(whole)
    }
}

/// The items of the next page behind those of the ones before, each once: what moved up in the
/// meantime is in both.
fn append(whole: &mut Value, mut more: Value) {
    let next = more.get_mut("next").map(Value::take);
    let items = more.get_mut("items").map(Value::take);
    if let (Some(Value::Array(all)), Some(Value::Array(items))) = (whole.get_mut("items"), items) {
        let known: HashSet<String> = all.iter().map(|row| text(row, "id").to_owned()).collect();
        all.extend(items.into_iter().filter(|row| !known.contains(text(row, "id"))));
    }
    if let Some(fields) = whole.as_object_mut() {
        match next {
            Some(next) => fields.insert("next".to_owned(), next),
            None => fields.remove("next"),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use crossbeam_channel::bounded;
    use serde_json::json;

    use super::*;
    use crate::page::Page;

    #[test]
    fn a_lost_connection_is_told_and_retried_more_and_more_seldom() {
        let client = Client::new("http://127.0.0.1:1", None, None).unwrap();
        let wish =
            Wish { page: Page::Overview, filter: String::new(), sort: None, pages: 1, device: None, turn: 0 };
        let (wishes, asked) = bounded(1);
        let (answers, told) = bounded(8);
        start(client, wish.clone(), asked, answers);
        let mut pauses = Vec::new();
        for _ in 0..3 {
            let Message::Lost { reason, retry_s } = told.recv_timeout(Duration::from_secs(20)).unwrap()
            else {
                panic!("something answers at port 1");
            };
            assert!(!reason.is_empty());
            pauses.push(retry_s);
            // A changed wish is tried at once.
            wishes.send(wish.clone()).unwrap();
        }
        assert_eq!(pauses, [1, 2, 4]);
        drop(wishes);
        let ended = loop {
            match told.recv_timeout(Duration::from_secs(20)) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break true,
                Err(RecvTimeoutError::Timeout) => break false,
            }
        };
        assert!(ended, "the thread outlives the screen");
    }

    #[test]
    fn pages_become_one_list_without_doubles() {
        let mut whole = json!({"items": [{"id": "a"}, {"id": "b"}], "next": "2", "total": 4});
        append(&mut whole, json!({"items": [{"id": "b"}, {"id": "c"}], "next": "4", "total": 4}));
        assert_eq!(whole, json!({"items": [{"id": "a"}, {"id": "b"}, {"id": "c"}], "next": "4", "total": 4}));
        append(&mut whole, json!({"items": [{"id": "d"}], "total": 4}));
        assert_eq!((whole["items"].as_array().map(Vec::len), whole.get("next")), (Some(4), None));
    }

    #[test]
    fn further_pages_are_asked_for_by_cursor() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.local_addr().unwrap());
        let asked = thread::spawn(move || {
            let bodies = [r#"{"items":[{"id":"a"}],"next":"1"}"#, r#"{"items":[{"id":"b"}],"next":"2"}"#];
            bodies.map(|body| {
                let (mut stream, _) = server.accept().unwrap();
                let mut line = String::new();
                BufReader::new(&stream).read_line(&mut line).unwrap();
                let length = body.len();
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                )
                .unwrap();
                line
            })
        });
        let client = Client::new(&url, None, None).unwrap();
        let (_wishes, wishes) = bounded(1);
        let (answers, _answers) = bounded(1);
        let wish =
            Wish { page: Page::Devices, filter: String::new(), sort: None, pages: 2, device: None, turn: 0 };
        let poller = Poller { client, wish, wishes, answers, seconds: 0, failures: 0 };
        let whole = poller.get(Ask::Devices, "devices?limit=1000").unwrap();
        assert_eq!(whole, json!({"items": [{"id": "a"}, {"id": "b"}], "next": "2"}));
        let asked = asked.join().unwrap();
        assert!(asked[0].starts_with("GET /api/v1/devices?limit=1000 "), "{asked:?}");
        assert!(asked[1].starts_with("GET /api/v1/devices?limit=1000&cursor=1 "), "{asked:?}");
    }
}
