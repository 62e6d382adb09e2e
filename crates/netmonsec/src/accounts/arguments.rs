use std::path::PathBuf;

use access::Role;
use clap::{Args, Subcommand};

use crate::config::DurationSetting;

/// Where users and tokens are kept.
#[derive(Args, Debug)]
pub struct DataFolder {
    /// Data folder of the instance [default: store.path of the configuration, else data]
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
}

/// Arguments of `user`.
#[derive(Args, Debug)]
pub struct UserArguments {
    /// Where.
    #[command(flatten)]
    pub data: DataFolder,
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What to do with users.
#[derive(Subcommand, Debug)]
pub enum UserCommand {
    /// Add a user; the password is asked for twice, or is one line of standard input
    Add {
        /// What the user is called
        name: String,
        /// What the user may do: viewer (look), operator (also judge alerts), admin (everything)
        #[arg(long, default_value_t = Role::Viewer)]
        role: Role,
    },
    /// List users
    List {
        /// JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Remove a user, whose sessions end at once
    Remove {
        /// Who
        name: String,
    },
    /// Set a user's password; all sessions of the user end at once
    Password {
        /// Whose
        name: String,
    },
    /// Set what a user may do
    Role {
        /// Who
        name: String,
        /// viewer, operator or admin
        role: Role,
    },
}

/// Arguments of `token`.
#[derive(Args, Debug)]
pub struct TokenArguments {
    /// Where.
    #[command(flatten)]
    pub data: DataFolder,
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What to do with tokens.
#[derive(Subcommand, Debug)]
pub enum TokenCommand {
    /// Make a token for a program, and print it this once
    Add {
        /// What the token is called
        name: String,
        /// What it allows: viewer, operator or admin
        #[arg(long)]
        role: Role,
        /// How long it is valid, 90d say [default: until it is removed]
        #[arg(long, value_name = "DURATION")]
        expires: Option<DurationSetting>,
    },
    /// List tokens
    List {
        /// JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Remove a token, which is refused at once
    Remove {
        /// Which
        name: String,
    },
}
