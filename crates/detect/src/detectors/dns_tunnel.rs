//! Data carried in the names and answers of DNS.

use std::net::IpAddr;

use model::Severity;
use wire::{MacAddr, Timestamp};

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::domain::{entropy, split};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::sketch::{Sketch, mixed};
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "dns-tunnel",
    title: "Data in DNS",
    severity: Severity::High,
    mitre: &["T1071.004", "T1048.003"],
    about: "Per client and registered domain: how many different names were asked for below it, how much data those \
            names and the answers carry, and of which types they are. Many names that are long or look random, or \
            many questions of types that carry data (TXT, NULL, KEY, CNAME, MX, SRV, private ones) with names that \
            never come again. Names that say what they are about (reverse lookups, DNSSEC, blocklist and reputation \
            lookups, service discovery) are left out.",
    harmless: "a product that looks up file or address reputations by DNS, a content network with long host names.",
    next: "look at the names in the client's DNS flows and who owns the domain; see which program asks; block the \
           domain at the resolver.",
    thresholds: &[
        Threshold {
            name: "names",
            default: Setting::Count(40),
            range: (5.0, 100_000.0),
            about: "different names below one domain within `window`, if they look random or are long",
        },
        Threshold {
            name: "data_names",
            default: Setting::Count(20),
            range: (5.0, 100_000.0),
            about: "the same, if most questions are of types that carry data",
        },
        Threshold {
            name: "window",
            default: Setting::Seconds(600.0),
            range: (10.0, 86_400.0),
            about: "the window",
        },
        Threshold {
            name: "bytes",
            default: Setting::Bytes(1000),
            range: (100.0, 1e9),
            about: "bytes that the names carry in front of the domain, at least",
        },
    ],
    sees: &[Kind::Lookup],
    new: || Box::new(DnsTunnel::default()),
};

const NAMES: usize = 0;
const DATA_NAMES: usize = 1;
const WINDOW: usize = 2;
const BYTES: usize = 3;

const MOST_PAIRS: usize = 32_768;
/// Names of words, hosts and numbers have less, base32 and hexadecimal digits have more, if they are long enough to
/// tell.
const DENSE: f64 = 3.0;
/// Labels shorter than this are nobody's data.
const SHORT: f64 = 10.0;
/// Labels of host names are words with hyphens between them, or shorter than this.
const CODED: usize = 20;

/// The label looks like data in letters and digits.
fn is_coded(label: &str) -> bool {
    label.len() >= CODED && !label.contains('-') && entropy(label) >= 2.5
}

/// Types that carry what the asker or the answerer likes (IANA, DNS parameters): NS, CNAME, NULL, MX, TXT, KEY, SRV,
/// NAPTR, A6 and what is private or not assigned.
fn carries_data(qtype: u16) -> bool {
    matches!(qtype, 2 | 5 | 10 | 15 | 16 | 25 | 33 | 35 | 38 | 65_280..)
}

/// Types that are asked for everywhere and never by tunnels: PTR, DNSKEY, DS, SOA, NSEC, HTTPS, SVCB and so on.
fn is_plain(qtype: u16) -> bool {
    matches!(qtype, 6 | 12 | 43 | 46..=48 | 50 | 52 | 64 | 65 | 257)
}

/// Domains below which addresses, files and hosts are looked up by design, each with names of its own: reputation and
/// blocklist services. Kept short on purpose; others are for the exclusions.
const REPUTATION: [&str; 14] = [
    "spamhaus.org",
    "spamcop.net",
    "sorbs.net",
    "barracudacentral.org",
    "surbl.org",
    "uribl.com",
    "dnswl.org",
    "sophosxl.net",
    "mcafee.com",
    "avqs.mcafee.com",
    "trendmicro.com",
    "senderbase.org",
    "abuseat.org",
    "cymru.com",
];

#[derive(Debug)]
struct DnsTunnel {
    pairs: Table<(IpAddr, Box<str>), Pair>,
}

/// What one client asked below one domain.
#[derive(Debug, Default)]
struct Pair {
    names: Sketch,
    /// When this window began.
    since: Timestamp,
    first: Timestamp,
    last: Timestamp,
    questions: u64,
    /// Questions of types that carry data.
    data: u64,
    /// Questions that count: neither plain types nor mere domains.
    counted: u64,
    front_bytes: u64,
    /// Those of them in labels that look like encoded data.
    coded_bytes: u64,
    entropy_sum: f64,
    answers: u64,
    answer_bytes: u64,
    failed: u64,
    mac: Option<MacAddr>,
    found: bool,
    sample: String,
    repeat: Repeat,
}

impl Default for DnsTunnel {
    fn default() -> Self {
        Self { pairs: Table::new(MOST_PAIRS) }
    }
}

