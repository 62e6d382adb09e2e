//! The thread that asks, again and again, what the screen shows.

use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::client::{Client, Trouble};
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
            let result = match self.client.get(&path) {
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

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;
    use crate::page::Page;

    #[test]
    fn a_lost_connection_is_told_and_retried_more_and_more_seldom() {
        let client = Client::new("http://127.0.0.1:1", None).unwrap();
        let wish = Wish { page: Page::Overview, filter: String::new(), sort: None, device: None, turn: 0 };
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
}
