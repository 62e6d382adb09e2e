use std::collections::HashMap;
use std::io::BufRead;
use dpi::*;
use wire::Timestamp;
fn unhex(s: &str) -> Vec<u8> { (0..s.len() / 2).map(|i| u8::from_str_radix(&s[2 * i..2 * i + 2], 16).unwrap()).collect() }
struct F { src: (String, u16), dst: (String, u16), insp: Inspection, done: bool, n: u32, more: u32 }
fn main() {
    let engine = Engine::default();
    let mut flows: HashMap<String, F> = HashMap::new();
    let mut order = vec![];
    let mut maxheap = 0;
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { continue };
        let f: Vec<&str> = line.split('|').collect();
        if f.len() < 16 { continue }
        let pick = |a: usize, b: usize| if f[a].is_empty() { f[b].to_string() } else { f[a].to_string() };
        let (src, dst) = (pick(2, 3), pick(4, 5));
        let tcp = !f[6].is_empty();
        let (sp, dp): (u16, u16) = (pick(6, 7).parse().unwrap_or(0), pick(8, 9).parse().unwrap_or(0));
        let t: f64 = f[1].parse().unwrap_or(0.0);
        let seq: u32 = f[10].parse().unwrap_or(0);
        let syn = f[11] == "1" || f[11] == "True";
        let payload = unhex(if tcp { f[14] } else { f[15] });
        let len: u32 = if tcp { f[12].parse().unwrap_or(0) } else { f[13].parse::<u32>().unwrap_or(8).saturating_sub(8) };
        let (a, b) = ((src.clone(), sp), (dst.clone(), dp));
        let key = if a < b { format!("{}|{}|{:?}|{:?}", f[0], tcp, a, b) } else { format!("{}|{}|{:?}|{:?}", f[0], tcp, b, a) };
        let fl = flows.entry(key.clone()).or_insert_with(|| { order.push(key.clone()); F { src: a.clone(), dst: b.clone(), insp: Inspection::default(), done: false, n: 0, more: 0 } });
        let from_src = fl.src == a;
        if syn && tcp { fl.insp.begins(from_src, seq.wrapping_add(1)); }
        if payload.is_empty() || fl.done { continue }
        fl.n += 1;
        let seg = Segment { transport: if tcp { 6 } else { 17 }, src_port: fl.src.1, dst_port: fl.dst.1, from_src, seq: seq.wrapping_add(syn as u32), from_start: true, payload: &payload, payload_len: len.max(payload.len() as u32), time: Timestamp((t * 1e9) as u64) };
        fl.done = engine.inspect(&mut fl.insp, &seg) == Progress::Done;
        if !fl.done { fl.more += 1; }
        maxheap = maxheap.max(fl.insp.heap_bytes());
    }
    eprintln!("max heap {maxheap}");
    for k in order {
        let f = &flows[&k];
        if f.n == 0 { continue }
        let file = k.split('|').next().unwrap();
        let l = f.insp.label();
        println!("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", file, if k.contains("|true|") { "tcp" } else { "udp" }, f.src.0, f.src.1, f.dst.0, f.dst.1,
            l.map_or("-", |l| l.protocol), l.map_or("-", |l| l.confidence.name()), f.insp.facts().hostname.as_deref().unwrap_or("-"), f.more, l.map_or("-", |l| l.evidence), format!("{:?}", f.insp.facts()).replace('\t', " "));
    }
}
