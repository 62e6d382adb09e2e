use crate::role::Role;

/// What a route is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Area {
    /// What is seen on the network, and judgements of it.
    Data,
    /// Users, tokens, and the configuration.
    Administration,
}

/// The role that a method needs; `None` is for methods that nobody may use.
pub fn needed_role(method: &str, area: Area) -> Option<Role> {
    let changes = matches!(method, "POST" | "PUT" | "PATCH" | "DELETE");
    match area {
        _ if !changes && !is_safe(method) => None,
        Area::Administration => Some(Role::Admin),
        Area::Data if changes => Some(Role::Operator),
        Area::Data => Some(Role::Viewer),
    }
}

/// Methods that change nothing (RFC 9110 s9.2.1), TRACE aside, which would show cookies to scripts.
pub(super) fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_judging_and_managing() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert_eq!(needed_role(method, Area::Data), Some(Role::Viewer));
            assert_eq!(needed_role(method, Area::Administration), Some(Role::Admin));
        }
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            assert_eq!(needed_role(method, Area::Data), Some(Role::Operator));
            assert_eq!(needed_role(method, Area::Administration), Some(Role::Admin));
        }
        for method in ["TRACE", "CONNECT", "get", "Get", "", "GET ", "PROPFIND"] {
            assert_eq!(needed_role(method, Area::Data), None, "{method}");
            assert_eq!(needed_role(method, Area::Administration), None, "{method}");
        }
    }
}
