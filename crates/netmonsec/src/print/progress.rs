use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::escape::safe;
use super::units;

/// How far the reading of a capture has come, on standard error. Shows nothing if that is no
/// terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// Asked once: the bar would find it out again for every block of packets.
    is_shown: bool,
    packets: Arc<AtomicU64>,
}

impl Progress {
    /// `bytes` is the length of the source, if it is known.
    pub fn new(source: &str, bytes: Option<u64>) -> Self {
        Self::on(ProgressDrawTarget::stderr(), source, bytes)
    }

    fn on(target: ProgressDrawTarget, source: &str, bytes: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(bytes, target);
        let packets = Arc::new(AtomicU64::new(0));
        let template = match bytes {
            Some(_) => "{msg} {wide_bar} {percent:>3} %  {done}  {packets}  {left}",
            None => "{msg} {spinner} {done}  {packets}",
        };
        let count = Arc::clone(&packets);
        // Only a template that cannot be parsed would fail, and a test parses both.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(
            style
                .with_key("done", |state: &ProgressState, out: &mut dyn Write| {
                    let of = state.len().map(|len| format!(" of {}", units::bytes(len)));
                    let _ = write!(out, "{}{}", units::bytes(state.pos()), of.unwrap_or_default());
                })
                .with_key("packets", move |state: &ProgressState, out: &mut dyn Write| {
                    let _ = out.write_str(&packet_rate(count.load(Ordering::Relaxed), state.elapsed()));
                })
                .with_key("left", |state: &ProgressState, out: &mut dyn Write| {
                    let _ = write!(out, "{} left", units::seconds(state.eta().as_secs()));
                })
                .progress_chars("━━ "),
        );
        bar.set_message(safe(source).into_owned());
        Self { is_shown: !bar.is_hidden(), bar, packets }
    }

    /// Says where the reading is; cheap enough for every block of packets.
    pub fn set(&self, bytes: u64, packets: u64) {
        if self.is_shown {
            self.packets.store(packets, Ordering::Relaxed);
            self.bar.set_position(bytes);
        }
    }

    /// Prints a line above the bar: what goes to standard error meanwhile must pass here.
    pub fn note(&self, text: &str) {
        if !self.is_shown {
            eprintln!("{text}");
        } else {
            self.bar.println(text);
        }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn packet_rate(packets: u64, elapsed: Duration) -> String {
    let rate = units::per_second(packets, elapsed.as_secs_f64());
    rate.map(|rate| rate.replace("/s", " packets/s")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;

    #[test]
    fn shows_bytes_percent_and_rate() {
        let term = InMemoryTerm::new(10, 100);
        let target = ProgressDrawTarget::term_like(Box::new(term.clone()));
        let progress = Progress::on(target, "a\x1b.pcap", Some(1000));
        progress.set(500, 7);
        progress.bar.force_draw();
        let shown = term.contents();
        for part in ["a\\u{1b}.pcap ", " 50 %", "500 B of 1.00 kB", " packets/s", " left"] {
            assert!(shown.contains(part), "{part} is not in {shown}");
        }
        progress.finish();
        assert_eq!(term.contents(), "");
    }

    #[test]
    fn without_a_length() {
        let term = InMemoryTerm::new(10, 100);
        let progress = Progress::on(ProgressDrawTarget::term_like(Box::new(term.clone())), "stdin", None);
        progress.set(1_500_000, 7);
        progress.bar.force_draw();
        assert!(term.contents().contains("1.50 MB"), "{}", term.contents());
    }

    #[test]
    fn rates() {
        assert_eq!(packet_rate(3_000_000, Duration::from_secs(2)), "1.50M packets/s");
        assert_eq!(packet_rate(3, Duration::ZERO), "");
    }
}
