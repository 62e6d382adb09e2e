//! PPPoE discovery (RFC 2516): the access concentrator behind a line.

use wire::ether_type;
use wire::pppoe::{Pppoe, Tags};

use crate::discovery::{name, own_name, station};
use crate::sighting::{About, Role};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const PPPOE: Watcher = Watcher {
    name: "pppoe",
    on: &[On::EtherType(ether_type::PPPOE_DISCOVERY)],
    notes: &[(SECTION, &["concentrator", "services"])],
    read: Read::Frame(read),
};

const SECTION: &str = "pppoe";

/// RFC 2516 s5.2 and s5.4: only concentrators send these.
const OFFER: u8 = 0x07;
const CONFIRMATION: u8 = 0x65;

/// RFC 2516 appendix A.
const SERVICE_NAME: u16 = 0x0101;
const CONCENTRATOR_NAME: u16 = 0x0102;
/// Type and length of a tag.
const TAG_HEADER_LEN: usize = 4;
const MOST_TAGS: usize = 32;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some((header, rest)) = Pppoe::split(look.payload) else { return };
    if (header.version(), header.kind()) != (1, 1) || !matches!(header.code(), OFFER | CONFIRMATION) {
        return;
    }
    let Some(tags) = rest.get(..usize::from(header.length())) else { return };
    // All of it must be tags.
    let mut bytes = 0;
    let tags: Vec<_> =
        Tags::new(tags).take(MOST_TAGS).inspect(|tag| bytes += tag.data.len() + TAG_HEADER_LEN).collect();
    let is_offer = header.code() == OFFER;
    let concentrator = tags.iter().find(|tag| tag.kind == CONCENTRATOR_NAME);
    if bytes != usize::from(header.length()) || (is_offer && concentrator.is_none()) || tags.is_empty() {
        return;
    }
    heard.about(station(look.src_mac)).role(Role::Router);
    heard.vote(About::Type, "router", 85, "pppoe", "answers PPPoE discovery as access concentrator");
    if let Some(tag) = concentrator {
        own_name(heard, tag.data);
        heard.text(SECTION, "concentrator", &name(tag.data).unwrap_or_default());
    }
    for tag in tags.iter().filter(|tag| tag.kind == SERVICE_NAME) {
        heard.add(SECTION, "services", &name(tag.data).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::{Fact, NameSource};
    use crate::testing::{ethernet, facts, sightings};

    fn message(code: u8, tags: &[u8]) -> Vec<u8> {
        [&[0x11, code, 0, 0, 0, u8::try_from(tags.len()).unwrap()][..], tags].concat()
    }

    const TAGS: &[u8] = b"\x01\x01\0\0\x01\x02\0\x05bras1\x01\x03\0\x02\xab\xcd";

    #[test]
    fn a_concentrator_names_itself() {
        let said = facts(&sightings(&ethernet(0x8863, &message(7, TAGS))));
        assert!(said.contains(&Fact::Role(Role::Router)));
        assert!(said.contains(&Fact::Name { name: "bras1".into(), source: NameSource::Discovery }));
    }

    #[test]
    fn who_asks_is_no_router_and_what_is_cut_says_nothing() {
        assert!(sightings(&ethernet(0x8863, &message(9, TAGS))).is_empty());
        let whole = message(7, TAGS);
        for len in wire::pppoe::LEN..whole.len() {
            let frame = [&[0; 12][..], &[0x88, 0x63], &whole[..len]].concat();
            assert!(sightings(&frame).is_empty(), "{len}");
        }
        assert!(sightings(&ethernet(0x8863, &message(7, &[0x55; 40]))).is_empty());
    }
}
