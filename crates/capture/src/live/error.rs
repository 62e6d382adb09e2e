use std::io;

use thiserror::Error;

use super::interfaces::nearest_names;

/// Why an interface cannot be captured. The text says what, where and what to do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The process lacks CAP_NET_RAW in the network namespace of the interface.
    #[error(
        "not allowed to capture on {interface}: this program lacks CAP_NET_RAW. Run it as root, or give \
         it the capability once: sudo setcap cap_net_raw,cap_net_admin=eip {binary}"
    )]
    NotPermitted {
        /// Where.
        interface: String,
        /// The running program.
        binary: String,
    },

    /// No interface has this name.
    #[error("there is no interface {name}{}", suggestion(.nearest))]
    NoSuchInterface {
        /// What was asked for.
        name: String,
        /// Interfaces that there are, the most similar names first.
        nearest: Vec<String>,
    },

    /// Frames of this interface begin in a way that cannot be decoded.
    #[error(
        "interface {interface} has hardware type {hardware} (an ARPHRD_ number), which cannot be decoded; \
         capture on the Ethernet, wireless, PPP or tunnel interface next to it"
    )]
    Unsupported {
        /// Where.
        interface: String,
        /// Its ARPHRD_ number.
        hardware: u16,
    },

    /// The interface is administratively down.
    #[error("interface {interface} is down; bring it up: ip link set {interface} up")]
    Down {
        /// Where.
        interface: String,
    },

    /// The kernel did not give the memory for a ring.
    #[error(
        "no memory for a capture ring of {mib} MiB on {interface}; set capture.ring_mib to less, or free \
         memory"
    )]
    RingMemory {
        /// Where.
        interface: String,
        /// Size asked for in MiB.
        mib: u64,
    },

    /// The ring cannot be built as configured.
    #[error("the capture ring for {interface} cannot be built: {reason}")]
    Setting {
        /// Where.
        interface: String,
        /// What is wrong with which value.
        reason: &'static str,
    },

    /// Anything else the system refuses.
    #[error("cannot {doing} on {interface}: {source}")]
    System {
        /// Where.
        interface: String,
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl LiveError {
    /// The cause that a system error stands for.
    pub(super) fn from_system(interface: &str, doing: &'static str, source: io::Error) -> Self {
        let interface = interface.to_owned();
        match source.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => {
                let binary = std::env::current_exe()
                    .map_or_else(|_| "<path of this program>".to_owned(), |path| path.display().to_string());
                Self::NotPermitted { interface, binary }
            }
            Some(libc::ENODEV | libc::ENXIO) => {
                let nearest = nearest_names(&interface);
                Self::NoSuchInterface { name: interface, nearest }
            }
            Some(libc::ENETDOWN) => Self::Down { interface },
            _ => Self::System { interface, doing, source },
        }
    }
}

fn suggestion(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; there are: {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_raw(number: i32) -> LiveError {
        LiveError::from_system("eth9", "open a packet socket", io::Error::from_raw_os_error(number))
    }

    #[test]
    fn says_what_to_do() {
        let denied = from_raw(libc::EPERM).to_string();
        let binary = std::env::current_exe().unwrap();
        let command = format!("sudo setcap cap_net_raw,cap_net_admin=eip {}", binary.display());
        assert!(denied.ends_with(&command), "{denied}");

        assert!(from_raw(libc::ENETDOWN).to_string().contains("ip link set eth9 up"));
        assert!(from_raw(libc::EINVAL).to_string().starts_with("cannot open a packet socket on eth9: "));
        let memory = LiveError::RingMemory { interface: "eth9".into(), mib: 512 }.to_string();
        assert!(memory.contains("512 MiB") && memory.contains("capture.ring_mib"), "{memory}");
    }

    #[test]
    fn a_wrong_name_lists_the_right_ones() {
        // Every machine has lo.
        let text = from_raw(libc::ENODEV).to_string();
        assert!(text.starts_with("there is no interface eth9; there are: "), "{text}");
        assert!(text.contains("lo"), "{text}");
    }
}
