use crate::protocol::Protocol;

/// Declares the modules and lists their `PROTOCOL`s, so that a protocol is one line here.
///
/// `cargo fmt` does not see modules declared by a macro: `rustfmt crates/dpi/src/protocols/*.rs`.
macro_rules! protocols {
    ($($module:ident,)*) => {
        #[path = "protocols"]
        mod protocols {
            $(pub(super) mod $module;)*
        }

        /// Every protocol, the more exacting before the more lenient: of two that are as sure as
        /// each other, and of which neither is at its port, the first wins.
        pub(crate) static PROTOCOLS: &[&Protocol] = &[$(&protocols::$module::PROTOCOL,)*];
    };
}

protocols! {
    tls,
    http,
    ssh,
    netbios_ns,
    dnscrypt,
    mdns,
    llmnr,
    dns,
    rtp,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::PROTOCOLS;
    use crate::candidates::Set;
    use crate::protocol::{DEEP, SHALLOW};

    #[test]
    fn entries_are_well_formed() {
        assert!(PROTOCOLS.len() <= Set::CAPACITY);
        let mut names = HashSet::new();
        for protocol in PROTOCOLS {
            let name = protocol.name;
            assert!(names.insert(name), "{name} twice");
            assert!(name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{name}");
            assert!(!protocol.category.is_empty() && !protocol.over.is_empty(), "{name}");
            assert!(!protocol.bound || !protocol.ports.is_empty(), "{name}");
            assert!([SHALLOW, DEEP].contains(&protocol.head), "{name}");
        }
    }
}
