//! Level 0: operations without a network, one golden vector at a time.

mod frames;
mod logs;
mod members;
mod messages;
mod opaque;
mod sealing;

use crate::protocol::{Arguments, Failure, Outcome};

/// Runs the operation `op`, if it is one of level 0.
pub fn run(op: &str, arguments: &Arguments<'_>) -> Outcome {
    let (family, name) = op.split_once('.').unwrap_or((op, ""));
    match family {
        "frame" => frames::run(name, arguments),
        "msg" | "content" => messages::run(name, arguments),
        "hybrid" | "padding" | "attachment" => sealing::run(op, arguments),
        "kt" | "safety-number" | "delivery-proof" => logs::run(op, arguments),
        "mls" => members::run(name, arguments),
        "opaque" => opaque::run(name, arguments),
        _ => Err(Failure::Unsupported),
    }
}