impl Detector for DnsTunnel {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Lookup(notice, lookup) = sight else { return };
        let (front, domain) = split(&lookup.name);
        // Labels that begin with an underscore name services (RFC 8552).
        let service = front.split('.').any(|label| label.starts_with('_'));
        if front.is_empty() || service || is_plain(lookup.qtype) || is_known(domain) {
            return;
        }
        let client = if lookup.from_src == lookup.rcode.is_none() { notice.src } else { notice.dst };
        let key = (client, domain.to_ascii_lowercase().into_boxed_str());
        let now = desk.now;
        let window_ns = desk.nanos(WINDOW, Actor::ip(client));
        let Some(pair) = self.pairs.at(&key, now) else { return };
        if pair.first == Timestamp(0) || now.since(pair.since) >= window_ns {
            let (first, found, mac) = (pair.first, pair.found, pair.mac);
            let first = if found { first } else { now };
            *pair = Pair { since: now, first, found, mac, repeat: pair.repeat, ..Pair::default() };
        }
        pair.last = now;
        if let Some(rcode) = lookup.rcode {
            pair.answers += 1;
            pair.answer_bytes += u64::from(lookup.bytes);
            pair.failed += u64::from(rcode != 0);
        } else {
            pair.ask(front, lookup.qtype);
        }
        pair.found |= pair.is_tunnel(client, desk);
        if pair.found && pair.repeat.more(now) {
            let report = pair.report(&key, desk);
            desk.report(report);
        }
        if pair.questions >= 5 {
            self.pairs.prove(&key);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (key, pair) in self.pairs.iter_mut() {
            if pair.repeat.take_pending(now) {
                let report = pair.report(key, desk);
                desk.report(report);
            }
        }
        if now.secs().is_multiple_of(60) {
            self.pairs.expire(now, desk.nanos(WINDOW, Actor::default()));
        }
    }

    fn load(&self) -> (usize, u64) {
        self.pairs.load()
    }
}

/// Names below it say by design what they are about.
fn is_known(domain: &str) -> bool {
    let is = |known: &&str| domain.eq_ignore_ascii_case(known);
    REPUTATION.iter().any(is) || domain.ends_with(".arpa") || domain.ends_with(".local")
}

impl Pair {
    fn ask(&mut self, front: &str, qtype: u16) {
        let mut hash = 0_u64;
        for byte in front.bytes() {
            hash = mixed(hash ^ u64::from(byte));
        }
        self.questions += 1;
        self.names.add(hash);
        self.data += u64::from(carries_data(qtype));
        self.counted += 1;
        self.front_bytes += front.len() as u64;
        self.coded_bytes +=
            front.split('.').filter(|label| is_coded(label)).map(|label| label.len() as u64).sum::<u64>();
        self.entropy_sum += front.split('.').map(entropy).fold(0.0, f64::max);
        if front.len() > self.sample.len() {
            front.clone_into(&mut self.sample);
        }
    }

    fn mean_len(&self) -> f64 {
        self.front_bytes as f64 / self.counted.max(1) as f64
    }

    fn mean_entropy(&self) -> f64 {
        self.entropy_sum / self.counted.max(1) as f64
    }

    fn data_share(&self) -> f64 {
        self.data as f64 / self.questions.max(1) as f64
    }

    fn is_tunnel(&self, client: IpAddr, desk: &Desk<'_>) -> bool {
        let actor = Actor::ip(client);
        let names = self.names.count();
        let mostly_new = names as f64 >= 0.5 * self.questions as f64;
        let carried = self.front_bytes + self.answer_bytes.saturating_sub(self.answers * 100);
        if !mostly_new || carried < desk.count(BYTES, actor) {
            return false;
        }
        let dense = self.mean_entropy() >= DENSE && self.mean_len() >= SHORT;
        let coded = self.coded_bytes as f64 >= 0.6 * self.front_bytes as f64;
        // Each name once, and of one kind: whoever wants to know something of a host asks for several.
        let once = names as f64 >= 0.8 * self.questions as f64 && self.data_share() >= 0.8;
        // What does not exist is guessed, not carried: a tunnel's server answers.
        let answered = self.answers == 0 || self.failed * 2 < self.answers;
        answered
            && (names >= desk.count(NAMES, actor) && dense && coded
                || names >= desk.count(DATA_NAMES, actor) && self.data_share() >= 0.5 && dense
                || names >= desk.count(DATA_NAMES, actor) && once && self.mean_answer() >= 120.0
                || names >= desk.count(NAMES, actor) && once)
    }

    fn mean_answer(&self) -> f64 {
        self.answer_bytes as f64 / self.answers.max(1) as f64
    }

    fn report(&self, (client, domain): &(IpAddr, Box<str>), desk: &Desk<'_>) -> Report {
        let actor = Actor { ip: Some(*client), mac: self.mac };
        let names = self.names.count();
        let seconds = self.last.since(self.first) as f64 / 1e9;
        // A name of one label has no domain above it but the root.
        let below = if domain.is_empty() { "the root" } else { domain };
        Report {
            actor,
            about: domain.to_string(),
            count: self.questions,
            first: self.first,
            last: self.last,
            title: format!("carries data in DNS names below {below}"),
            measured: format!(
                "About {names} different names below {below} in {} questions within {seconds:.0} s, {:.0} characters in \
                 front of it on average with {:.1} bits of entropy each, {:.0} % of types that carry data; {} bytes in \
                 names and {} in answers. The limit is {} names, or {} of data types, within {} s.",
                self.questions,
                self.mean_len(),
                self.mean_entropy(),
                self.data_share() * 100.0,
                self.front_bytes,
                self.answer_bytes,
                desk.count(NAMES, actor),
                desk.count(DATA_NAMES, actor),
                desk.nanos(WINDOW, actor) / 1_000_000_000,
            ),
            evidence: vec![
                ("domain", domain.to_string().into()),
                ("names", names.into()),
                ("questions", self.questions.into()),
                ("mean_length", self.mean_len().into()),
                ("mean_entropy", self.mean_entropy().into()),
                ("data_type_share", self.data_share().into()),
                ("bytes_up", self.front_bytes.into()),
                ("bytes_down", self.answer_bytes.into()),
                ("longest", self.sample.clone().into()),
            ],
            port: Some(53),
            protocol: Some("dns"),
            name: Some(domain.to_string()),
            ..Report::default()
        }
    }
}
