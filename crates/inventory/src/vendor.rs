use wire::MacAddr;

pub(crate) fn vendor(_: MacAddr) -> Option<&'static str> {
    None
}
