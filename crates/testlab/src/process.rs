use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// A program that runs while a test looks at it. Killed, it and no other, if it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdout: Reading,
    stderr: Reading,
}

/// What came of a program.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its lines on standard output.
    pub stdout: Vec<String>,
    /// Its lines on standard error.
    pub stderr: Vec<String>,
}

impl Process {
    /// Starts `command`, with nothing to read.
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let stdout = Reading::new(child.stdout.take().unwrap());
        let stderr = Reading::new(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The lines on standard output so far.
    pub fn stdout(&self) -> Vec<String> {
        self.stdout.lines()
    }

    /// The lines on standard error so far.
    pub fn stderr(&self) -> Vec<String> {
        self.stderr.lines()
    }

    /// Waits until a line on standard error has `text` in it.
    pub fn says(&mut self, text: &str) {
        self.says_times(text, 1);
    }

    /// Waits until so many lines on standard error have `text` in them.
    pub fn says_times(&mut self, text: &str, times: usize) {
        until(&format!("{times} x {text:?} on stderr"), || {
            let lines = self.stderr();
            let said = lines.iter().filter(|line| line.contains(text)).count() >= times;
            assert!(said || self.child.try_wait().unwrap().is_none(), "it ended: {lines:?}");
            said
        });
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Finished {
        let mut status = None;
        until("the end of the program", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        Finished { status: status.unwrap(), stdout: self.stdout.end(), stderr: self.stderr.end() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Polls until `met`; fails after a minute or so.
pub fn until(what: &str, mut met: impl FnMut() -> bool) {
    for pause_ms in [1; 100].into_iter().chain([20; 3000]) {
        if met() {
            return;
        }
        std::thread::sleep(Duration::from_millis(pause_ms));
    }
    panic!("waited in vain for {what}");
}

/// Takes in a stream, so that nobody has to wait for us.
#[derive(Debug)]
struct Reading {
    lines: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Reading {
    fn new(stream: impl Read + Send + 'static) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&lines);
        let thread = std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                to.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
            }
        });
        Self { lines, thread: Some(thread) }
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    fn end(&mut self) -> Vec<String> {
        self.thread.take().map(JoinHandle::join).unwrap().unwrap();
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}
