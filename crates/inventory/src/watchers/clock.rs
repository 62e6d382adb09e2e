//! TCP timestamps (RFC 7323): one reading of each side's clock, with the time it was sent at and whom
//! to. What many of them say together the inventory finds out.

use crate::sighting::Fact;
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const CLOCK: Watcher =
    Watcher { name: "clock", on: &[On::AnyFlow], notes: &[], read: Read::Flow(read) };

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let (src, dst) = (look.src(), look.dst());
    let [of_src, of_dst] = look.ended.entry.timestamps();
    for (sender, peer, stamp) in [(src, dst.ip, of_src), (dst, src.ip, of_dst)] {
        // Some send a timestamp of 0 until they have seen the other's.
        if let (Some(peer), Some((at, value @ 1..))) = (peer, stamp) {
            heard.about(sender).say(Fact::Clock { peer, at, value });
        }
    }
}
